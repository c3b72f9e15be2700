package lemniscate.rule.tp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.mup.FeedbackRole;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.rule.Angle;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TransposedWeights;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** All feedback maps that have weights of their own, for the targets of layers 1 … L−1. */
final class FeedbackMaps {

  /** Streams of the seed for the initial maps; those of the noise start above. */
  private static final long FIRST_STREAM = 1L << 33;

  private static final long HIDDEN_STREAM = FIRST_STREAM - 1;

  private final List<FeedbackMap> maps = new ArrayList<>();
  private final Backend backend;
  private final Network network;
  private final LocalTargets targets;
  private final boolean direct;
  private final int last;
  private final @Nullable HiddenLayer hidden;

  /** The fixed random layer tanh(R f) before direct maps, with its buffers. */
  private record HiddenLayer(
      Tensor weight, Tensor argument, Tensor value, Tensor shift, Tensor move, Tensor slope) {}

  FeedbackMaps(
      Pathway pathway,
      Maps shape,
      FeedbackParameterization scaling,
      RuleContext context,
      LocalTargets targets) {
    this.backend = context.backend();
    this.network = context.network();
    this.targets = targets;
    this.direct = pathway == Pathway.DIRECT;
    NetworkSpec spec = context.network().spec();
    this.last = spec.layers();
    this.hidden = shape.hiddenUnits() > 0 ? hidden(shape.hiddenUnits(), context) : null;
    for (int k = 1; k < last; k++) {
      maps.add(map(k, MapShape.of(direct, shape, spec, k), shape, scaling, context));
    }
    draw(context);
  }

  private FeedbackMap map(
      int k, MapShape own, Maps shape, FeedbackParameterization scaling, RuleContext context) {
    Arena arena = context.arena();
    NetworkSpec spec = context.network().spec();
    int units = spec.width(k);
    FeedbackRole role = role(direct, k, last);
    String name = name(direct, k);
    Parameter weight =
        new Parameter(
            name + ".weight",
            arena.allocate(own.matrix()),
            arena.allocate(own.matrix()),
            own.scaling(scaling, role, spec.size(), shape.scale()),
            ParameterKind.WEIGHT,
            role.forward(),
            own.extents());
    Parameter bias =
        own.hasBias()
            ? new Parameter(
                name + ".bias",
                arena.allocate(new Shape(1, units)),
                arena.allocate(new Shape(1, units)),
                scaling.scaling(FeedbackRole.BIAS, spec.size(), own.fanIn(), 0),
                ParameterKind.BIAS)
            : null;
    // What goes through a unit is linear and has no use for an argument.
    Shape batch = own.throughUnit() ? Shape.SCALAR : new Shape(context.batch(), units);
    return new FeedbackMap(
        k,
        direct ? last : k + 1,
        shape.activation(k),
        weight,
        bias,
        arena.allocate(batch),
        arena.allocate(batch),
        own.throughUnit() ? targets.forward().pass(k + 1) : null);
  }

  /** Place of the map that gives layer k its target. */
  static FeedbackRole role(boolean direct, int k, int layers) {
    return direct ? FeedbackRole.DIRECT : k == layers - 1 ? FeedbackRole.TOP : FeedbackRole.HIDDEN;
  }

  /** A map between neighbours has the number of the layer that it starts from, as W_l has. */
  static String name(boolean direct, int k) {
    return direct ? "direct" + k : "feedback" + (k + 1);
  }

  private static HiddenLayer hidden(int units, RuleContext context) {
    Arena arena = context.arena();
    Shape batch = new Shape(context.batch(), units);
    return new HiddenLayer(
        arena.allocate(new Shape(units, context.network().spec().outputs())),
        arena.allocate(batch),
        arena.allocate(batch),
        arena.allocate(batch),
        arena.allocate(batch),
        arena.allocate(batch));
  }

  private void draw(RuleContext context) {
    context
        .backend()
        .run(
            ops -> {
              for (FeedbackMap map : maps) {
                ops.randomNormal(
                    context.seed(),
                    FIRST_STREAM + map.target(),
                    map.weight().scaling().initStd(),
                    map.weight().value());
              }
              if (hidden != null) {
                double std = 1 / Math.sqrt(hidden.weight().columns());
                ops.randomNormal(context.seed(), HIDDEN_STREAM, std, hidden.weight());
              }
            });
  }

  /** The map that gives layer k its target, k = 1 … L−1. */
  FeedbackMap toLayer(int k) {
    return maps.get(k - 1);
  }

  /** All maps, by the layer they reach. */
  List<FeedbackMap> all() {
    return maps;
  }

  boolean isDirect() {
    return direct;
  }

  /** R of the hidden layer of direct maps, which must have one. */
  Tensor hiddenWeight() {
    return Objects.requireNonNull(hidden, "maps without a hidden layer").weight();
  }

  /** Weights and biases. */
  List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    for (FeedbackMap map : maps) {
      parameters.add(map.weight());
      if (map.bias() != null) {
        parameters.add(map.bias());
      }
    }
    return parameters;
  }

  /** What {@link TpStep#diagnostics} gives. */
  Map<String, Double> diagnostics() {
    Map<String, Double> values = new LinkedHashMap<>();
    for (FeedbackMap map : maps) {
      int layer = direct ? map.target() : map.source();
      double[] q = backend.read(map.weight().value());
      values.put("feedbackNorm.layer" + layer, Angle.between(q, q).firstLength());
      if (map.through() != null) {
        // Both of the same shape, which a factor of the weight does not change.
        Angle angle = Angle.between(q, backend.read(map.replaced().value()));
        values.put("feedbackAngle.layer" + layer, angle.degrees());
      } else if (!direct && network.spec().unit(layer).hasWeightMatrix()) {
        Angle angle = Angle.between(q, TransposedWeights.of(backend, network, layer));
        values.put("feedbackAngle.layer" + layer, angle.degrees());
      }
    }
    return values;
  }

  /** What enters a map at the batch's activities; enqueue {@link #applyHidden} before. */
  Tensor source(FeedbackMap map) {
    return hidden != null ? hidden.value() : targets.forward().activity(map.source());
  }

  /** Enqueues the hidden layer of direct maps at the output, where there is one. */
  void applyHidden(Operations ops) {
    if (hidden != null) {
      ops.gemm(Gemm.forward(1, targets.forward().output(), hidden.weight(), hidden.argument()));
      ops.activation(Activation.TANH, hidden.argument(), hidden.value());
    }
  }

  /**
   * Enqueues how what enters direct maps moves with the output, after {@link #applyHidden}.
   *
   * @param outputMove of shape (B, C)
   * @return the move; the argument itself where the maps start from the output
   */
  Tensor sourceMove(Operations ops, Tensor outputMove) {
    if (hidden == null) {
      return outputMove;
    }
    ops.gemm(Gemm.forward(1, outputMove, hidden.weight(), hidden.shift()));
    ops.activationDifference(
        Activation.TANH,
        hidden.argument(),
        hidden.value(),
        hidden.shift(),
        hidden.move(),
        hidden.slope());
    return hidden.move();
  }
}
