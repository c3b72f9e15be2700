package lemniscate.rule.feedback;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.network.Parameter;
import lemniscate.network.Slabs;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/**
 * Kolen-Pollack learning: B moves by the very step of its weight, W ← (1 − s λ) W − u and B ← (1 −
 * s λ) B − u, so that W − B ← (1 − s λ)(W − B), whatever an optimiser makes of the gradient for u
 * (Kolen and Pollack, ICNN 1994). What is kept is that difference; B = a (W − difference) is made
 * of it at the start of a step. So no second gradient is formed, no second state of an optimiser
 * kept, and rounding of u never comes between the two.
 */
final class KolenPollackMaps implements MovingMaps {

  private final RuleContext context;
  private final List<FeedbackMap> described;
  private final List<Parameter> weights;
  private final List<Tensor> maps;
  private final List<Tensor> differences;

  /**
   * Takes what the maps hold for the start of B, before multipliers.
   *
   * @param weights of the maps, in their order
   */
  KolenPollackMaps(
      RuleContext context,
      List<FeedbackMap> described,
      List<Parameter> weights,
      List<Tensor> maps) {
    this.context = context;
    this.described = described;
    this.weights = weights;
    this.maps = maps;
    this.differences =
        Slabs.allocate(context.arena(), described.stream().map(FeedbackMap::shape).toList());
    context
        .backend()
        .run(
            ops -> {
              for (int i = 0; i < maps.size(); i++) {
                ops.copy(weights.get(i).value(), differences.get(i));
                ops.axpy(-1, maps.get(i), differences.get(i));
              }
            });
  }

  @Override
  public void before(Operations ops) {
    for (int i = 0; i < maps.size(); i++) {
      Parameter weight = weights.get(i);
      ops.copy(weight.value(), maps.get(i));
      ops.axpy(-1, differences.get(i), maps.get(i));
      if (weight.scaling().multiplier() != 1) {
        ops.scale(weight.scaling().multiplier(), maps.get(i));
      }
    }
  }

  @Override
  public void after(Operations ops) {
    for (int i = 0; i < maps.size(); i++) {
      context.update().recordDecay(ops, weights.get(i), differences.get(i), maps.get(i));
    }
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < maps.size(); i++) {
      state.put(described.get(i).name() + ".difference", differences.get(i));
    }
    return state;
  }
}
