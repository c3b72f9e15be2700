package lemniscate.rule.tp;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetOperation.RidgeSystem;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.Conditions;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Displacements through the ridge optimum, in the space of the examples: D_{l−1} = P_l H_{l−1} with
 * P_l = D_l H_lᵀ (H_l H_lᵀ + μ_l I)⁻¹, at a cost of B² n. Where a layer has fewer units than the
 * batch has examples, the smaller system of its units is solved; P is the same.
 *
 * <p>The kernels follow from the activities alone: those of all layers are formed and factored
 * first, together. Only the solves wait for the displacement of the layer above.
 */
final class RidgeDescent implements Descent {

  private final Pathway pathway;
  private final LocalTargets targets;
  private final Conditions conditions;
  private final int last;
  private final int first;

  /** Those of layers {@code first} … L, which feedback starts from. */
  private final List<RidgeSystem> systems = new ArrayList<>();

  private final Tensor coefficients;

  RidgeDescent(Pathway pathway, Feedback.Ridge ridge, RuleContext context, LocalTargets targets) {
    this.pathway = pathway;
    this.targets = targets;
    this.conditions =
        new Conditions(
            context,
            "tp.damping " + ridge.damping() + ": the kernel of the activities of layer",
            ridge.damping().stream().allMatch(damping -> damping > 0),
            "Examples may repeat, or activities hardly differ; raise tp.damping, for example to"
                + " 0.01.");
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    this.first = pathway == Pathway.DIRECT ? last : 2;
    ridge.requireFor(last);
    int batch = context.batch();
    this.coefficients = context.arena().allocate(new Shape(batch, batch));
    List<Shape> shapes = new ArrayList<>();
    for (int l = first; l <= last; l++) {
      int side = Math.min(spec.width(l), batch);
      shapes.add(new Shape(side, side));
    }
    List<Tensor> kernels = Slabs.allocate(context.arena(), shapes);
    for (int l = first; l <= last; l++) {
      int units = spec.width(l);
      systems.add(
          new RidgeSystem(
              FeedbackParameterization.ridgeDamping(ridge.of(l), units, l == last),
              targets.forward().activity(l),
              kernels.get(l - first),
              units < batch ? context.arena().allocate(new Shape(batch, units)) : null,
              conditions.of(l)));
    }
  }

  @Override
  public void record(Operations ops) {
    conditions.reset(ops);
    systems.forEach(ops.target()::ridgeKernel);
    for (int l = last; l >= first; l--) {
      ops.target()
          .ridgeCoefficients(
              pathway == Pathway.PLAIN,
              systems.get(l - first),
              targets.displacement(l),
              coefficients);
      if (pathway == Pathway.DIRECT) {
        for (int k = 1; k < last; k++) {
          ops.gemm(toLayer(k));
        }
      } else {
        ops.gemm(toLayer(l - 1));
      }
    }
  }

  private Gemm toLayer(int k) {
    return Gemm.backward(1, coefficients, targets.forward().activity(k), targets.displacement(k));
  }

  /** Refuses a batch whose kernels cannot be inverted. */
  void check() {
    conditions.check();
  }
}
