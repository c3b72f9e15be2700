package lemniscate.rule.feedback;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.mup.ParameterScaling;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.Slabs;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.LocalTargets;
import lemniscate.rule.RuleContext;
import lemniscate.tensor.Tensor;

/**
 * Direct Kolen-Pollack learning: Ψ_l, (n_l, n_L), takes the steps that a linear readout of layer l
 * would take, Ψ_l ← (1 − s λ) Ψ_l + (s/B) h_lᵀ e_L (webstah/dkp-gist; Casnici et al., arXiv
 * 2602.15571), by the optimiser, rates and decay of the network's weights. With a linear last layer
 * Ψ_{L−1} − W_Lᵀ is what Kolen and Pollack's difference is.
 */
final class DirectKolenPollackMaps implements MovingMaps {

  private final RuleContext context;
  private final LocalTargets targets;
  private final List<FeedbackMap> described;
  private final List<Parameter> parameters = new ArrayList<>();
  private final ParameterUpdate update;

  /**
   * Takes the maps as they start.
   *
   * @param scaling of each, with its rates
   */
  DirectKolenPollackMaps(
      RuleContext context,
      LocalTargets targets,
      List<FeedbackMap> described,
      ParameterScaling scaling,
      List<Tensor> maps) {
    this.context = context;
    this.targets = targets;
    this.described = described;
    List<Tensor> gradients =
        Slabs.allocate(context.arena(), described.stream().map(FeedbackMap::shape).toList());
    for (int i = 0; i < maps.size(); i++) {
      parameters.add(
          new Parameter(
              described.get(i).name(),
              maps.get(i),
              gradients.get(i),
              scaling,
              ParameterKind.WEIGHT));
    }
    this.update = context.update().beside(context.arena(), parameters);
  }

  @Override
  public void before(Operations ops) {}

  @Override
  public void after(Operations ops) {
    Tensor error = targets.displacement(context.network().spec().layers());
    for (int i = 0; i < parameters.size(); i++) {
      Tensor activity = targets.forward().activity(described.get(i).layer());
      ops.gemm(Gemm.outer(-1.0 / context.batch(), activity, error, parameters.get(i).gradient()));
    }
    update.record(ops);
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    parameters.forEach(map -> state.put(map.name(), map.value()));
    state.putAll(update.state());
    state.put("feedback.updates", update.counter());
    return state;
  }
}
