package lemniscate.rule.pc;

import lemniscate.backend.Operations;
import lemniscate.network.KeptGradients;
import lemniscate.rule.RuleContext;
import lemniscate.rule.pc.PcLayers.Purpose;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What each scheme of inference records between the feed-forward pass and the update. */
final class SchemeRecordings {

  private final PredictiveCoding rule;
  private final RuleContext context;
  private final PcLayers layers;
  private final FixedPredictions fixed;

  /** Of schemes that keep states alone. */
  private final @Nullable KeptStates kept;

  private final Tensor energy;
  private final Tensor trace;
  private final boolean energyOnDemand;

  /** Maps from the output; of a direct start alone. */
  private final @Nullable DirectFeedback feedback;

  /** Gradients of the first of two relaxations or updates; null where there is one. */
  private final @Nullable KeptGradients first;

  /**
   * Allocates what the scheme needs beside the layers.
   *
   * @param energy scalar of F
   * @param trace a scalar for each step of the inference, where F is traced
   * @param energyOnDemand whether F is made after the step, if at all
   */
  SchemeRecordings(
      PredictiveCoding rule,
      RuleContext context,
      PcLayers layers,
      Tensor energy,
      Tensor trace,
      boolean energyOnDemand) {
    this.rule = rule;
    this.context = context;
    this.layers = layers;
    this.fixed = new FixedPredictions(layers);
    this.kept = rule.inference().keepsStates() ? new KeptStates(layers) : null;
    this.energy = energy;
    this.trace = trace;
    this.energyOnDemand = energyOnDemand;
    this.feedback =
        rule.inference() instanceof Inference.DirectStart direct
            ? new DirectFeedback(direct, context)
            : null;
    this.first =
        rule.nudge().phases() > 1 || feedback != null
            ? new KeptGradients(context.arena(), context.network())
            : null;
  }

  /** How many values of F a step keeps. */
  static int tracePoints(PredictiveCoding rule, RuleContext context) {
    if (rule.inference() instanceof Inference.Errors errors) {
      // Whether F falls decides what is kept, so that it is always there.
      return errors.steps();
    }
    if (!rule.energyTrace()) {
      return 0;
    }
    int hidden = context.network().spec().layers() - 1;
    return switch (rule.inference()) {
      case Inference.Jacobi jacobi -> jacobi.steps();
      case Inference.Sequential sequential -> sequential.sweeps() * hidden;
      case Inference.FixedPrediction fixed -> fixed.steps();
      case Inference.Incremental incremental -> incremental.steps();
      case Inference.DirectStart direct -> direct.steps();
      case Inference.ZeroDivergence _, Inference.Equilibrium _, Inference.Errors _ -> 0;
      case Inference.AugmentedLagrangian _ -> 0;
    };
  }

  /** Whether the errors that the energy follows from stay in their buffers after the step. */
  static boolean leavesErrors(PredictiveCoding rule) {
    if (rule.update() == WeightUpdate.FORWARD) {
      return false;
    }
    Inference inference = rule.inference();
    return switch (inference) {
      case Inference.Jacobi _,
          Inference.Sequential _,
          Inference.FixedPrediction _,
          Inference.ZeroDivergence _ ->
          !inference.measuresRate();
      default -> false;
    };
  }

  /**
   * Relaxes from the feed-forward pass and computes the gradients.
   *
   * @param update whether weights that learn within the relaxation do
   */
  void relax(Operations ops, boolean update) {
    switch (rule.inference()) {
      case Inference.Jacobi jacobi -> jacobi(ops, jacobi);
      case Inference.Sequential sequential -> sequential(ops, sequential);
      case Inference.FixedPrediction settings -> fixedPrediction(ops, settings);
      case Inference.ZeroDivergence _ -> zeroDivergence(ops);
      case Inference.Incremental incremental -> incremental(ops, incremental, update);
      case Inference.DirectStart direct -> directStart(ops, direct, update);
      case Inference.Equilibrium _, Inference.Errors _, Inference.AugmentedLagrangian _ ->
          throw new IllegalStateException(rule.inference() + " is recorded in parts");
    }
  }

  /** Keeps the gradients that there are. */
  void keepFirst(Operations ops) {
    requireFirst().keep(ops);
  }

  /** Their mean with those that are kept, in their place. */
  void average(Operations ops) {
    requireFirst().add(ops, 1);
    context.network().parameters().forEach(parameter -> ops.scale(0.5, parameter.gradient()));
  }

