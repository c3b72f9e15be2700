package lemniscate.rule.feedback;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitPass;
import lemniscate.rule.Angle;
import lemniscate.rule.LocalTargetStep;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TransposedWeights;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/** A step of feedback alignment bound to a network; the displacement of layer l is δ_l. */
public final class FeedbackStep implements LocalTargetStep {

  /** Stream of the seed for the map that reaches layer l: this plus l. */
  private static final long FIRST_STREAM = 1L << 33;

  private final FeedbackAlignment rule;
  private final RuleContext context;
  private final LocalTargets targets;
  private final int last;
  private final List<Tensor> maps;
  // δ_l ∘ φ′(u_l) for l = 2 … L−1, which layer-wise errors need on their way down.
  private final List<Tensor> gated;
  private final RecordedStep step;

  FeedbackStep(FeedbackAlignment rule, RuleContext context) {
    this.rule = rule;
    this.context = context;
    this.targets = new LocalTargets(context, 1);
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    List<Shape> shapes = new ArrayList<>();
    for (int l = 1; l < last; l++) {
      shapes.add(new Shape(spec.width(l), rule.fanIn(l, spec.widths())));
    }
    this.maps = Slabs.allocate(context.arena(), shapes);
    this.gated =
        rule.route().isDirect()
            ? List.of()
            : Slabs.activities(context.arena(), spec, context.batch(), 2, last - 1);
    draw(spec);
    this.step = new RecordedStep(context.backend(), this::record);
  }

  private void draw(NetworkSpec spec) {
    FeedbackParameterization scaling =
        FeedbackAlignment.scaling(context.network().parameterization());
    context
        .backend()
        .run(
            ops -> {
              for (int l = 1; l < last; l++) {
                double std =
                    scaling
                        .scaling(
                            rule.role(l, spec.widths()),
                            spec.size(),
                            map(l).columns(),
                            rule.scale())
                        .initStd();
                ops.randomNormal(context.seed(), FIRST_STREAM + l, std, map(l));
              }
            });
  }

  private void record(Operations ops, boolean update) {
    targets.feedForward(ops);
    if (rule.route().isDirect()) {
      direct(ops);
    } else {
      layerwise(ops);
    }
    targets.gradients(ops);
    if (update) {
      context.update().record(ops);
    }
  }

  private void direct(Operations ops) {
    Tensor source =
        rule.route() == FeedbackRoute.DIRECT ? targets.displacement(last) : targets.target();
    for (int l = 1; l < last; l++) {
      ops.gemm(Gemm.forward(1, source, map(l), targets.displacement(l)));
    }
  }

  private void layerwise(Operations ops) {
    for (int l = last - 1; l >= 1; l--) {
      UnitPass above = targets.forward().pass(l + 1);
      Tensor weights = map(l);
      Tensor error = gate(ops, above);
      Tensor below = targets.displacement(l);
      Products.record(ops, products -> above.pullbackThrough(products, List.of(weights), error, below));
    }
  }

  // The last layer is linear.
  private Tensor gate(Operations ops, UnitPass unit) {
    int l = unit.unit().index();
    if (l == last) {
      return targets.displacement(last);
    }
    Tensor gate = gated.get(l - 2);
    unit.gate(ops, targets.displacement(l), gate);
    return gate;
  }

  /**
   * The fixed weights that reach layer l, l = 1 … L−1: of shape (n_l, n_{l+1}) layer by layer, else
   * (n_l, n_L).
   */
  public Tensor map(int l) {
    return maps.get(l - 1);
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int l = 1; l < last; l++) {
      state.put(rule.mapName(l) + ".weight", map(l));
    }
    return state;
  }

  /**
   * Of each map its Frobenius norm {@code feedbackNorm.layer<l>} and the angle {@code
   * feedbackAngle.layer<l>} in degrees to what backpropagation has in its place: W_lᵀ for the map
   * from layer l to its neighbour below; (W_L ⋯ W_{l+1})ᵀ for the direct one to layer l. Where that
   * is no product of matrices there is no angle.
   */
  @Override
  public Map<String, Double> diagnostics() {
    Map<String, Double> values = new LinkedHashMap<>();
    for (int l = 1; l < last; l++) {
      boolean direct = rule.route().isDirect();
      double[] b = context.backend().read(map(l));
      String layer = ".layer" + (direct ? l : l + 1);
      values.put("feedbackNorm" + layer, Angle.between(b, b).firstLength());
      if (context.network().spec().hasWeightMatrices(l + 1)) {
        double[] transposed =
            direct
                ? TransposedWeights.toOutput(context.backend(), context.network(), l + 1)
                : TransposedWeights.of(context.backend(), context.network(), l + 1);
        values.put("feedbackAngle" + layer, Angle.between(b, transposed).degrees());
      }
    }
    return values;
  }

  @Override
  public LocalTargets targets() {
    return targets;
  }

  @Override
  public void run() {
    step.run();
  }

  @Override
  public void computeGradients() {
    step.computeGradients();
  }

  @Override
  public void close() {
    step.close();
  }
}
