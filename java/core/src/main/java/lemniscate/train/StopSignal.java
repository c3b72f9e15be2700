package lemniscate.train;

/** Asks a run to stop after the step it is in; may be raised from any thread. */
public final class StopSignal {

  private volatile boolean raised;

  /** Asks to stop. */
  public void raise() {
    raised = true;
  }

  /** Whether somebody has asked to stop. */
  public boolean isRaised() {
    return raised;
  }
}
