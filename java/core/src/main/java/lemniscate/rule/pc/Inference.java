package lemniscate.rule.pc;

import lemniscate.config.BadInputException;

/**
 * How states are relaxed from the feed-forward pass. The rate α is the same for all layers and does
 * not depend on the width.
 */
public sealed interface Inference {

  /** Rate α of the relaxation. */
  double rate();

  /** Name in configurations. */
  String configName();

  /**
   * All states move at once, each down its own free-energy gradient, with or without momentum.
   *
   * @param steps T, at least 1
   * @param rate α, or NaN for the one that the largest eigenvalue of the states' Hessian allows
   * @param schedule of the precisions
   */
  record Jacobi(int steps, double rate, Momentum momentum, PrecisionSchedule schedule)
      implements Inference {
    /** Checks the ranges. */
    public Jacobi {
      checkSteps(steps);
      if (!Double.isNaN(rate)) {
        checkRate(rate);
      } else if (!schedule.equals(PrecisionSchedule.CONSTANT)) {
        throw new BadInputException(
            "pc.rate auto with pc.precision "
                + schedule.configName()
                + ": the eigenvalue that it follows is that of constant precisions; give a number");
      }
    }

    /** Without momentum. */
    public Jacobi(int steps, double rate) {
      this(steps, rate, Momentum.NONE, PrecisionSchedule.CONSTANT);
    }

    /** With precisions that stay. */
    public Jacobi(int steps, double rate, Momentum momentum) {
      this(steps, rate, momentum, PrecisionSchedule.CONSTANT);
    }

    /** At the largest stable rate, measured every so often. */
    public static Jacobi atStableRate(int steps) {
      return new Jacobi(steps, Double.NaN);
    }

    /** The same with a momentum. */
    public Jacobi with(Momentum other) {
      return new Jacobi(steps, rate, other, schedule);
    }

    /** The same with precisions that change. */
    public Jacobi with(PrecisionSchedule other) {
      return new Jacobi(steps, rate, momentum, other);
    }

    /** Whether the rate is measured. */
    public boolean measuresRate() {
      return Double.isNaN(rate);
    }

    /** Without what is as it was before there was a choice: checkpoints name their rule. */
    @Override
    public String toString() {
      return "Jacobi[steps=%d, rate=%s%s%s]"
          .formatted(
              steps,
              measuresRate() ? "auto" : rate,
              momentum.isNone() ? "" : ", momentum=" + momentum,
              schedule.equals(PrecisionSchedule.CONSTANT) ? "" : ", schedule=" + schedule);
    }

    @Override
    public String configName() {
      return "jacobi";
    }
  }

  /**
   * Top-down sweeps: a state moves after the one above it, and errors are refreshed in between.
   *
   * @param sweeps n, at least 1; 1 is "single-shot" sequential inference
   */
  record Sequential(int sweeps, double rate) implements Inference {
    /** Checks the ranges. */
    public Sequential {
      checkSteps(sweeps);
      checkRate(rate);
    }

    @Override
    public String configName() {
      return "si";
    }
  }

  /**
   * Fixed-prediction assumption: predictions, derivatives and presynaptic activities stay those of
   * the feed-forward pass and only the errors move (Millidge, Tschantz and Buckley, arXiv
   * 2006.04182). With unit precisions, rate 1 and at least L−1 steps the gradients are those of
   * backpropagation.
   *
   * @param steps T, at least 1
   * @param sweep whether the errors move top-down in place rather than all at once
   */
  record FixedPrediction(int steps, double rate, boolean sweep) implements Inference {
    /** Checks the ranges. */
    public FixedPrediction {
      checkSteps(steps);
      checkRate(rate);
    }

    /** All errors at once. */
    public FixedPrediction(int steps, double rate) {
      this(steps, rate, false);
    }

    @Override
    public String configName() {
      return "fpa";
    }
  }

  /**
   * Zero-divergence inference (Z-IL; Song et al. 2020): rate 1, unit precisions, and the gradient
   * of layer L−t read at step t. Its gradients are those of backpropagation.
   */
  record ZeroDivergence() implements Inference {
    @Override
    public double rate() {
      return 1;
    }

    @Override
    public String configName() {
      return "zil";
    }
  }

  /**
   * Incremental predictive coding (Salvatori et al., arXiv 2212.00720): every step moves the states
   * and the parameters from the same errors.
   *
   * @param steps T, at least 1: so many parameter updates a batch
   */
  record Incremental(int steps, double rate) implements Inference {
    /** Checks the ranges. */
    public Incremental {
      checkSteps(steps);
      checkRate(rate);
    }

    @Override
    public String configName() {
      return "ipc";
    }
  }

  /**
   * Error coordinates (ePC, arXiv 2505.20137): the errors are the variables, the states follow by a
   * forward pass, and a step is one backward pass. Reaches the equilibrium of the other schemes in
   * a number of steps that does not grow with the depth; not local in time. A step that raises the
   * free energy is taken back and the rate halved.
   *
   * @param steps T that are kept, at least 1
   * @param rate of the first step of every batch
   */
  record Errors(int steps, double rate) implements Inference {
    /** Checks the ranges. */
    public Errors {
      checkSteps(steps);
      checkRate(rate);
    }

    @Override
    public String configName() {
      return "error";
    }
  }

  /**
   * Steps in error coordinates until every layer's gradient is small against its error:
   * rms(∂F/∂e_l) ≤ tolerance · rms(e_l). A step that raises the free energy is taken back and the
   * rate halved.
   *
   * @param maxSteps bound on the steps tried
   * @param rate of the first step of every batch
   * @param tolerance of the stop, positive
   */
  record Equilibrium(int maxSteps, double rate, double tolerance) implements Inference {
    /** Checks the ranges. */
    public Equilibrium {
      checkSteps(maxSteps);
      checkRate(rate);
      if (!(tolerance > 0)) {
        throw new BadInputException("pc.tolerance " + tolerance + ": expected a positive number");
      }
    }

    @Override
    public String configName() {
      return "equilibrium";
    }
  }

  private static void checkSteps(int steps) {
    if (steps < 1) {
      throw new BadInputException("pc.steps " + steps + ": expected at least 1");
    }
  }

  private static void checkRate(double rate) {
    if (!(rate > 0) || Double.isInfinite(rate)) {
      throw new BadInputException(
          Double.isNaN(rate)
              ? "pc.rate auto: only pc.scheme jacobi measures it; give a number"
              : "pc.rate " + rate + ": expected a positive, finite number");
    }
  }
}
