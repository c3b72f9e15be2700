package lemniscate.rule.gnt;

import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.network.DenseLayer;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.rule.Conditions;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Through weight matrices the Jacobians of all examples go down as one matrix of B·C rows: J_{l} =
 * (J_{l+1} ∘ φ′(u_{l+1})) a_{l+1} w_{l+1}, one product a layer; each example then solves a system of
 * C equations. The top one is the same for all examples, J_{L−1} = a_L w_L.
 */
final class MatrixJacobians implements Jacobians {

  private final DenseLayer top;
  private final int last;
  private final double damping;
  private final LocalTargets targets;
  private final Conditions conditions;
  private final Tensor topGram;
  private final Tensor gram;
  private final Tensor solution;

  /** φ′(u_l) for l = 2 … L−1. */
  private final List<Tensor> derivatives;

  /** J_l for l = 1 … L−2, gated in place, and the gated copies of J_{L−1}. */
  private final List<Tensor> jacobians;

  MatrixJacobians(
      RuleContext context, LocalTargets targets, Conditions conditions, double damping) {
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    this.top = context.network().layer(last);
    this.damping = damping;
    this.targets = targets;
    this.conditions = conditions;
    Arena arena = context.arena();
    int batch = context.batch();
    int outputs = spec.outputs();
    this.topGram = arena.allocate(new Shape(outputs, outputs));
    this.gram = arena.allocate(new Shape(batch * outputs, outputs));
    this.solution = arena.allocate(new Shape(batch, outputs));
    this.derivatives = Slabs.activities(arena, spec, batch, 2, last - 1);
    this.jacobians = Slabs.activities(arena, spec, batch * outputs, 1, last > 2 ? last - 1 : 0);
  }

  @Override
  public void displace(Operations ops) {
    displaceTop(ops);
    for (int l = last - 2; l >= 1; l--) {
      int i = l;
      gate(ops, l + 1);
      // The multiplier of the last weight enters with the first product.
      double scale = l == last - 2 ? top.multiplier() : 1;
      Products.record(
          ops, p -> targets.forward().pass(i + 1).pullback(p, scale, jacobian(i + 1), jacobian(i)));
      ops.target()
          .gaussNewtonTarget(
              damping,
              jacobian(l),
              targets.displacement(last),
              gram,
              solution,
              conditions.of(l),
              targets.displacement(l));
    }
  }

  // D_{L−1} = e_L (a² w wᵀ + λ I)⁻¹ a w, with one matrix for all examples.
  private void displaceTop(Operations ops) {
    Products.record(ops, products -> top.outputGram(products, topGram));
    ops.target().factor(damping, topGram, conditions.of(last - 1));
    ops.copy(targets.displacement(last), solution);
    ops.target().solve(topGram, solution);
    Products.record(
        ops, products -> top.transposed(products, solution, targets.displacement(last - 1)));
  }

  private void gate(Operations ops, int l) {
    Tensor derivative = derivatives.get(l - 2);
    targets.forward().pass(l).derivative(ops, derivative);
    Tensor rows = l == last - 1 ? top.weight().value() : jacobian(l);
    ops.target().gateRows(rows, derivative, jacobian(l));
  }

  private Tensor jacobian(int l) {
    return jacobians.get(l - 1);
  }
}
