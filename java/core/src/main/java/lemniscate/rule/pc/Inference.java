package lemniscate.rule.pc;

import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
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

  /** Whether the rate follows the largest eigenvalue of the states' Hessian. */
  default boolean measuresRate() {
    return Double.isNaN(rate());
  }

  /** Whether states are kept as they are, since weights change under them. */
  default boolean keepsStates() {
    return false;
  }

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
    public boolean keepsStates() {
      return true;
    }

    @Override
    public String configName() {
      return "ipc";
    }
  }

  /**
   * Predictive coding from a direct start (DKP-PC; Casnici et al., arXiv 2602.15571): hidden
   * weights first learn from d_l = e_L Ψ_lᵀ, and keep that; then T steps of all states at once from
   * the old feed-forward pass under the new weights; all weights learn from the errors there, and
   * Ψ_l from the settled states and output error. Before the first step e_l is −(μ_l(W′) − μ_l(W)):
   * the second update pulls the first one back.
   *
   * @param steps T, not negative
   * @param firstRate learning rate of the first update over that of the second, positive
   * @param mapRate learning rate of Ψ over that of the last weight at the base width, positive
   * @param mapScale σ of Ψ's start, σ/√n_L; 0 for none
   */
  record DirectStart(int steps, double rate, double firstRate, double mapRate, double mapScale)
      implements Inference {
    /** Checks the ranges. */
    public DirectStart {
      if (steps < 0) {
        throw new BadInputException(
            "pc.steps " + steps + ": expected a number that is not negative");
      }
      checkRate(rate);
      if (!(firstRate > 0) || Double.isInfinite(firstRate)) {
        throw new BadInputException("pc.dkpRate " + firstRate + ": expected a positive number");
      }
      if (!(mapRate > 0) || Double.isInfinite(mapRate)) {
        throw new BadInputException("pc.dkpMapRate " + mapRate + ": expected a positive number");
      }
      if (!(mapScale >= 0) || Double.isInfinite(mapScale)) {
        throw new BadInputException(
            "pc.dkpScale " + mapScale + ": expected a finite number that is not negative");
      }
    }

    /** Over the second rate; at equal rates the second update undoes much of the first. */
    public static final double USUAL_FIRST_RATE = 4;

    /** With the usual rates, maps as large as fixed ones. */
    public DirectStart(int steps, double rate) {
      this(steps, rate, USUAL_FIRST_RATE, 1, 1);
    }

    @Override
    public boolean keepsStates() {
      return true;
    }

    @Override
    public String configName() {
      return "dkp";
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

  /**
   * PC-ALM (arXiv 2605.31022): predictive coding with a multiplier λ_l for every hidden error,
   * whose fixed point has the gradients of backpropagation at every width and depth. Errors travel
   * √(α rate) units a step and are reflected at the input; with an impedance they are absorbed by
   * the first unit, which has no multiplier then and the precision ρ_1 = impedance · √(α/rate).
   *
   * @param steps T, or 0 for one and a half times what a wave takes from the output to the input
   * @param rate η of the states, or NaN for the one that the largest eigenvalue of their Hessian
   *     allows
   * @param alphas α of the multipliers: one for all hidden units or one for each, 0 for predictive
   *     coding without them
   * @param order of the states
   * @param impedance z; 0 for the multiplier and the precision of the other units at the first, too
   * @param primalSteps steps of the states before each of the multipliers
   * @param lastDualStep whether the multipliers take a step after the last one of the states, too
   */
  record AugmentedLagrangian(
      int steps,
      double rate,
      List<Double> alphas,
      Order order,
      double impedance,
      int primalSteps,
      boolean lastDualStep)
      implements Inference {

    /** In which order the states of a step move. */
    public enum Order {
      /** All at once. */
      JACOBI,
      /** From the output to the input, each seeing those above moved. */
      GAUSS_SEIDEL
    }

    /** 1 at the output, 1.5 at the input and back: the wave has settled in between. */
    private static final double TRAVERSALS = 1.5;

    /** η for which the first unit absorbs where the rate is measured; they differ by a third. */
    private static final double USUAL_RATE = 0.2;

    /** α/ρ from which on an absorbing unit lowers the limit: at 4 nine tenths are unstable. */
    private static final double FAST = 2;

    private static final double FAST_SAFETY = 0.8;

    /** Checks the ranges. */
    public AugmentedLagrangian {
      alphas = List.copyOf(alphas);
      if (steps < 0) {
        throw new BadInputException(
            "pc.almSteps " + steps + ": expected at least 1, or nothing for the usual number");
      }
      checkSteps(primalSteps);
      if (rate <= 0 || Double.isInfinite(rate)) {
        throw new BadInputException("pc.almRate " + rate + ": expected a positive, finite number");
      }
      for (double alpha : alphas) {
        if (!(alpha >= 0) || Double.isInfinite(alpha)) {
          throw new BadInputException(
              "pc.almAlpha " + alpha + ": expected a finite number that is not negative");
        }
      }
      if (!(impedance >= 0) || Double.isInfinite(impedance)) {
        throw new BadInputException(
            "pc.almImpedance " + impedance + ": expected a finite number that is not negative");
      }
      if (steps == 0 && alphas.stream().allMatch(alpha -> alpha == 0)) {
        throw new BadInputException(
            "pc.almAlpha is 0, so that no wave says how many steps to take; give pc.almSteps, or"
                + " use pc.scheme jacobi, which does the same.");
      }
    }

    /** One α, one step of the states before each of the multipliers. */
    public AugmentedLagrangian(
        int steps, double rate, double alpha, Order order, double impedance) {
      this(steps, rate, List.of(alpha), order, impedance, 1, false);
    }

    /** α_l of a hidden unit, from 1. */
    double alpha(int l) {
      return alphas.size() == 1 ? alphas.getFirst() : alphas.get(l - 1);
    }

    /** ρ_1 of an absorbing first unit; empty where it is as the others. */
    OptionalDouble absorbingPrecision() {
      double alpha = alphas.getLast();
      return impedance > 0 && alpha > 0
          ? OptionalDouble.of(impedance * Math.sqrt(alpha / (measuresRate() ? USUAL_RATE : rate)))
          : OptionalDouble.empty();
    }

    /** T in a network of so many hidden units, about so where the rate is measured. */
    public int stepsFor(int hidden) {
      return stepsFor(hidden, measuresRate() ? USUAL_RATE : rate);
    }

    /** T at another rate. */
    int stepsFor(int hidden, double at) {
      return steps > 0
          ? steps
          : (int) Math.ceil(TRAVERSALS * hidden / Math.sqrt(alphas.getLast() * at));
    }

    /**
     * Part of the largest stable rate that is taken, times that rate's product with the largest
     * eigenvalue of the states' Hessian, 4/(2 + α/ρ).
     *
     * @param precision smallest ρ
     */
    double safeStep(double precision) {
      double alpha = Collections.max(alphas) / precision;
      return (alpha > FAST ? FAST_SAFETY : RateSearch.SAFETY) * 4 / (2 + alpha);
    }

    @Override
    public String configName() {
      return "alm";
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