  private KeptGradients requireFirst() {
    if (first == null) {
      throw new IllegalStateException(rule.inference() + " has one relaxation");
    }
    return first;
  }

  private void jacobi(Operations ops, Inference.Jacobi jacobi) {
    for (int t = 0; t < jacobi.steps(); t++) {
      layers.refreshErrors(ops, rule.energyTrace() ? Purpose.ENERGY : Purpose.RELAXATION);
      traceEnergy(ops, t);
      layers.jacobiStep(ops, jacobi, t);
    }
    afterRelaxation(ops);
  }

  private void sequential(Operations ops, Inference.Sequential sequential) {
    int visit = 0;
    for (int t = 0; t < sequential.sweeps(); t++) {
      for (int l = layers.last() - 1; l >= 1; l--) {
        if (rule.energyTrace()) {
          layers.refreshErrors(ops, Purpose.ENERGY);
          traceEnergy(ops, visit++);
        }
        layers.sequentialStep(ops, l);
      }
    }
    afterRelaxation(ops);
  }

  private void afterRelaxation(Operations ops) {
    afterRelaxation(ops, !energyOnDemand);
  }

  /**
   * Gradients at the settled states.
   *
   * @param withEnergy whether the energy is made too, as it always is for a forward update
   */
  void afterRelaxation(Operations ops, boolean withEnergy) {
    boolean forward = rule.update() == WeightUpdate.FORWARD;
    layers.refreshErrors(
        ops,
        forward ? Purpose.ENERGY : withEnergy ? Purpose.GRADIENTS_AND_ENERGY : Purpose.GRADIENTS);
    if (withEnergy) {
      layers.energy(ops, energy);
    }
    if (forward) {
      fixed.gradientsFromMoves(ops);
    } else {
      layers.gradients(ops);
    }
  }

  private void fixedPrediction(Operations ops, Inference.FixedPrediction settings) {
    fixed.clear(ops);
    for (int t = 0; t < settings.steps(); t++) {
      traceEnergy(ops, t);
      fixed.step(ops, settings.sweep());
    }
    fixed.gradients(ops);
  }

  private void zeroDivergence(Operations ops) {
    for (int l = layers.last(); l >= 1; l--) {
      layers.refreshErrors(ops, Purpose.GRADIENTS);
      layers.zeroDivergenceGradient(ops, l);
      if (l > 1) {
        layers.jacobiStep(ops);
      }
    }
  }

  // Without an update the states relax as they would with one, and the last gradient stays.
  private void incremental(Operations ops, Inference.Incremental incremental, boolean update) {
    KeptStates states = requireKept();
    states.fromForward(ops);
    for (int t = 0; t < incremental.steps(); t++) {
      boolean lastStep = t == incremental.steps() - 1;
      states.errors(ops);
      if (rule.energyTrace()) {
        states.energy(ops, trace.element(t));
      }
      if (lastStep) {
        states.energy(ops, energy);
      }
      if (update || lastStep) {
        states.gradients(ops);
      }
      if (update || !lastStep) {
        states.step(ops);
      }
      if (update) {
        context.update().record(ops);
      }
    }
  }

  // Without an update the gradients are the sum of both updates' at the weights that there are.
  private void directStart(Operations ops, Inference.DirectStart direct, boolean update) {
    DirectFeedback maps = requireFeedback();
    KeptStates states = requireKept();
    fixed.directGradients(ops, maps.values());
    if (update) {
      context.update().record(ops, maps.hidden(), direct.firstRate());
    } else {
      keepFirst(ops);
    }
    states.fromForward(ops);
    for (int t = 0; t < direct.steps(); t++) {
      states.errors(ops);
      if (rule.energyTrace()) {
        states.energy(ops, trace.element(t));
      }
      states.step(ops);
    }
    states.errors(ops);
    states.energy(ops, energy);
    states.gradients(ops);
    if (update) {
      maps.learn(ops, states::presynaptic, layers.outputError());
    } else {
      requireFirst().add(ops, direct.firstRate(), maps.hidden()::contains);
    }
  }

  private void traceEnergy(Operations ops, int point) {
    if (rule.energyTrace()) {
      layers.energy(ops, trace.element(point));
    }
  }

  KeptStates requireKept() {
    if (kept == null) {
      throw new IllegalStateException(rule.inference() + " keeps no states");
    }
    return kept;
  }

  DirectFeedback requireFeedback() {
    if (feedback == null) {
      throw new IllegalStateException(rule.inference() + " has no maps");
    }
    return feedback;
  }

  @Nullable DirectFeedback feedback() {
    return feedback;
  }
}
