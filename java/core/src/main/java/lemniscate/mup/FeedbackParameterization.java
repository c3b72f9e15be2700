package lemniscate.mup;

import lemniscate.config.BadInputException;

/**
 * How the feedback weights of target propagation depend on the width: an array Q of fan-in n starts
 * with standard deviation σ_Q/√n and moves with a learning rate η_Q m^-c, under losses that are
 * sums over coordinates and means over the batch. There is no multiplier.
 *
 * <p>With β = 1 − 2b, where m^-b is the deviation of the effective last weight, under μP and NTK
 * with SGD or momentum (the fan-in of a hidden map grows, so that b is ½ there and 0 elsewhere):
 *
 * <table>
 *   <caption>Exponents c</caption>
 *   <tr><th>trained by</th><th>top</th><th>hidden</th><th>direct</th></tr>
 *   <tr><td>reconstruction of activities</td><td>0</td><td>1</td><td></td></tr>
 *   <tr><td>noise through one layer</td><td>0</td><td>1</td><td></td></tr>
 *   <tr><td>noise to the output and back</td><td>β</td><td>1 + β</td><td>β</td></tr>
 * </table>
 *
 * <p>Power counting: what enters a hidden map sums M terms in a step, so its rate needs one more
 * power. Noise through one layer comes as Gaussian vectors: the curvature of one draw is n, and its
 * mean 1, so that c = 1 keeps a fixed number of draws stable at the price of needing M of them.
 * Noise at the output is of order m^(β/2). Adam moves every entry by m^-c whatever the gradient: 0
 * and 1 for activities; Muon with the spectral scale has 0 throughout. Where feedback must shrink
 * towards a transposed weight of order m^-b no one exponent of Adam's both learns and settles;
 * those are refused under μP and NTK. SP scales nothing but the initial deviation.
 *
 * <p>Nothing follows the depth: feedback is no part of the forward pass, carries no branch
 * multiplier, and its own loss is a layer's, whose terms do not add up along a stream.
 *
 * @param forward what the forward weights follow
 * @param learning how feedback is trained
 * @param optimizer of the feedback weights
 */
public record FeedbackParameterization(
    Parameterization forward, FeedbackLearning learning, StepClass optimizer) {

  /**
   * Checks that there are exponents.
   *
   * @throws BadInputException if not
   */
  public FeedbackParameterization {
    boolean noise =
        learning == FeedbackLearning.LOCAL_NOISE || learning == FeedbackLearning.OUTPUT_NOISE;
    if (noise && !optimizer.followsSize() && forward.scheme() != Scheme.SP) {
      throw new BadInputException(
          "tp.feedbackOptimizer adam, adamw or muon: under "
              + forward.scheme().word()
              + " there is no width exponent for feedback that learns from noise by steps that"
              + " do not shrink with the noise, as Adam's; use sgd or momentum, or param.scheme sp.");
    }
  }

  /** {@return a = 0, b and c of a role} */
  public AbcExponents exponents(FeedbackRole role) {
    double b = role == FeedbackRole.HIDDEN ? 0.5 : 0;
    return new AbcExponents(0, b, forward.scheme() == Scheme.SP ? 0 : rateExponent(role));
  }

  private double rateExponent(FeedbackRole role) {
    if (learning == FeedbackLearning.FIXED || role == FeedbackRole.BIAS) {
      return 0;
    }
    if (!optimizer.followsSize()) {
      return optimizer.growth(role.forward());
    }
    double summed = role == FeedbackRole.HIDDEN ? 1 : 0;
    return learning == FeedbackLearning.OUTPUT_NOISE ? summed + outputExponent() : summed;
  }

  // β.
  private double outputExponent() {
    AbcExponents output = forward.exponents(ParameterRole.OUTPUT_WEIGHT);
    return 1 - 2 * (output.a() + output.b());
  }

  /**
   * The numbers of one array.
   *
   * @param size of the network
   * @param fanIn inputs of the map, at least 1; of no effect for a bias
   * @param scale σ_Q, not negative
   */
  public ParameterScaling scaling(FeedbackRole role, Size size, int fanIn, double scale) {
    double m = forward.widthRatio(size);
    double c = exponents(role).c();
    return new ParameterScaling(
        1,
        role == FeedbackRole.BIAS ? 0 : scale / Math.sqrt(fanIn),
        Math.pow(m, -c),
        1,
        Math.pow(m, c));
  }

  /**
   * Ridge damping of regressions on a layer's activities: μ_l = μ′ n_l for a hidden layer, as the
   * entries of its kernel grow, and μ′ for the output layer, of fixed width.
   *
   * @param damping μ′
   * @param units n_l
   * @param output whether the layer is the output layer
   */
  public static double ridgeDamping(double damping, int units, boolean output) {
    return output ? damping : damping * units;
  }
}
