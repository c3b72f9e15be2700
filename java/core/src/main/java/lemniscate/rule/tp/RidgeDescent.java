package lemniscate.rule.tp;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.Conditions;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Displacements through the ridge optimum, in the space of the examples: D_{l−1} = P_l H_{l−1} with
 * P_l = D_l H_lᵀ (H_l H_lᵀ + μ_l I)⁻¹, at a cost of B² n. Where a layer has fewer units than the
 * batch has examples, the smaller system of its units is solved; P is the same.
 */
final class RidgeDescent implements Descent {

  private final Pathway pathway;
  private final LocalTargets targets;
  private final Conditions conditions;
  private final int last;
  private final List<Source> sources = new ArrayList<>();
  private final Tensor coefficients;

  /** A layer that feedback starts from, with its scratch. */
  private record Source(int layer, double damping, Tensor kernel, @Nullable Tensor solution) {}

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
    ridge.requireFor(last);
    int batch = context.batch();
    this.coefficients = context.arena().allocate(new Shape(batch, batch));
    for (int l = last; l >= (pathway == Pathway.DIRECT ? last : 2); l--) {
      int units = spec.width(l);
      boolean fewUnits = units < batch;
      int side = Math.min(units, batch);
      sources.add(
          new Source(
              l,
              FeedbackParameterization.ridgeDamping(ridge.of(l), units, l == last),
              context.arena().allocate(new Shape(side, side)),
              fewUnits ? context.arena().allocate(new Shape(batch, units)) : null));
    }
  }

  @Override
  public void record(Operations ops) {
    conditions.reset(ops);
    for (Source source : sources) {
      int l = source.layer();
      ops.target()
          .ridgeCoefficients(
              source.damping(),
              pathway == Pathway.PLAIN,
              targets.forward().activity(l),
              targets.displacement(l),
              source.kernel(),
              source.solution(),
              conditions.of(l),
              coefficients);
      if (pathway == Pathway.DIRECT) {
        List<Gemm> products = new ArrayList<>();
        for (int k = 1; k < last; k++) {
          products.add(toLayer(k));
        }
        ops.gemms(products);
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
