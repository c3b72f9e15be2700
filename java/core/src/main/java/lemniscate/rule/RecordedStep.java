package lemniscate.rule;

import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import org.jspecify.annotations.Nullable;

/**
 * The two plans of a rule whose step is one recording: gradients followed by the update, and
 * gradients alone. The second is recorded when first asked for.
 */
public final class RecordedStep implements AutoCloseable {

  /** Enqueues a step. */
  @FunctionalInterface
  public interface Recording {

    /**
     * Enqueues.
     *
     * @param ops the recording
     * @param update whether the parameters move
     */
    void record(Operations ops, boolean update);
  }

  private final Backend backend;
  private final Recording recording;
  private @Nullable Plan step;
  private @Nullable Plan gradients;

  /** Nothing is recorded before the first run. */
  public RecordedStep(Backend backend, Recording recording) {
    this.backend = backend;
    this.recording = recording;
  }

  /** Gradients and update. */
  public void run() {
    if (step == null) {
      step = backend.record(ops -> recording.record(ops, true));
    }
    step.run();
  }

  /** Gradients alone. */
  public void computeGradients() {
    if (gradients == null) {
      gradients = backend.record(ops -> recording.record(ops, false));
    }
    gradients.run();
  }

  @Override
  public void close() {
    if (step != null) {
      step.close();
    }
    if (gradients != null) {
      gradients.close();
    }
  }
}
