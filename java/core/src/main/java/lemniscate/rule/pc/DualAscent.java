package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.rule.RuleContext;
import lemniscate.rule.StepwiseInference;
import lemniscate.rule.pc.PcLayers.Purpose;
import lemniscate.tensor.Tensor;

/**
 * PC-ALM (arXiv 2605.31022): descent of the Lagrangian Σ_b [Σ_{l&lt;N} (λ_l·e_l + ρ_l/2 ‖e_l‖²) +
 * γ_N loss] in the states and ascent in λ, from the feed-forward pass and λ = 0; T primal steps
 * with a dual step λ_l ← λ_l + α e_l between each two. With q_l = λ_l + ρ_l e_l in the place of
 * predictive coding's γ_l e_l nothing else is new.
 *
 * <p>A batch whose q_l grow far beyond the top unit's share of the output error is relaxed again at
 * half the rate; the wave being slower by √½, in √2 times as many steps. The first unit's precision
 * stays that of the first rate, whose weight the gradients carry.
 */
final class DualAscent implements Relaxation {

  /**
   * Largest ‖q_l‖ over that of the top hidden unit at the fixed point, γ_N ‖δ_{N−1}‖, that is still
   * a signal: a reflected wave has 2. Measured against γ_N δ_{N−1} of the feed-forward pass, which
   * a step that is too large does not grow with as q_{N−1} does.
   */
  private static final double LARGEST_RATIO = 10;

  /** After so many halvings the rate is not what is wrong. */
  private static final int MAX_HALVINGS = 6;

  private final RuleContext context;
  private final PcLayers layers;
  private final Duals duals;
  private final Inference.AugmentedLagrangian settings;
  private final int hidden;
  private final Tensor energy;
  private final Tensor norms;
  private final double[] squares;

  private final List<Recorded> plans = new ArrayList<>();

  private final DoubleSupplier firstRate;

  private int halvings;

  /**
   * Allocates.
   *
   * @param firstRate of every batch, read when it is relaxed
   * @param energy receives the Lagrangian at the end
   */
  DualAscent(
      RuleContext context,
      PcLayers layers,
      Duals duals,
      Inference.AugmentedLagrangian settings,
      DoubleSupplier firstRate,
      Tensor energy) {
    this.context = context;
    this.layers = layers;
    this.duals = duals;
    this.settings = settings;
    this.hidden = layers.last() - 1;
    this.firstRate = firstRate;
    this.energy = energy;
    this.norms = context.arena().allocateScalars(hidden + 1);
    this.squares = new double[hidden + 1];
  }

  /** How often the rate was halved for the latest batch. */
  int halvings() {
    return halvings;
  }

  /** A plan and its number of steps, which follows from the rate. */
  private record Recorded(int steps, Plan plan) {}

  // A map would make an object of the number in every training step.
  private Plan plan(int steps) {
    for (int i = 0; i < plans.size(); i++) {
      if (plans.get(i).steps == steps) {
        return plans.get(i).plan;
      }
    }
    Plan plan = context.backend().record(ops -> record(ops, steps));
    plans.add(new Recorded(steps, plan));
    return plan;
  }

  @Override
  public void run() {
    Backend backend = context.backend();
    double first = firstRate.getAsDouble();
    int steps = settings.stepsFor(hidden, first);
    for (halvings = 0; ; halvings++) {
      double rate = Math.scalb(first, -halvings);
      int inSteps = (int) Math.ceil(steps * Math.sqrt(first / rate));
      backend.setScalar(rate, layers.rate());
      plan(inSteps).run();
      if (halvings == MAX_HALVINGS || isSettled(rate)) {
        return;
      }
    }
  }

  // Written so that a NaN is not settled.
  private boolean isSettled(double rate) {
    context.backend().download(norms, squares);
    double limit = LARGEST_RATIO * LARGEST_RATIO * squares[hidden] / (rate * rate);
    for (int l = 1; l <= hidden; l++) {
      if (!(squares[l - 1] <= limit)) {
        return false;
      }
    }
    return true;
  }

  private void record(Operations ops, int inSteps) {
    layers.feedForward(ops);
    duals.clear(ops);
    for (int t = 0; t < inSteps; t++) {
      for (int p = 0; p < settings.primalSteps(); p++) {
        step(ops, t > 0 && p == 0);
        if (t == 0 && p == 0) {
          // From rest the top unit moves by rate · γ_N δ.
          ops.sumOfSquares(1, layers.displacement(hidden), false, norms.element(hidden));
        }
      }
    }
    if (layers.lowest() > 1) {
      // The gradients, which are recorded once, count every state as moved.
      layers.assumeAllMoved();
    }
    if (settings.lastDualStep()) {
      dualStep(ops);
    }
    layers.refreshErrors(ops, Purpose.GRADIENTS_AND_ENERGY);
    layers.energy(ops, energy);
    for (int l = 1; l <= hidden; l++) {
      double precision = duals.precision(l);
      ops.sumOfSquares(precision * precision, layers.error(l), false, norms.element(l - 1L));
    }
  }

  private void step(Operations ops, boolean dualsFirst) {
    switch (settings.order()) {
      case JACOBI -> jacobiStep(ops, dualsFirst);
      case GAUSS_SEIDEL -> {
        if (dualsFirst) {
          dualStep(ops);
        }
        sweep(ops);
      }
    }
  }

  // The primal step that follows a dual step sees its multipliers by the weight of the errors,
  // which need not be made twice.
  private void jacobiStep(Operations ops, boolean dualsFirst) {
    duals.setWeight(dualsFirst ? Duals.Weight.AFTER_DUAL_STEP : Duals.Weight.PRECISION);
    layers.refreshErrors(ops, Purpose.RELAXATION);
    int from = layers.lowest();
    layers.jacobiStep(ops);
    if (dualsFirst) {
      stepDuals(ops, from);
    }
    duals.setWeight(Duals.Weight.PRECISION);
  }

  private void dualStep(Operations ops) {
    layers.refreshErrors(ops, Purpose.RELAXATION);
    stepDuals(ops, layers.lowest());
  }

  private void stepDuals(Operations ops, int from) {
    for (int l = from; l <= hidden; l++) {
      duals.step(ops, l, layers.error(l));
    }
  }

  private void sweep(Operations ops) {
    for (int l = hidden; l >= 1; l--) {
      layers.sequentialStep(ops, l);
    }
  }

  /**
   * The same a step at a time, at the rate as it is: nothing guards it. A dual step before the
   * first primal one has no errors to follow, so that all steps are alike.
   */
  StepwiseInference stepwise() {
    context.backend().setScalar(firstRate.getAsDouble(), layers.rate());
    return new SteppedRelaxation(
        context.backend(),
        layers,
        duals::clear,
        ops -> step(ops, true),
        ops -> {
          layers.refreshErrors(ops, Purpose.GRADIENTS_AND_ENERGY);
          layers.energy(ops, energy);
          layers.gradients(ops);
        },
        () -> {});
  }

  @Override
  public void gradients(Operations ops) {
    layers.assumeAllMoved();
    layers.gradients(ops);
  }

  @Override
  public void close() {
    plans.forEach(recorded -> recorded.plan.close());
  }
}
