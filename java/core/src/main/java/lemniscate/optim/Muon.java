package lemniscate.optim;

import java.util.List;
import java.util.OptionalDouble;
import lemniscate.backend.Gemm;
import lemniscate.backend.GoodnessPasses;
import lemniscate.backend.Operations;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.StepClass;
import lemniscate.network.Parameter;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Muon (K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024): weights
 * move along their Nesterov momentum with all singular values made nearly equal. m ← μm + g, then
 * the step s · orth(g + μm), where orth is {@link #ITERATIONS} Newton-Schulz iterations that take
 * singular values to [0.68, 1.14]; those below about 1e-3 of the norm less far, and 0 to 0. A
 * convolution's weight is the matrix of output channels and what each of them sums over.
 *
 * <p>A vector (a bias, a gain) has no singular values to speak of; it moves by Adam with decoupled
 * decay, at {@code vectorRate} times the learning rate. So may weights that are not hidden: those
 * that read the inputs or make the outputs, for which the authors, too, take AdamW.
 *
 * @param momentum μ, in [0, 1)
 * @param scale of the step, by the shape of the weight
 * @param vectorRate learning rate of vectors over that of weights, positive
 * @param outerRate learning rate of input and output weights over that of hidden ones, positive,
 *     where they move by Adam; empty where they move by Muon as all weights
 * @param adam coefficients of Adam
 */
public record Muon(
    double momentum,
    Scale scale,
    double vectorRate,
    OptionalDouble outerRate,
    AdamCoefficients adam,
    double weightDecay)
    implements Optimizer {

  /** Of Newton-Schulz. */
  public static final int ITERATIONS = 5;

  private static final double LINEAR = 3.4445;
  private static final double CUBIC = -4.7750;
  private static final double QUINTIC = 2.0315;

  /** Added to the norm that the matrix is divided by. */
  private static final double NORM_EPSILON = 1e-7;

  /** From Adam's usual 0.001 to Muon's 0.02; a rule that bears less of one bears less of both. */
  private static final double RATE_OVER_ADAM = 20;

  /** What rules that bear more of Adam need not bear of Muon. */
  private static final double LARGEST_USUAL_RATE = 0.02;

  private static final String MOMENTUM = "firstMoment";
  private static final String OTHER = "orthogonal";
  private static final String GRAM = "gram";
  private static final String POLYNOMIAL = "polynomial";

  /** Factor s of the step of a matrix. */
  public enum Scale {
    /** √(fan-out/fan-in): the step moves root mean squares by the learning rate at any shape. */
    SPECTRAL("spectral", StepClass.SPECTRAL, StepClass.SPECTRAL_HIDDEN),
    /** √max(1, fan-out/fan-in), as the authors have it. */
    JORDAN("jordan", StepClass.SPECTRAL_AT_LEAST_ONE, StepClass.SPECTRAL_HIDDEN),
    /** 0.2 √max(fan-out, fan-in), for learning rates of Adam (arXiv 2502.16982). */
    // Input and output weights have the exponents of Adam either way.
    MOONSHOT("moonshot", StepClass.SPECTRAL_BY_ENTRY, StepClass.SPECTRAL_BY_ENTRY);

    private final String configName;
    private final StepClass kind;
    private final StepClass hidden;

    Scale(String configName, StepClass kind, StepClass hidden) {
      this.configName = configName;
      this.kind = kind;
      this.hidden = hidden;
    }

    /** Usual learning rate of AdamW's weights over that of Muon's. */
    double usualOuterRate() {
      return this == MOONSHOT ? 1 : 1 / RATE_OVER_ADAM;
    }

    /** {@return the name in configurations} */
    public String configName() {
      return configName;
    }

    /**
     * The factor.
     *
     * @param fanOut rows of the weight
     * @param fanIn its columns
     */
    public double of(int fanOut, int fanIn) {
      return switch (this) {
        case SPECTRAL -> Math.sqrt((double) fanOut / fanIn);
        case JORDAN -> Math.sqrt(Math.max(1, (double) fanOut / fanIn));
        case MOONSHOT -> 0.2 * Math.sqrt(Math.max(fanOut, fanIn));
      };
    }
  }

  /** For all weights. */
  public Muon(
      double momentum, Scale scale, double vectorRate, AdamCoefficients adam, double weightDecay) {
    this(momentum, scale, vectorRate, OptionalDouble.empty(), adam, weightDecay);
  }

  /** With the spectral scale, the usual coefficients and no decay, for all weights. */
  public Muon() {
    this(0.95, Scale.SPECTRAL, 1, ADAM_DEFAULTS, 0);
  }

  /** The same with AdamW for input and output weights, at its usual rate. */
  public Muon ofHiddenWeights() {
    return ofHiddenWeights(scale.usualOuterRate());
  }

  /**
   * The same with AdamW for input and output weights.
   *
   * @param rate over that of hidden weights, positive
   */
  public Muon ofHiddenWeights(double rate) {
    return new Muon(momentum, scale, vectorRate, OptionalDouble.of(rate), adam, weightDecay);
  }

  @Override
  public StepClass kind() {
    return outerRate.isPresent() ? scale.hidden : scale.kind;
  }

  @Override
  public double usualRate(UsualRates rates) {
    // The scale of 'moonshot' is made for Adam's rates.
    return scale == Scale.MOONSHOT
        ? rates.adam()
        : Math.min(LARGEST_USUAL_RATE, RATE_OVER_ADAM * rates.adam());
  }

  /** Of an output weight, as all that have a parameter for their transpose. */
  @Override
  public double transposedStep(int rows, int columns) {
    return outerRate.isPresent() ? 1 : scale.of(columns, rows) / scale.of(rows, columns);
  }

  /** Without what earlier runs did not know, where it is as they were: checkpoints name theirs. */
  @Override
  public String toString() {
    return "Muon[momentum=%s, scale=%s, vectorRate=%s, %svectors=%s, weightDecay=%s]"
        .formatted(
            momentum,
            scale,
            vectorRate,
            outerRate.isPresent() ? "outerRate=" + outerRate.getAsDouble() + ", " : "",
            adam,
            weightDecay);
  }

  private Adam byAdam() {
    return new Adam(adam, weightDecay);
  }

  /** Over that of hidden weights, of what Adam moves; empty for what moves by Muon. */
  private OptionalDouble adamRate(Parameter parameter) {
    if (parameter.kind().isVector()) {
      return OptionalDouble.of(vectorRate);
    }
    return parameter.role() == ParameterRole.HIDDEN_WEIGHT ? OptionalDouble.empty() : outerRate;
  }

  @Override
  public List<OptimizerTensor> tensors(Parameter parameter) {
    if (adamRate(parameter).isPresent()) {
      return byAdam().tensors(parameter);
    }
    Shape shape = parameter.value().shape();
    int smaller = Math.min(shape.rows(), shape.columns());
    Shape square = new Shape(smaller, smaller);
    return List.of(
        OptimizerTensor.state(MOMENTUM, shape),
        OptimizerTensor.scratch(OTHER, shape),
        OptimizerTensor.scratch(GRAM, square),
        OptimizerTensor.scratch(POLYNOMIAL, square));
  }

  @Override
  public void record(Operations ops, ParameterStep step) {
    OptionalDouble ofAdam = adamRate(step.parameter());
    if (ofAdam.isPresent()) {
      byAdam().record(ops, step.atRate(ofAdam.getAsDouble()));
      return;
    }
    Tensor gradient = step.gradient();
    Tensor velocity = step.tensor(MOMENTUM);
    ops.scale(momentum, velocity);
    ops.axpy(1, gradient, velocity);
    ops.axpy(momentum, velocity, gradient);
    Tensor direction =
        orthogonalize(
            ops, gradient, step.tensor(OTHER), step.tensor(GRAM), step.tensor(POLYNOMIAL));
    double factor = scale.of(gradient.rows(), gradient.columns());
    // The decay follows the learning rate, not the scale of the step.
    ops.update()
        .sgd(
            direction,
            step.rate(),
            step.rateFactor() * factor,
            step.decay() / factor,
            step.weight());
  }

  /**
   * Enqueues X ← X/(‖X‖ + 1e-7) and then {@link #ITERATIONS} times X ← aX + (bA + cA²)X with A =
   * XXᵀ, or from the other side where X has more rows than columns, so that A is the smaller of
   * both.
   *
   * @param matrix X; undefined afterwards
   * @param other of its shape
   * @param gram square, of the smaller extent of X
   * @param polynomial of the same shape
   * @return the one of matrix and other that holds the result
   */
  static Tensor orthogonalize(
      Operations ops, Tensor matrix, Tensor other, Tensor gram, Tensor polynomial) {
    Tensor row = matrix.reshaped(1, Math.toIntExact(matrix.elements()));
    double length = NORM_EPSILON / GoodnessPasses.LENGTH_EPSILON;
    ops.goodness().normalize(length, row, row);
    ops.scale(1 / length, matrix);
    boolean wide = matrix.rows() <= matrix.columns();
    Tensor x = matrix;
    Tensor next = other;
    for (int i = 0; i < ITERATIONS; i++) {
      ops.gemm(new Gemm(1, x, !wide, x, wide, 0, gram));
      ops.copy(gram, polynomial);
      ops.gemm(new Gemm(QUINTIC, gram, false, gram, false, CUBIC, polynomial));
      ops.copy(x, next);
      ops.gemm(
          wide
              ? new Gemm(1, polynomial, false, x, false, LINEAR, next)
              : new Gemm(1, x, false, polynomial, false, LINEAR, next));
      Tensor former = x;
      x = next;
      next = former;
    }
    return x;
  }
}
