package lemniscate.network;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import lemniscate.backend.Operations;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/**
 * A copy of the gradients of all parameters, for rules whose gradients are made of those of several
 * phases.
 */
public final class KeptGradients {

  private final List<Parameter> parameters;
  private final List<Tensor> copies = new ArrayList<>();

  /** Allocates the copy. */
  public KeptGradients(Arena arena, Network network) {
    this.parameters = network.parameters();
    for (Parameter parameter : parameters) {
      copies.add(arena.allocate(parameter.gradient().shape()));
    }
  }

  /** Copies the gradients that there are. */
  public void keep(Operations ops) {
    for (int p = 0; p < copies.size(); p++) {
      ops.copy(parameters.get(p).gradient(), copies.get(p));
    }
  }

  /** gradient ← gradient + factor · kept, of all parameters. */
  public void add(Operations ops, double factor) {
    add(ops, factor, parameter -> true);
  }

  /** The same of some parameters. */
  public void add(Operations ops, double factor, Predicate<Parameter> which) {
    for (int p = 0; p < copies.size(); p++) {
      if (which.test(parameters.get(p))) {
        ops.axpy(factor, copies.get(p), parameters.get(p).gradient());
      }
    }
  }
}
