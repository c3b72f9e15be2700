package lemniscate.mup;

import java.util.List;
import java.util.OptionalDouble;
import lemniscate.config.BadInputException;

/**
 * How initial weights, multipliers and learning rates depend on the width and the depth.
 *
 * <p>All hidden widths grow together. The width M of a network is that of its first hidden layer;
 * with m = M / M0 a hidden fan-in at the base width is fan-in / m. For an array with exponents (a,
 * b, c): multiplier m^-a, initial standard deviation σ / sqrt(fan-in at base width) · m^-b,
 * learning rate η' m^-c. At the base width every scheme is therefore the same ordinary network.
 *
 * <p>Tables of (a, b, c) by input, hidden and output weight; then c of hidden and output bias. g is
 * the exponent γ̄ of {@link CreditRule.PredictiveCoding}, and a bias has a = b = 0.
 *
 * <table>
 *   <caption>Exponents</caption>
 *   <tr><th>case</th><th>input</th><th>hidden</th><th>output</th><th>biases</th></tr>
 *   <tr><td>SP</td><td>0, 0, 0</td><td>0, ½, 0</td><td>0, ½, 0</td><td>0, 0</td></tr>
 *   <tr><td>NTK, SGD</td><td>0, 0, 0</td><td>½, 0, 0</td><td>½, 0, 0</td><td>0, 0</td></tr>
 *   <tr><td>NTK, Adam</td><td>0, 0, ½</td><td>½, 0, 1</td><td>½, 0, ½</td><td>½, 0</td></tr>
 *   <tr><td>μP, SGD, back-propagation</td><td>0, 0, -1</td><td>0, ½, 0</td><td>0, 1, 1</td>
 *       <td>-1, 0</td></tr>
 *   <tr><td>μP, SGD, predictive coding</td><td>0, 0, -1-g</td><td>0, ½, -g</td><td>0, 1, 1</td>
 *       <td>-1-g, 0</td></tr>
 *   <tr><td>the same, energy weighted</td><td>0, 0, -1-g</td><td>0, ½, -g</td><td>0, 1, 1-g</td>
 *       <td>-1-g, -g</td></tr>
 *   <tr><td>μP, SGD, Gauss-Newton targets</td><td>0, 0, 0</td><td>0, ½, 1</td><td>0, 1, 1</td>
 *       <td>0, 0</td></tr>
 *   <tr><td>μP, SGD, target propagation</td><td>0, 0, 0</td><td>0, ½, 1</td><td>0, ½, 1</td>
 *       <td>0, 0</td></tr>
 *   <tr><td>μP, SGD, Forward-Forward</td><td>0, 0, 0</td><td>0, ½, 1</td><td>0, ½, 1</td>
 *       <td>0, 0</td></tr>
 *   <tr><td>the same, inputs of length 1</td><td>0, 0, 0</td><td>½, 0, 0</td><td>½, 0, 0</td>
 *       <td>0, 0</td></tr>
 *   <tr><td>μP, Adam</td><td>0, 0, 0</td><td>0, ½, 1</td><td>0, 1, 1 (targets: 0, ½, 1)</td>
 *       <td>0, 0</td></tr>
 *   <tr><td>NTK, Muon</td><td>0, 0, ½</td><td>½, 0, 0</td><td>½, 0, -½</td><td>½, 0</td></tr>
 *   <tr><td>μP, Muon</td><td>0, 0, 0</td><td>0, ½, 0</td><td>0, 1, 0 (targets: 0, ½, 0)</td>
 *       <td>0, 0</td></tr>
 * </table>
 *
 * <p>Muon is with the spectral scale ({@link StepClass#SPECTRAL}); the other two scales add ½ to c
 * of the output weight, or ½ to that of hidden weights and 1 to that of the output weight; where
 * Adam moves all but hidden weights, the others have Adam's columns. Momentum scales as SGD. SP and
 * NTK are the same for every credit rule, so that they stay the ordinary practice they are compared
 * as; the precision still follows γ̄.
 *
 * <p>Depth: with L residual additions h + β f(h) between input and output, β = L^-αD under μP, and
 * every learning rate has a further factor L^-cD, so that the L moves of a stream add up to one of
 * order 1. Inside a branch, in which a gradient carries β, cD = 1 − 2αD for SGD and 1 − αD for Adam
 * and Muon; elsewhere 0. With SGD the power of L in local errors is added ({@link
 * CreditRule#hiddenErrorDepth}). αD = ½ is Depth-μP (Yang et al., arXiv 2310.02244), αD = 1
 * CompleteP (Dey et al., arXiv 2505.01618); αD = 0 stands for branches as they are, β = 1 and cD as
 * outside, as SP and NTK have them. L is taken literally in both forms.
 *
 * <p>Sources: back-propagation, Yang and Hu, arXiv 2011.14522, and Yang et al., arXiv 2203.03466;
 * predictive coding and target propagation, power counting after Ishikawa, Yokota and Karakida,
 * arXiv 2411.02001, who state that γ̄ = 0 gives the row of back-propagation, γ̄ = -1 that of
 * Gauss-Newton targets, and target propagation b = ½ at the output. NTK with Adam by power
 * counting: an Adam step moves every entry of W by m^-(a+c), whatever the gradient. To be lazy like
 * NTK under SGD (hidden activities move by m^-½, the output by 1) an input weight or hidden bias
 * needs a + c = ½; a hidden weight, whose m aligned terms add up, a + c = 3/2; an output weight,
 * whose m terms must add up to 1, a + c = 1; the output bias 0. Muon's step has the spectral norm
 * √(fan-out/fan-in) instead, with which every weight moves what it gives by m^-(a+c), so that a
 * hidden weight needs one power less, and an output weight too.
 *
 * @param scheme the table of exponents
 * @param form against which width powers are taken
 * @param baseWidth M0, at least 1; has no effect in the literal form, where M0 is 1
 * @param weightScale σ, positive: factor of every initial standard deviation
 * @param outputScale σ_L, not negative: further factor for the output weight. 1 / sqrt(base width)
 *     makes the relative form of μP start its output as the literal form does
 * @param depthExponent αD of the branch multiplier: from ½ to 1, or 0
 * @param creditRule what assigns credit to hidden layers
 * @param optimizer what turns gradients into steps
 * @param learningRateShifts none but for experiments with other exponents
 */
