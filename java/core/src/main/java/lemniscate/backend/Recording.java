package lemniscate.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The operations that a step enqueues, each checked as it comes. */
public final class Recording implements Operations {

  private final OperandChecks checks;
  private final List<Operation> operations = new ArrayList<>();
  private boolean finished;

  private Recording(OperandChecks checks) {
    this.checks = checks;
  }

  /**
   * Records a step.
   *
   * @return what it enqueued, in order
   * @throws IllegalArgumentException from inside the step, where an operand is wrong
   */
  public static List<Operation> of(OperandChecks checks, Consumer<Operations> step) {
    Recording recording = new Recording(checks);
    step.accept(recording);
    recording.finished = true;
    return List.copyOf(recording.operations);
  }

  @Override
  public void add(Operation operation) {
    if (finished) {
      throw new IllegalStateException("operation after the end of its recording");
    }
    checks.check(operation);
    operations.add(operation);
  }
}
