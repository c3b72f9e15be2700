package lemniscate.rule.gnt;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Operations;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitPass;
import lemniscate.rule.Conditions;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Through units of any kind the Jacobians go down output by output: C backward passes of the batch,
 * each from the same unit vector for all examples. C times the cost of backpropagation.
 */
final class SeededJacobians implements Jacobians {

  private final int last;
  private final int batch;
  private final int outputs;
  private final double damping;
  private final LocalTargets targets;
  private final Conditions conditions;
  private final Tensor gram;
  private final Tensor solution;

  /** One row of J_l for each example, l = 1 … L. */
  private final List<Tensor> rows;

  /** The same seen before φ, l = 2 … L−1, where there is one. */
  private final List<Tensor> gated = new ArrayList<>();

  /** J_l of all examples, one after the other, l = 1 … L−1. */
  private final List<Tensor> jacobians;

  SeededJacobians(
      RuleContext context, LocalTargets targets, Conditions conditions, double damping) {
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    this.batch = context.batch();
    this.outputs = spec.outputs();
    this.damping = damping;
    this.targets = targets;
    this.conditions = conditions;
    Arena arena = context.arena();
    this.gram = arena.allocate(new Shape(batch * outputs, outputs));
    this.solution = arena.allocate(new Shape(batch, outputs));
    this.rows = Slabs.activities(arena, spec, batch, 1, last);
    for (int l = 2; l < last; l++) {
      gated.add(
          spec.activation(l) == Activation.LINEAR
              ? row(l)
              : arena.allocate(new Shape(batch, spec.width(l))));
    }
    this.jacobians = Slabs.activities(arena, spec, batch * outputs, 1, last - 1);
  }

  private Tensor row(int l) {
    return rows.get(l - 1);
  }

  @Override
  public void displace(Operations ops) {
    for (int c = 0; c < outputs; c++) {
      seed(ops, c);
      for (int l = last; l >= 2; l--) {
        UnitPass unit = targets.forward().pass(l);
        Tensor above = l == last ? row(l) : gated.get(l - 2);
        if (!above.isSameView(row(l))) {
          unit.gate(ops, row(l), above);
        }
        Tensor below = row(l - 1);
        Products.record(ops, products -> unit.pullback(products, 1, above, below));
        collect(ops, c, below, jacobians.get(l - 2));
      }
    }
    for (int l = last - 1; l >= 1; l--) {
      ops.target()
          .gaussNewtonTarget(
              damping,
              jacobians.get(l - 1),
              targets.displacement(last),
              gram,
              solution,
              conditions.of(l),
              targets.displacement(l));
    }
  }

  private void seed(Operations ops, int c) {
    Tensor top = row(last);
    ops.fill(top, 0);
    Tensor entries = top.reshaped(batch * outputs, 1);
    for (int b = 0; b < batch; b++) {
      ops.fill(entries.rows(b * outputs + c, 1), 1);
    }
  }

  private void collect(Operations ops, int c, Tensor row, Tensor jacobian) {
    for (int b = 0; b < batch; b++) {
      ops.copy(row.rows(b, 1), jacobian.rows(b * outputs + c, 1));
    }
  }
}
