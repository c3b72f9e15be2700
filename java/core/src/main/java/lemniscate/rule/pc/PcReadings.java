package lemniscate.rule.pc;

import lemniscate.backend.Backend;
import lemniscate.rule.RuleContext;

/**
 * What a step leaves in its buffers, read back and combined on the host: errors, states,
 * multipliers of layer l, (B, n_l).
 *
 * @param schemes whose buffers some schemes use beside the layers'
 */
record PcReadings(
    PredictiveCoding rule, RuleContext context, PcLayers layers, SchemeRecordings schemes) {

  /** e_l as {@link PcStep#error}. */
  double[] error(int l) {
    if (l == layers.last()) {
      return context.backend().read(layers.outputError());
    }
    if (rule.update() == WeightUpdate.FORWARD) {
      return displacement(l);
    }
    return switch (rule.inference()) {
      case Inference.FixedPrediction _, Inference.Incremental _, Inference.DirectStart _ ->
          context.backend().read(layers.storedError(l));
      case Inference.AugmentedLagrangian _ -> plusDual(-1, l, localSignal(l));
      default -> context.backend().read(layers.error(l));
    };
  }

  /** λ_l, l = 1 … L−1. */
  double[] dual(int l) {
    return context.backend().read(layers.requireDuals().value(l));
  }

  /** q_l = λ_l + ρ_l e_l, l = 1 … L−1. */
  double[] augmentedError(int l) {
    double[] values = localSignal(l);
    for (int i = 0; i < values.length; i++) {
      values[i] *= layers.precision(l);
    }
    return values;
  }

  // q_l / ρ_l.
  private double[] localSignal(int l) {
    return context.backend().read(layers.error(l));
  }

  private double[] plusDual(int sign, int l, double[] values) {
    double[] dual = dual(l);
    for (int i = 0; i < values.length; i++) {
      values[i] += sign * dual[i] / layers.precision(l);
    }
    return values;
  }

  /** D_l, l = 1 … L−1. */
  double[] displacement(int l) {
    if (rule.inference().keepsStates()) {
      throw new IllegalStateException(rule.inference() + " keeps states, not displacements");
    }
    return context.backend().read(layers.displacement(l));
  }

  /** v_l, l = 1 … L−1. */
  double[] state(int l) {
    double[] values = context.backend().read(layers.displacement(l));
    if (rule.inference().keepsStates()) {
      return values;
    }
    return fromForward(l, values);
  }

  // Adds what the feed-forward pass gave the states of layer l.
  private double[] fromForward(int l, double[] moves) {
    double[] values =
        context
            .backend()
            .read(
                rule.convention() == Convention.B
                    ? layers.forward().activity(l)
                    : layers.forward().preActivation(l));
    for (int i = 0; i < values.length; i++) {
      values[i] += moves[i];
    }
    return values;
  }

  /** What layer l sends up as its weights' gradients take it, l = 0 … L−1. */
  double[] presynaptic(int l) {
    Backend backend = context.backend();
    if (l == 0) {
      return backend.read(layers.forward().input());
    }
    if (rule.update() == WeightUpdate.FORWARD) {
      return backend.read(layers.forward().activity(l));
    }
    return switch (rule.inference()) {
      case Inference.FixedPrediction _, Inference.ZeroDivergence _ ->
          backend.read(layers.forward().activity(l));
      case Inference.Incremental _, Inference.DirectStart _ ->
          backend.read(schemes.requireKept().presynaptic(l));
      default -> backend.read(layers.back(l));
    };
  }

  /** What the prediction of hidden layer l is drawn to. */
  double[] localTarget(int l) {
    if (rule.inference() instanceof Inference.AugmentedLagrangian) {
      return plusDual(1, l, state(l));
    }
    if (!(rule.inference() instanceof Inference.FixedPrediction)) {
      return state(l);
    }
    return fromForward(l, error(l));
  }
}
