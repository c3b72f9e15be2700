package lemniscate.optim;

import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.mup.StepClass;
import lemniscate.network.Parameter;

/**
 * How gradients move parameters. The width scaling of learning rates, of ε and of the decay comes
 * from the parameterisation, never from here. Values are those at the base width. Implementations
 * are records, or else have equality and text by value.
 */
public interface Optimizer {

  /** β₁, β₂ and ε of Adam as its authors set them (arXiv 1412.6980, algorithm 1). */
  AdamCoefficients ADAM_DEFAULTS = new AdamCoefficients(0.9, 0.999, 1e-8);

  /** How its steps follow gradients: the column of the scaling tables that applies. */
  StepClass kind();

  /** Weight decay λ′ of the weights. */
  double weightDecay();

  /**
   * Whether the decay is part of the gradient, g + λ′w, and so of the velocity, rather than taken
   * from the weight beside it. For plain descent the two are one.
   */
  default boolean couplesDecay() {
    return false;
  }

  /**
   * What it adds to the size of a gradient that it divides by, at the base width; 0 where steps
   * follow the size.
   */
  default double epsilon() {
    return 0;
  }

  /**
   * Step of the transposed matrix over that of the matrix itself, for a parameter that is to move
   * as the transpose of a weight; 1 where steps do not depend on the shape.
   */
  default double transposedStep(int rows, int columns) {
    return 1;
  }

  /** What it needs for a parameter. */
  default List<OptimizerTensor> tensors(Parameter parameter) {
    return List.of();
  }

  /** Enqueues one update of a parameter. */
  void record(Operations ops, ParameterStep step);

  /** The learning rate of its nearest relative, times what it bears more or less. */
  default double usualRate(UsualRates rates) {
    return kind().followsSize() ? rates.sgd() : rates.adam();
  }

  /** Plain stochastic gradient descent. */
  record Sgd(double weightDecay) implements Optimizer {
    /** Without decay. */
    public Sgd() {
      this(0);
    }

    @Override
    public StepClass kind() {
      return StepClass.SGD_LIKE;
    }

    @Override
    public void record(Operations ops, ParameterStep step) {
      step.descend(ops, step.gradient());
    }
  }

  /**
   * Heavy-ball momentum.
   *
   * @param momentum factor of the velocity, in [0, 1)
   * @param couplesDecay whether the velocity takes the decay up
   */
  record Momentum(double momentum, double weightDecay, boolean couplesDecay) implements Optimizer {
    private static final String VELOCITY = "firstMoment";

    /** With decoupled decay. */
    public Momentum(double momentum, double weightDecay) {
      this(momentum, weightDecay, false);
    }

    @Override
    public StepClass kind() {
      return StepClass.SGD_LIKE;
    }

    @Override
    public List<OptimizerTensor> tensors(Parameter parameter) {
      return List.of(OptimizerTensor.state(VELOCITY, parameter.value().shape()));
    }

    @Override
    public void record(Operations ops, ParameterStep step) {
      ops.update()
          .momentum(
              step.gradient(),
              step.rate(),
              step.rateFactor(),
              step.decay(),
              momentum,
              step.tensor(VELOCITY),
              step.weight());
    }

    @Override
    public double usualRate(UsualRates rates) {
      return rates.momentum();
    }
  }

  /** Adam; ε is scaled by width like the raw gradient. */
  record Adam(AdamCoefficients coefficients, double weightDecay) implements Optimizer {
    private static final String MEAN = "firstMoment";
    private static final String SQUARE = "secondMoment";

    /** With the authors' coefficients and no decay. */
    public Adam() {
      this(ADAM_DEFAULTS, 0);
    }

    @Override
    public StepClass kind() {
      return StepClass.SIGN_LIKE;
    }

    @Override
    public double epsilon() {
      return coefficients.epsilon();
    }

    @Override
    public List<OptimizerTensor> tensors(Parameter parameter) {
      return List.of(
          OptimizerTensor.state(MEAN, parameter.value().shape()),
          OptimizerTensor.state(SQUARE, parameter.value().shape()));
    }

    @Override
    public void record(Operations ops, ParameterStep step) {
      double epsilon = coefficients.epsilon() * step.parameter().scaling().epsilonFactor();
      ops.update()
          .adam(
              step.gradient(),
              step.rate(),
              step.rateFactor(),
              step.decay(),
              new AdamCoefficients(coefficients.beta1(), coefficients.beta2(), epsilon),
              step.counter(),
              step.tensor(MEAN),
              step.tensor(SQUARE),
              step.weight());
    }
  }
}
