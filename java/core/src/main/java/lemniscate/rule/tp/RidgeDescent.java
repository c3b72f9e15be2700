package lemniscate.rule.tp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * batch has examples, the smaller system of its units is solved; P is the same. Images are flat
 * here, or {@link ChannelRidge}; at residual units {@link ResidualFeedback} has its say.
 *
 * <p>The kernels follow from the activities alone: those of all layers are formed and factored
 * first, together. Only the solves wait for the displacement of the layer above.
 */
final class RidgeDescent implements Descent {

  private final Pathway pathway;
  private final Feedback.Ridge ridge;
  private final RuleContext context;
  private final NetworkSpec spec;
  private final LocalTargets targets;
  private final Conditions conditions;
  private final int last;

  /** Those of the layers that feedback starts from, from the lowest on. */
  private final List<RidgeMap> maps = new ArrayList<>();

  private final Tensor coefficients;

  /** Room for a difference of activities, by shape: needed for a moment at each unit. */
  private final Map<Shape, Tensor> differences = new HashMap<>();

  RidgeDescent(Pathway pathway, Feedback.Ridge ridge, RuleContext context, LocalTargets targets) {
    this.pathway = pathway;
    this.ridge = ridge;
    this.context = context;
    this.targets = targets;
    this.conditions =
        new Conditions(
            context,
            "tp.damping " + ridge.damping() + ": the kernel of the activities of layer",
            ridge.damping().stream().allMatch(damping -> damping > 0),
            "Examples may repeat, or activities hardly differ; raise tp.damping, for example to"
                + " 0.01.");
    this.spec = context.network().spec();
    this.last = spec.layers();
    ridge.requireFor(last);
    int first = pathway == Pathway.DIRECT ? last : 2;
    int batch = context.batch();
    this.coefficients = context.arena().allocate(new Shape(batch, batch));
    List<Shape> shapes = new ArrayList<>();
    for (int l = first; l <= last; l++) {
      int side = side(l);
      shapes.add(new Shape(side, side));
    }
    List<Tensor> kernels = Slabs.allocate(context.arena(), shapes);
    for (int l = first; l <= last; l++) {
      maps.add(map(l, kernels.get(l - first)));
    }
  }

  private ResidualFeedback residual(int l) {
    return pathway == Pathway.DIRECT ? ResidualFeedback.RIDGE : ridge.residual().at(spec, l);
  }

  private boolean isByPlace(int l) {
    return ridge.channels() && !spec.features(l).shape().isFlat();
  }

  // Of the system that is solved at unit l.
  private int side(int l) {
    if (residual(l) == ResidualFeedback.SKIP) {
      return 1;
    }
    return isByPlace(l)
        ? ChannelRidge.side(spec.features(l).shape(), context.batch())
        : Math.min(spec.width(l), context.batch());
  }

  private RidgeMap map(int l, Tensor kernel) {
    boolean plain = pathway == Pathway.PLAIN;
    Tensor activity = targets.forward().activity(l);
    Tensor displacement = targets.displacement(l);
    ResidualFeedback residual = residual(l);
    if (residual == ResidualFeedback.SKIP) {
      return new SkippedUnit(plain, activity, displacement, layer(l - 1));
    }
    Tensor difference = residual == ResidualFeedback.IDENTITY_PRIOR ? difference(activity) : null;
    if (isByPlace(l)) {
      return new ChannelRidge(
          context,
          new ChannelRidge.Site(
              damping(l, spec.features(l).shape().channels()),
              spec.features(l).shape(),
              spec.features(l - 1).shape(),
              activity,
              displacement,
              kernel,
              conditions.of(l)),
          layer(l - 1),
          difference);
    }
    return new FlatRidge(
        plain, system(l, kernel), displacement, coefficients, reached(l), difference);
  }

  private RidgeSystem system(int l, Tensor kernel) {
    int units = spec.width(l);
    int batch = context.batch();
    return new RidgeSystem(
        damping(l, units),
        targets.forward().activity(l),
        kernel,
        units < batch ? context.arena().allocate(new Shape(batch, units)) : null,
        conditions.of(l));
  }

  private double damping(int l, int units) {
    return FeedbackParameterization.ridgeDamping(ridge.of(l), units, l == last);
  }

  private List<FlatRidge.Reached> reached(int l) {
    if (pathway != Pathway.DIRECT) {
      return List.of(layer(l - 1));
    }
    List<FlatRidge.Reached> all = new ArrayList<>();
    for (int k = 1; k < last; k++) {
      all.add(layer(k));
    }
    return all;
  }

  private FlatRidge.Reached layer(int l) {
    return new FlatRidge.Reached(targets.forward().activity(l), targets.displacement(l));
  }

  private Tensor difference(Tensor activity) {
    return differences.computeIfAbsent(activity.shape(), context.arena()::allocate);
  }

  @Override
  public void record(Operations ops) {
    conditions.reset(ops);
    maps.forEach(map -> map.kernel(ops));
    maps.reversed().forEach(map -> map.descend(ops));
  }

  /** Refuses a batch whose kernels cannot be inverted. */
  void check() {
    conditions.check();
  }
}
