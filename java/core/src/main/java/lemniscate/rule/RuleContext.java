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
 */
public record RuleContext(
    Backend backend, Arena arena, Network network, Loss loss, int batch, ParameterUpdate update) {}
