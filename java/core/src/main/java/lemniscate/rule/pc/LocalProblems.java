package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.network.Parameter;
import lemniscate.network.Unit;
import lemniscate.rule.LayerProblem;
import lemniscate.rule.Objective;
import lemniscate.rule.RuleContext;

/** What the weights of a predictive-coding step descend, in plain code, for gradient checks. */
final class LocalProblems {

  private final PcStep step;
  private final PredictiveCoding rule;
  private final RuleContext context;
  private final PcLayers layers;

  LocalProblems(PcStep step, PredictiveCoding rule, RuleContext context, PcLayers layers) {
    this.step = step;
    this.rule = rule;
    this.context = context;
    this.layers = layers;
  }

  /** At the states that the step has left. */
  Objective objective() {
    boolean wholeNetwork = rule.inference() instanceof Inference.ZeroDivergence;
    List<LayerProblem> problems = new ArrayList<>();
    for (Unit unit : context.network().units()) {
      int l = unit.index();
      boolean last = l == layers.last();
      problems.add(
          new LayerProblem(
              step.presynaptic(l - 1),
              last ? outputTarget() : step.localTarget(l),
              unit.oracle(),
              last || wholeNetwork || rule.convention() == Convention.B,
              layers.gradientWeight(l),
              last ? context.loss() : null,
              context.batch()));
    }
    if (wholeNetwork) {
      return LayerProblem.networkLoss(problems);
    }
    Objective relaxed = LayerProblem.objective(problems);
    DirectFeedback maps = step.directFeedback();
    if (maps != null && rule.inference() instanceof Inference.DirectStart direct) {
      Objective first = firstUpdate(maps);
      return parameters -> relaxed.value(parameters) + direct.firstRate() * first.value(parameters);
    }
    return relaxed;
  }

  // Its regressions, at a feed-forward pass in plain code: buffers have moved on.
  private Objective firstUpdate(DirectFeedback maps) {
    Backend backend = context.backend();
    double[] error = backend.read(layers.freeError());
    double[] below = backend.read(step.input());
    List<LayerProblem> problems = new ArrayList<>();
    for (Unit unit : context.network().units()) {
      if (unit.index() == layers.last()) {
        break;
      }
      List<double[]> values =
          unit.parameters().stream().map(Parameter::value).map(backend::read).toList();
      double[] activity = unit.oracle().predict(below, values, context.batch());
      problems.add(
          new LayerProblem(
              below,
              maps.target(unit.index(), activity, error),
              unit.oracle(),
              true,
              1,
              null,
              context.batch()));
      below = activity;
    }
    return LayerProblem.objective(problems);
  }

  private double[] outputTarget() {
    Backend backend = context.backend();
    return layers.nudgedTarget(backend.read(step.target()), backend.read(step.forward().output()));
  }
}