public record Parameterization(
    Scheme scheme,
    Form form,
    int baseWidth,
    double weightScale,
    double outputScale,
    double depthExponent,
    CreditRule creditRule,
    StepClass optimizer,
    LearningRateShifts learningRateShifts) {

  /** αD where none is given. */
  public static final double USUAL_DEPTH_EXPONENT = 0.5;

  /**
   * Checks the numbers.
   *
   * @throws BadInputException if the base width is below 1, a scale is not finite, or negative, or
   *     αD neither 0 nor from ½ to 1
   */
  public Parameterization {
    if (baseWidth < 1) {
      throw new BadInputException(
          "param.baseWidth " + baseWidth + ": expected a width of at least 1, such as 64.");
    }
    if (!(weightScale > 0) || Double.isInfinite(weightScale)) {
      throw new BadInputException(
          "Weight scale " + weightScale + ": expected a positive number; 1 is the usual one.");
    }
    if (!(outputScale >= 0) || Double.isInfinite(outputScale)) {
      throw new BadInputException(
          "Output scale " + outputScale + ": expected a number of at least 0; 1 is the usual one.");
    }
    if (!(depthExponent == 0 || depthExponent >= 0.5 && depthExponent <= 1)) {
      throw new BadInputException(
          "param.depthExponent "
              + depthExponent
              + ": expected a number from 0.5 to 1, below which activities grow with the depth, or"
              + " 0 for branches without a multiplier; 0.5 is the usual one.");
    }
  }

  /**
   * A parameterisation with the exponents of its table and αD = ½.
   *
   * @throws BadInputException as the canonical constructor
   */
  public Parameterization(
      Scheme scheme,
      Form form,
      int baseWidth,
      double weightScale,
      double outputScale,
      CreditRule creditRule,
      StepClass optimizer) {
    this(
        scheme,
        form,
        baseWidth,
        weightScale,
        outputScale,
        USUAL_DEPTH_EXPONENT,
        creditRule,
        optimizer,
        LearningRateShifts.NONE);
  }

  /**
   * The same with another αD.
   *
   * @throws BadInputException if it is neither 0 nor from ½ to 1
   */
  public Parameterization withDepthExponent(double other) {
    return new Parameterization(
        scheme,
        form,
        baseWidth,
        weightScale,
        outputScale,
        other,
        creditRule,
        optimizer,
        learningRateShifts);
  }

  private Parameterization withShifts(LearningRateShifts shifts) {
    return new Parameterization(
        scheme,
        form,
        baseWidth,
        weightScale,
        outputScale,
        depthExponent,
        creditRule,
        optimizer,
        shifts);
  }

  /**
   * The same with another exponent of one learning rate.
   *
   * @param role whose c changes
   * @param delta added to c, finite
   * @return a parameterisation whose learning rate for the role is m^-delta times this one's
   */
  public Parameterization withLearningRateShift(ParameterRole role, double delta) {
    return withShifts(learningRateShifts.plus(role, delta));
  }

  /**
   * The same with another depth exponent of the learning rates inside branches.
   *
   * @param delta added to cD, finite
   * @return a parameterisation whose learning rates inside branches are L^-delta times this one's
   */
  public Parameterization withBranchDepthShift(double delta) {
    return withShifts(learningRateShifts.plusBranchDepth(delta));
  }

  /**
   * The same with learning rates of 0 outside residual branches: what moves then shows a wrong
   * depth exponent, which the first layer hides otherwise.
   */
  public Parameterization withBranchesAlone() {
    return withShifts(learningRateShifts.withBranchesAlone());
  }

  /**
   * A parameterisation in relative form with unit scales.
   *
   * @param scheme the table of exponents
   * @param baseWidth M0, at least 1
   * @param creditRule what assigns credit to hidden layers
   * @param optimizer what turns gradients into steps
   * @return the parameterisation
   * @throws BadInputException if the base width is below 1
   */
  public static Parameterization relative(
      Scheme scheme, int baseWidth, CreditRule creditRule, StepClass optimizer) {
    return new Parameterization(scheme, Form.RELATIVE, baseWidth, 1, 1, creditRule, optimizer);
  }

  /**
   * The width exponents of a role.
   *
   * @param role place of the array in the network
   * @return its exponents
   */
  public AbcExponents exponents(ParameterRole role) {
    AbcExponents abc = tabled(role);
    return new AbcExponents(abc.a(), abc.b(), abc.c() + learningRateShifts.of(role));
  }

  /**
   * The depth exponent of a learning rate.
   *
   * @param role place of the array in the network
   * @param branch whether it sits inside a residual branch
   * @return cD, in η' m^-c L^-cD
   */
  public double learningRateDepthExponent(ParameterRole role, boolean branch) {
    double tabled = 0;
    if (scheme == Scheme.MUP) {
      // Steps of Adam and Muon do not know how large errors are.
      double error = optimizer.followsSize() ? errorDepth(role) : 0;
      tabled = branch ? error + branchRateExponent() : error;
    }
    return 0.0 + (branch ? tabled + learningRateShifts.branchDepth() : tabled);
  }

  // From β² L^-cD = 1/L where the gradient carries a β beside that of the forward pass, from
  // β L^-cD = 1/L where it does not matter.
  private double branchRateExponent() {
    if (depthExponent == 0) {
      return 0;
    }
    return optimizer.followsSize() ? 1 - 2 * depthExponent : 1 - depthExponent;
  }

  private double errorDepth(ParameterRole role) {
    return switch (role) {
      case INPUT_WEIGHT -> creditRule.inputErrorDepth();
      case HIDDEN_WEIGHT, HIDDEN_BIAS -> creditRule.hiddenErrorDepth();
      case OUTPUT_WEIGHT, OUTPUT_BIAS -> creditRule.outputErrorDepth();
    };
  }

  /**
   * The multiplier of residual branches, to be applied once, where a branch is added.
   *
   * @param size of the network
   * @return β = L^-αD under μP, else 1
   */
  public double branchMultiplier(Size size) {
    return scheme == Scheme.MUP ? size.depthPower(-depthExponent) : 1;
  }

  private AbcExponents tabled(ParameterRole role) {
    return switch (scheme) {
      case SP -> standard(role);
      case NTK -> optimizer.followsSize() ? tangent(role) : tangentOfSize(role);
      case MUP -> lengthened(role, optimizer.followsSize() ? maximal(role) : maximalOfSize(role));
    };
  }

  // Inputs of length 1 rather than root mean square 1 are a multiplier of M^-½, to be undone by the
  // symmetry of the exponents where the fan-in grows.
  private AbcExponents lengthened(ParameterRole role, AbcExponents abc) {
    boolean grows = role == ParameterRole.HIDDEN_WEIGHT || role == ParameterRole.OUTPUT_WEIGHT;
    return grows && creditRule.unitLength() ? abc.shift(0.5, optimizer) : abc;
  }

  private static AbcExponents standard(ParameterRole role) {
    return switch (role) {
      case INPUT_WEIGHT, HIDDEN_BIAS, OUTPUT_BIAS -> new AbcExponents(0, 0, 0);
      case HIDDEN_WEIGHT, OUTPUT_WEIGHT -> new AbcExponents(0, 0.5, 0);
    };
  }

  private static AbcExponents tangent(ParameterRole role) {
    return switch (role) {
      case INPUT_WEIGHT, HIDDEN_BIAS, OUTPUT_BIAS -> new AbcExponents(0, 0, 0);
      case HIDDEN_WEIGHT, OUTPUT_WEIGHT -> new AbcExponents(0.5, 0, 0);
    };
  }

  // Steps of a known size: hidden activities move by m^-½, the output by 1.
  private AbcExponents tangentOfSize(ParameterRole role) {
    double growth = optimizer.growth(role);
    return switch (role) {
      case INPUT_WEIGHT, HIDDEN_BIAS -> new AbcExponents(0, 0, growth + 0.5);
      case HIDDEN_WEIGHT -> new AbcExponents(0.5, 0, growth);
      case OUTPUT_WEIGHT -> new AbcExponents(0.5, 0, growth - 0.5);
      case OUTPUT_BIAS -> new AbcExponents(0, 0, 0);
    };
  }

  /**
   * With hidden errors of size m^e and output errors of size m^o, moves of size 1 in every layer
   * need c = e for an input weight and a hidden bias, and one more power of m wherever a growing
   * fan-in adds up aligned terms.
   */
  private AbcExponents maximal(ParameterRole role) {
    double hidden = hiddenErrorExponent();
    double output = creditRule.outputError();
    return switch (role) {
      case INPUT_WEIGHT, HIDDEN_BIAS -> new AbcExponents(0, 0, hidden);
      case HIDDEN_WEIGHT -> new AbcExponents(0, 0.5, hidden + 1);
      case OUTPUT_WEIGHT -> new AbcExponents(0, maximalOutputStd(), output + 1);
      case OUTPUT_BIAS -> new AbcExponents(0, 0, output);
    };
  }

  private AbcExponents maximalOfSize(ParameterRole role) {
    double growth = optimizer.growth(role);
    return switch (role) {
      case INPUT_WEIGHT, HIDDEN_BIAS, OUTPUT_BIAS -> new AbcExponents(0, 0, growth);
      case HIDDEN_WEIGHT -> new AbcExponents(0, 0.5, growth);
      case OUTPUT_WEIGHT -> new AbcExponents(0, maximalOutputStd(), growth);
    };
  }

  private double maximalOutputStd() {
    return creditRule.alignsWithLastWeight() ? 1 : 0.5;
  }

  /** Power of m in the entries of a hidden layer's local error, for schemes that scale at all. */
  private double hiddenErrorExponent() {
    // The last effective weight starts with entries of size m^-1/2 under NTK.
    return creditRule.hiddenError(scheme == Scheme.MUP ? -maximalOutputStd() : -0.5);
  }

  /**
   * The width ratio.
   *
   * @param size of the network
   * @return m = M / M0, where M0 is the base width in the relative form and 1 in the literal one
   */
  public double widthRatio(Size size) {
    return switch (form) {
      case RELATIVE -> (double) size.width() / baseWidth;
      case LITERAL -> size.width();
    };
  }

  /**
   * The numbers of one array.
   *
   * @param role place of the array in the network
   * @param branch whether it sits inside a residual branch
   * @param size of the network
   * @param fanIn number of inputs that each output of the weight sums over (for a convolution the
   *     input channels times the kernel's area), at least 1; of no effect for a bias
   * @return multiplier, initial standard deviation and factors of learning rate, ε and weight decay
   * @throws BadInputException if the fan-in is below 1
   */
  public ParameterScaling scaling(ParameterRole role, boolean branch, Size size, int fanIn) {
    return scaling(exponents(role), role, branch, size, fanIn);
  }

  /** As the public method, with exponents that may have been shifted along the symmetry. */
  ParameterScaling scaling(
      AbcExponents abc, ParameterRole role, boolean branch, Size size, int fanIn) {
    double m = widthRatio(size);
    double depth = learningRateDepthExponent(role, branch);
    return new ParameterScaling(
        abc.multiplier(m),
        initStd(abc, role, m, fanIn),
        learningRateShifts.branchesAlone() && !branch
            ? 0
            : abc.learningRateFactor(m) * size.depthPower(-depth),
        epsilonFactor(abc, role, branch, size),
        Math.pow(m, abc.c()) * size.depthPower(depth));
  }

  private double initStd(AbcExponents abc, ParameterRole role, double m, int fanIn) {
    if (role.isBias()) {
      return 0;
    }
    if (fanIn < 1) {
      throw new BadInputException("Fan-in " + fanIn + ": expected at least 1 input to a weight.");
    }
    double fanInAtBase = role == ParameterRole.INPUT_WEIGHT ? fanIn : fanIn / m;
    double scale = role == ParameterRole.OUTPUT_WEIGHT ? weightScale * outputScale : weightScale;
    return scale / Math.sqrt(fanInAtBase) * abc.initStdFactor(m);
  }

  /**
   * The gradient with respect to w is m^-a, and β inside a branch, times the local error
   * (activities are of size 1), so that is how ε scales. SP leaves ε alone, as everything else.
   */
  private double epsilonFactor(AbcExponents abc, ParameterRole role, boolean branch, Size size) {
    if (scheme == Scheme.SP) {
      return 1;
    }
    double error =
        switch (role) {
          case INPUT_WEIGHT, HIDDEN_WEIGHT, HIDDEN_BIAS -> hiddenErrorExponent();
          case OUTPUT_WEIGHT, OUTPUT_BIAS -> creditRule.outputError();
        };
    return Math.pow(widthRatio(size), error - abc.a())
        * size.depthPower(errorDepth(role))
        * (branch ? branchMultiplier(size) : 1);
  }

  /**
   * The precision of the last layer in predictive coding, under every scheme.
   *
   * @param gammaPrime γ', the precision at ratio 1, positive
   * @param size of the network
   * @return γ' m^-γ̄ L^-γ̄_D; γ' itself for other rules
   * @throws BadInputException if γ' is not positive and finite
   */
  public double lastLayerPrecision(double gammaPrime, Size size) {
    if (!(gammaPrime > 0) || Double.isInfinite(gammaPrime)) {
      throw new BadInputException(
          "pc.gammaLast " + gammaPrime + ": expected a positive number; 1 is the usual one.");
    }
    OptionalDouble exponent = creditRule.precisionExponent();
    return exponent.isPresent()
        ? gammaPrime
            * Math.pow(widthRatio(size), -exponent.getAsDouble())
            * size.depthPower(-creditRule.precisionDepthExponent())
        : gammaPrime;
  }

  /**
   * The norm of a vector of M activities that are divided by their norm: √m, so that its entries do
   * not shrink as the width grows; under SP, where nothing follows the width, 1.
   *
   * @param size of the network
   */
  public double activityNorm(Size size) {
    return scheme == Scheme.SP ? 1 : Math.sqrt(widthRatio(size));
  }

  /**
   * The damping of inverses of W_L W_Lᵀ, or of J Jᵀ with J = ∂f/∂h_l, which are of order m^(1−2b)
   * where the effective last weight starts with deviation m^-b, whatever the depth.
   *
   * @param dampingPrime λ′, the damping at ratio 1
   * @param size of the network
   * @return λ′ m^(1−2b)
   */
  public double outputDamping(double dampingPrime, Size size) {
    AbcExponents output = exponents(ParameterRole.OUTPUT_WEIGHT);
    return dampingPrime * Math.pow(widthRatio(size), 1 - 2 * (output.a() + output.b()));
  }

  /**
   * Checks that predictive coding is stable at every width with this precision exponent.
   *
   * <p>Under μP a state moves by m^-(1+γ̄) per entry, which must not grow: γ̄ at least -1, unless
   * predictions are fixed. A persistent state makes the hidden local losses plain regressions of
   * curvature m^(1+γ̄), which leaves γ̄ = -1 alone.
   *
   * @param dynamics how the scheme treats its states
   * @return warnings for the user, empty if all is well or the rule is not predictive coding
   * @throws BadInputException if states would grow with the width
   */
  public List<String> admissibility(StateDynamics dynamics) {
    return PrecisionAdmissibility.ofWidth(scheme, creditRule, dynamics);
  }

  /**
   * Checks that predictive coding does not lose its features with the depth.
   *
   * <p>Under μP the relaxation divides the output error by s with s − 1 of the order of m^(-1-γ̄)
   * L^(1-γ̄_D): with L additions, each state adds its own move to those below. At γ̄ = -1 that
   * grows with the depth at every width unless γ̄_D is at least 1.
   *
   * @param dynamics how the scheme treats its states
   * @param size of the network
   * @return warnings for the user, empty if all is well or the rule is not predictive coding
   */
  public List<String> admissibility(StateDynamics dynamics, Size size) {
    return PrecisionAdmissibility.ofDepth(scheme, creditRule, dynamics, size);
  }
}
