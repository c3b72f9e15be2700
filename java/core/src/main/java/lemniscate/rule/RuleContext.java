package lemniscate.rule;

import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.network.Network;
import lemniscate.optim.ParameterUpdate;
import lemniscate.tensor.Arena;

/**
 * What a rule is bound to.
 *
 * @param backend where it runs
 * @param arena owner of its buffers
 * @param network parameters and gradients
 * @param loss at the output
 * @param batch number of examples B of every step
 * @param update moves the parameters once their gradients are there
 * @param seed of what the rule draws itself; streams from 2³² on belong to it, the ones below to
 *     the network's weights
 */
public record RuleContext(
    Backend backend,
    Arena arena,
    Network network,
    Loss loss,
    int batch,
    ParameterUpdate update,
    long seed) {

  /** With seed 0, for rules that draw nothing. */
  public RuleContext(
      Backend backend, Arena arena, Network network, Loss loss, int batch, ParameterUpdate update) {
    this(backend, arena, network, loss, batch, update, 0);
  }
}
