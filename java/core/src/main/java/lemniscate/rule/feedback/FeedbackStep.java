package lemniscate.rule.feedback;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.mup.Size;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.Unit;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.rule.Angle;
import lemniscate.rule.LocalTargetStep;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RecordedRuleStep;
import lemniscate.rule.RecordedStep;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TransposedWeights;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A step of feedback alignment bound to a network; the displacement of layer l is δ_l. */
public final class FeedbackStep implements LocalTargetStep, RecordedRuleStep {

  /** Stream of the seed for the map that reaches layer l: this plus l. */
  private static final long FIRST_STREAM = 1L << 33;

  private final FeedbackAlignment rule;
  private final RuleContext context;
  private final LocalTargets targets;
  private final int last;
  private final List<FeedbackMap> described;
  private final List<Tensor> maps;
  // δ_l ∘ φ′(u_l) for l = 2 … L−1, which layer-wise errors need on their way down.
  private final List<Tensor> gated;
  private final @Nullable MovingMaps moving;
  private final RecordedStep step;

  FeedbackStep(FeedbackAlignment rule, RuleContext context) {
    this.rule = rule;
    this.context = context;
    this.targets = new LocalTargets(context, 1, Use.ADJOINT);
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    this.described = rule.maps(spec);
    this.maps =
        Slabs.allocate(context.arena(), described.stream().map(FeedbackMap::shape).toList());
    this.gated =
        rule.route().isDirect()
            ? List.of()
            : Slabs.activities(context.arena(), spec, context.batch(), 2, last - 1);
    context.backend().run(this::draw);
    this.moving = moving();
    this.step = new RecordedStep(context.backend(), this::record);
  }

  private @Nullable MovingMaps moving() {
    FeedbackMode mode = rule.mode();
    return switch (mode) {
      case FIXED -> null;
      case KOLEN_POLLACK ->
          rule.route().isDirect()
              ? new DirectMaps(
                  context, targets, described, rule.started(lastWeight().scaling()), maps)
              : new KolenPollackMaps(context, described, weights(), maps);
      case UNIFORM_SIGNS, FIXED_MAGNITUDES, DRAWN_MAGNITUDES ->
          new SignMaps(mode, rule.scale(), context, FIRST_STREAM, described, weights(), maps);
    };
  }

  // Of what layer-wise maps lead through, in their order.
  private List<Parameter> weights() {
    return context.network().units().stream()
        .skip(1)
        .flatMap(unit -> weights(unit).stream())
        .toList();
  }

  private static List<Parameter> weights(Unit unit) {
    return unit.parameters().stream().filter(parameter -> !parameter.kind().isVector()).toList();
  }

  private Parameter lastWeight() {
    return weights(context.network().unit(last)).getLast();
  }

  private void drawLikeWeights(Operations ops) {
    boolean direct = rule.route().isDirect();
    List<Parameter> followed = direct ? List.of() : weights();
    for (int i = 0; i < maps.size(); i++) {
      Parameter weight = direct ? lastWeight() : followed.get(i);
      double std = rule.scale() * weight.scaling().initStd();
      long stream = FIRST_STREAM + described.get(i).stream();
      ops.randomNormal(context.seed(), stream, std, maps.get(i));
    }
  }

  private void draw(Operations ops) {
    if (rule.mode() != FeedbackMode.FIXED) {
      drawLikeWeights(ops);
      return;
    }
    Size size = context.network().spec().size();
    FeedbackParameterization scaling =
        FeedbackAlignment.scaling(context.network().parameterization());
    for (int i = 0; i < maps.size(); i++) {
      FeedbackMap map = described.get(i);
      double std = scaling.scaling(map.role(), size, map.fanIn(), rule.scale()).initStd();
      ops.randomNormal(context.seed(), FIRST_STREAM + map.stream(), std, maps.get(i));
    }
  }

  private void record(Operations ops, boolean update) {
    targets.feedForward(ops);
    if (moving != null) {
      moving.before(ops);
    }
    if (rule.route().isDirect()) {
      direct(ops);
    } else {
      layerwise(ops);
    }
    targets.gradients(ops);
    if (update) {
      context.update().record(ops);
      if (moving != null) {
        moving.after(ops);
      }
    }
  }

