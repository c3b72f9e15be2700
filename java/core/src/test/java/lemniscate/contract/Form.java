package lemniscate.contract;

import java.util.List;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;

/** Which form of a pass runs on the backend under test. */
enum Form {
  /** The backend's own. */
  OVERRIDE,
  /** Its expansion, where it has one. */
  EXPANSION;

  Operations of(Operations ops) {
    return this == OVERRIDE ? ops : operation -> enqueue(ops, operation);
  }

  private static void enqueue(Operations ops, Operation operation) {
    List<Operation> expansion = operation.expansion();
    if (expansion.isEmpty()) {
      ops.add(operation);
    } else {
      expansion.forEach(part -> enqueue(ops, part));
    }
  }
}
