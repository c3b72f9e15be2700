package lemniscate.rule.feedback;

import java.util.List;
import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.mup.ParameterScaling;
import lemniscate.rule.DirectKolenPollack;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/** Direct maps that learn from the activities of the feed-forward pass, one for each layer. */
final class DirectMaps implements MovingMaps {

  private final LocalTargets targets;
  private final int last;
  private final DirectKolenPollack learning;

  /**
   * Takes the maps as they start.
   *
   * @param scaling that of the last weight, whose transpose a map is to become
   */
  DirectMaps(
      RuleContext context,
      LocalTargets targets,
      List<FeedbackMap> described,
      ParameterScaling scaling,
      List<Tensor> maps) {
    this.targets = targets;
    this.last = context.network().spec().layers();
    this.learning =
        new DirectKolenPollack(
            context,
            described.stream().map(FeedbackMap::name).toList(),
            maps,
            maps.stream()
                .map(map -> context.update().transposed(scaling, map.rows(), map.columns()))
                .toList());
  }

  @Override
  public void before(Operations ops) {}

  @Override
  public void after(Operations ops) {
    learning.learn(ops, targets.forward()::activity, targets.displacement(last));
  }

  @Override
  public Map<String, Tensor> state() {
    return learning.state();
  }
}
