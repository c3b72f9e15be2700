package lemniscate.sweep.slurm;

import java.nio.file.Path;
import java.util.List;
import lemniscate.sweep.SweepProgress;

/**
 * How a session of the launcher ended.
 *
 * @param end why it ended
 * @param progress of the sweep
 * @param jobs that Slurm still has
 * @param lost tasks that were given up
 */
public record SlurmOutcome(End end, SweepProgress progress, List<String> jobs, List<Lost> lost) {

  /** Why a session ended. */
  public enum End {
    /** No task is left to wait for, and all results are in the store. */
    COLLECTED,
    /** It was not to wait. */
    LEFT,
    /** It was stopped. */
    INTERRUPTED
  }

  /**
   * A task that was given up.
   *
   * @param task its number
   * @param state how its last attempt ended, in Slurm's words
   * @param missing number of trials without a result
   * @param log of its last attempt
   */
  public record Lost(int task, String state, int missing, Path log) {}
}
