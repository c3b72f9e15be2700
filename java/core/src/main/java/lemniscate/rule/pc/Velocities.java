package lemniscate.rule.pc;

import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/** Velocities m of the states of a relaxation with momentum, by layer 1 … L−1. */
final class Velocities {

  private final Momentum momentum;
  private final double coefficient;

  /** None without momentum. */
  private final List<Tensor> values;

  /** Whether the state of a layer has a velocity in the recording so far. */
  private final boolean[] started;

  Velocities(Inference inference, RuleContext context) {
    NetworkSpec spec = context.network().spec();
    int last = spec.layers();
    this.momentum =
        inference instanceof Inference.Jacobi jacobi ? jacobi.momentum() : Momentum.NONE;
    this.coefficient = momentum.coefficient(spec);
    this.values =
        coefficient == 0
            ? List.of()
            : Slabs.activities(context.arena(), spec, context.batch(), 1, last - 1);
    this.started = new boolean[last + 1];
  }

  boolean areNone() {
    return values.isEmpty();
  }

  /**
   * m = g + μ m, and D moves by −rate · m, or by −rate · (g + μ m) with the new m.
   *
   * @param gradient g of layer l
   * @param displacement D of layer l
   */
  void move(Operations ops, int l, Tensor gradient, Tensor rate, Tensor displacement) {
    Tensor velocity = values.get(l - 1);
    if (started[l]) {
      ops.scale(coefficient, velocity);
      ops.axpy(1, gradient, velocity);
    } else {
      ops.copy(gradient, velocity);
      started[l] = true;
    }
    if (momentum.form() == Momentum.Form.NESTEROV) {
      ops.axpy(-1, rate, gradient, displacement);
      ops.axpy(-coefficient, rate, velocity, displacement);
    } else {
      ops.axpy(-1, rate, velocity, displacement);
    }
  }

  /** No state has a velocity yet. */
  void forget() {
    Arrays.fill(started, false);
  }

  /** Every state has one, for recordings that are run in a loop. */
  void assumeAll() {
    Arrays.fill(started, true);
  }

  /** All zero, for recordings that are run in a loop. */
  void rest(Operations ops) {
    values.forEach(velocity -> ops.fill(velocity, 0));
  }
}
