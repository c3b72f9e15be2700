package lemniscate.backend.reference;

import java.util.List;
import lemniscate.backend.Operation;
import lemniscate.backend.Plan;

/** Runs the operations of a recording one after another. */
final class ReferencePlan implements Plan {

  private final ReferenceBackend backend;
  private final List<Operation> operations;
  private boolean closed;

  ReferencePlan(ReferenceBackend backend, List<Operation> operations) {
    this.backend = backend;
    this.operations = operations;
  }

  @Override
  public void run() {
    backend.requireOpen();
    if (closed) {
      throw new IllegalStateException("the plan is closed");
    }
    operations.forEach(ReferenceOperations::run);
  }

  @Override
  public void close() {
    closed = true;
  }
}
