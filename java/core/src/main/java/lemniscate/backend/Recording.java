package lemniscate.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.config.BadInputException;

/** The operations that a step enqueues, each checked as it comes. */
public final class Recording implements Operations {

  /**
   * Of the longest step: as many are recorded and compiled in some ten seconds, and held by 1 GB.
   */
  static final int MOST_OPERATIONS = 4_000_000;

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
   * @throws BadInputException if it enqueues more than {@value #MOST_OPERATIONS}
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
    requireRoom(operations.size());
    checks.check(operation);
    operations.add(operation);
  }

  /**
   * Refuses one operation more.
   *
   * @param operations that there are
   */
  static void requireRoom(int operations) {
    if (operations == MOST_OPERATIONS) {
      throw new BadInputException(
          "a training step is more than %d operations, which is what can be recorded; use fewer layers (net.depth, net.layers), or fewer steps of inference or feedback training (pc.steps, pc.almSteps, tp.iterations)."
              .formatted(MOST_OPERATIONS));
    }
  }
}
