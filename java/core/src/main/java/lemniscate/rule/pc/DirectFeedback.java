package lemniscate.rule.pc;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import lemniscate.backend.Operations;
import lemniscate.mup.FeedbackLearning;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.mup.FeedbackRole;
import lemniscate.mup.ParameterScaling;
import lemniscate.mup.Parameterization;
import lemniscate.mup.ScalingTable;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.Slabs;
import lemniscate.rule.DirectKolenPollack;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/**
 * Maps Ψ_l from the output error to layer l of a direct start, (n_l, n_L), l = 1 … L−1. They learn
 * from settled states; their entries stay of order 1 at every width, and so do their rates.
 */
final class DirectFeedback {

  /** Stream of the seed for the map to layer l: this plus l. */
  private static final long FIRST_STREAM = 1L << 33;

  private final RuleContext context;
  private final List<Tensor> maps;
  private final DirectKolenPollack learning;
  private final List<Parameter> hidden;

  DirectFeedback(Inference.DirectStart settings, RuleContext context) {
    this.context = context;
    NetworkSpec spec = context.network().spec();
    int outputs = spec.outputs();
    List<Integer> layers = layers(spec);
    this.maps =
        Slabs.allocate(
            context.arena(), layers.stream().map(l -> new Shape(spec.width(l), outputs)).toList());
    ParameterScaling scaling = scaling(settings, context.network().parameterization(), spec);
    context
        .backend()
        .run(
            ops -> {
              for (int l : layers) {
                ops.randomNormal(
                    context.seed(), FIRST_STREAM + l, scaling.initStd(), maps.get(l - 1));
              }
            });
    this.learning =
        new DirectKolenPollack(
            context,
            layers.stream().map(DirectFeedback::name).toList(),
            maps,
            Collections.nCopies(maps.size(), scaling));
    this.hidden =
        context.network().units().subList(0, layers.size()).stream()
            .flatMap(unit -> unit.parameters().stream())
            .toList();
  }

  private static List<Integer> layers(NetworkSpec network) {
    return IntStream.range(1, network.layers()).boxed().toList();
  }

  private static String name(int layer) {
    return "direct" + layer + ".weight";
  }

  private static FeedbackParameterization parameterization(Parameterization forward) {
    return new FeedbackParameterization(forward, FeedbackLearning.FIXED, StepClass.SGD_LIKE);
  }

  private static ParameterScaling scaling(
      Inference.DirectStart settings, Parameterization forward, NetworkSpec network) {
    ParameterScaling scaling =
        parameterization(forward)
            .scaling(FeedbackRole.DIRECT, network.size(), network.outputs(), settings.mapScale());
    return new ParameterScaling(
        scaling.multiplier(),
        scaling.initStd(),
        settings.mapRate() * scaling.learningRateFactor(),
        scaling.epsilonFactor(),
        scaling.weightDecayFactor());
  }

  /** The maps as tables have them. */
  static List<ScalingTable.FeedbackRow> rows(
      Inference.DirectStart settings, Parameterization forward, NetworkSpec network) {
    return layers(network).stream()
        .map(
            l ->
                new ScalingTable.FeedbackRow(
                    name(l),
                    FeedbackRole.DIRECT,
                    List.of(network.width(l), network.outputs()),
                    parameterization(forward).exponents(FeedbackRole.DIRECT),
                    scaling(settings, forward, network),
                    0))
        .toList();
  }

  /** Ψ_l, from 1. */
  List<Tensor> values() {
    return maps;
  }

  /** Parameters of hidden units, which the first update moves. */
  List<Parameter> hidden() {
    return hidden;
  }

  /**
   * Enqueues a step of the maps from settled states.
   *
   * @param presynaptic what layer l sends up
   */
  void learn(Operations ops, IntFunction<Tensor> presynaptic, Tensor outputError) {
    learning.learn(ops, presynaptic, outputError);
  }

  /** What the first update has layer l predict, from its activities and the output error. */
  double[] target(int l, double[] activity, double[] error) {
    double[] map = context.backend().read(maps.get(l - 1));
    int units = maps.get(l - 1).rows();
    int outputs = maps.get(l - 1).columns();
    double[] target = activity.clone();
    for (int i = 0; i < target.length; i++) {
      int example = i / units;
      int unit = i % units;
      for (int c = 0; c < outputs; c++) {
        target[i] += error[example * outputs + c] * map[unit * outputs + c];
      }
    }
    return target;
  }

  Map<String, Tensor> state() {
    return learning.state();
  }
}
