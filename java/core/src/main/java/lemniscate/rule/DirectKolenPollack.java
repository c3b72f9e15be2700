package lemniscate.rule;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.ParameterScaling;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.Slabs;
import lemniscate.optim.ParameterUpdate;
import lemniscate.tensor.Tensor;

/**
 * Direct Kolen-Pollack learning: Ψ_l, (n_l, n_L), takes the steps that a linear readout of layer l
 * would take, Ψ_l ← (1 − s λ) Ψ_l + (s/B) h_lᵀ e_L (webstah/dkp-gist; Casnici et al., arXiv
 * 2602.15571), by the optimiser, rates and decay of the network's weights. With a linear last layer
 * Ψ_{L−1} − W_Lᵀ is what Kolen and Pollack's difference is.
 */
public final class DirectKolenPollack {

  private final RuleContext context;
  private final List<Parameter> parameters = new ArrayList<>();
  private final ParameterUpdate update;

  /**
   * Takes the maps as they start.
   *
   * @param names as in checkpoints
   * @param maps Ψ_l, from the first layer on
   * @param scalings of each, with its rates
   */
  public DirectKolenPollack(
      RuleContext context, List<String> names, List<Tensor> maps, List<ParameterScaling> scalings) {
    this.context = context;
    List<Tensor> gradients =
        Slabs.allocate(context.arena(), maps.stream().map(Tensor::shape).toList());
    for (int i = 0; i < maps.size(); i++) {
      Tensor map = maps.get(i);
      parameters.add(
          new Parameter(
              names.get(i),
              map,
              gradients.get(i),
              scalings.get(i),
              ParameterKind.WEIGHT,
              ParameterRole.INPUT_WEIGHT,
              List.of(map.rows(), map.columns())));
    }
    this.update = context.update().beside(context.arena(), parameters);
  }

  /**
   * Enqueues one step of every map.
   *
   * @param activity of a layer, (B, n_l)
   * @param error e_L, (B, n_L)
   */
  public void learn(Operations ops, IntFunction<Tensor> activity, Tensor error) {
    for (int i = 0; i < parameters.size(); i++) {
      ops.gemm(
          Gemm.outer(
              -1.0 / context.batch(), activity.apply(i + 1), error, parameters.get(i).gradient()));
    }
    update.record(ops);
  }

  /** The maps and what their optimiser keeps, by name, for checkpoints. */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    parameters.forEach(map -> state.put(map.name(), map.value()));
    state.putAll(update.state());
    state.put("feedback.updates", update.counter());
    return state;
  }
}