  private void direct(Operations ops) {
    Tensor source =
        rule.route() == FeedbackRoute.DIRECT ? targets.displacement(last) : targets.target();
    for (int l = 1; l < last; l++) {
      int shared = source(l);
      if (shared == l) {
        ops.gemm(Gemm.forward(1, source, map(l), targets.displacement(l)));
      } else {
        ops.copy(targets.displacement(shared), targets.displacement(l));
      }
    }
  }

  private int source(int l) {
    return rule.source(context.network().spec(), l);
  }

  private void layerwise(Operations ops) {
    for (int l = last - 1; l >= 1; l--) {
      UnitPass above = targets.forward().pass(l + 1);
      List<Tensor> weights = maps(l);
      Tensor error = gate(ops, above);
      Tensor below = targets.displacement(l);
      Products.record(
          ops,
          products -> {
            if (moving == null) {
              above.pullbackThrough(products, weights, error, below);
            } else {
              above.pullbackThroughLike(products, weights, error, below);
            }
          });
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
   * The weights that reach layer l, l = 1 … L−1, where they are one matrix: of shape (n_l, n_{l+1})
   * layer by layer, or that of W_{l+1} where they are not fixed; else (n_l, n_L).
   */
  public Tensor map(int l) {
    return maps(l).getFirst();
  }

  /**
   * The fixed weights through which an error reaches layer l, l = 1 … L−1: layer by layer one for
   * each weight of unit l+1, of the shapes that it says, else one of shape (n_l, n_L).
   */
  public List<Tensor> maps(int l) {
    int layer = rule.route().isDirect() ? source(l) : l;
    List<Tensor> reaching = new ArrayList<>();
    for (int i = 0; i < maps.size(); i++) {
      if (described.get(i).layer() == layer) {
        reaching.add(maps.get(i));
      }
    }
    return reaching;
  }

  @Override
  public Map<String, Tensor> state() {
    if (moving != null) {
      return moving.state();
    }
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < maps.size(); i++) {
      state.put(described.get(i).name(), maps.get(i));
    }
    return state;
  }

  /**
   * Of each map its Frobenius norm {@code feedbackNorm.layer<l>} and the angle {@code
   * feedbackAngle.layer<l>} in degrees to what backpropagation has in its place: the weights of
   * unit l, all of them as one vector, for what leads through the unit; (W_L ⋯ W_{l+1})ᵀ for the
   * direct map to layer l. Where that is no product of matrices there is no angle. A shared map
   * counts for the lowest of its layers.
   */
  @Override
  public Map<String, Double> diagnostics() {
    Map<String, Double> values = new LinkedHashMap<>();
    for (int l = 1; l < last; l++) {
      if (!rule.route().isDirect()) {
        Unit unit = context.network().unit(l + 1);
        double[] weights =
            moving == null
                ? TransposedWeights.asFeedback(context.backend(), unit)
                : TransposedWeights.untransposed(context.backend(), unit);
        values.put("feedbackNorm.layer" + (l + 1), length(read(l)));
        values.put("feedbackAngle.layer" + (l + 1), Angle.between(read(l), weights).degrees());
      } else if (source(l) == l) {
        values.put("feedbackNorm.layer" + l, length(read(l)));
        if (context.network().spec().hasWeightMatrices(l + 1)) {
          double[] product =
              TransposedWeights.toOutput(context.backend(), context.network(), l + 1);
          values.put("feedbackAngle.layer" + l, Angle.between(read(l), product).degrees());
        }
      }
    }
    return values;
  }

  // All that reaches layer l as one vector.
  private double[] read(int l) {
    return maps(l).stream()
        .flatMapToDouble(map -> Arrays.stream(context.backend().read(map)))
        .toArray();
  }

  private static double length(double[] values) {
    return Angle.between(values, values).firstLength();
  }

  @Override
  public LocalTargets targets() {
    return targets;
  }

  @Override
  public RecordedStep recorded() {
    return step;
  }
}
