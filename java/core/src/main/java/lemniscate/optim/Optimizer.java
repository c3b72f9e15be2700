package lemniscate.optim;

import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.mup.OptimizerKind;

/**
 * How gradients move parameters. The width scaling of learning rates, of ε and of the decay comes
 * from the parameterisation, never from here. Values are those at the base width.
 */
public sealed interface Optimizer {

  /** β₁, β₂ and ε of Adam as its authors set them (arXiv 1412.6980, algorithm 1). */
  AdamCoefficients ADAM_DEFAULTS = new AdamCoefficients(0.9, 0.999, 1e-8);

  /** The column of the scaling tables that applies. */
  OptimizerKind kind();

  /** Weight decay λ′ of the weights. */
  double weightDecay();

  /**
   * Whether the decay is part of the gradient, g + λ′w, and so of the velocity, rather than taken
   * from the weight beside it. For plain descent the two are one.
   */
  default boolean couplesDecay() {
    return false;
  }

  /** Plain stochastic gradient descent. */
  record Sgd(double weightDecay) implements Optimizer {
    /** Without decay. */
    public Sgd() {
      this(0);
    }

    @Override
    public OptimizerKind kind() {
      return OptimizerKind.SGD;
    }
  }

  /**
   * Heavy-ball momentum.
   *
   * @param momentum factor of the velocity, in [0, 1)
   * @param couplesDecay whether the velocity takes the decay up
   */
  record Momentum(double momentum, double weightDecay, boolean couplesDecay) implements Optimizer {
    /** With decoupled decay. */
    public Momentum(double momentum, double weightDecay) {
      this(momentum, weightDecay, false);
    }

    @Override
    public OptimizerKind kind() {
      return OptimizerKind.MOMENTUM;
    }
  }

  /** Adam; ε is scaled by width like the raw gradient. */
  record Adam(AdamCoefficients coefficients, double weightDecay) implements Optimizer {
    /** With the authors' coefficients and no decay. */
    public Adam() {
      this(ADAM_DEFAULTS, 0);
    }

    @Override
    public OptimizerKind kind() {
      return OptimizerKind.ADAM;
    }
  }
}
