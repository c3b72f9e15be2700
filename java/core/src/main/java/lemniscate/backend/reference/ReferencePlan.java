package lemniscate.backend.reference;

import java.util.List;
import lemniscate.backend.Plan;

/** A recorded list of closures. */
final class ReferencePlan implements Plan {

  private final ReferenceBackend backend;
  private final List<Runnable> steps;
  private boolean closed;

  ReferencePlan(ReferenceBackend backend, List<Runnable> steps) {
    this.backend = backend;
    this.steps = steps;
  }

  @Override
  public void run() {
    backend.requireOpen();
    if (closed) {
      throw new IllegalStateException("the plan is closed");
    }
    steps.forEach(Runnable::run);
  }

  @Override
  public void close() {
    closed = true;
  }
}
