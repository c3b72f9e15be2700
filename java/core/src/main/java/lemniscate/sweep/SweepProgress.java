package lemniscate.sweep;

import java.util.List;
import java.util.Optional;

/**
 * How far a sweep is.
 *
 * @param trials how many there are to finish, with those that are
 * @param finished with whatever outcome
 * @param running now
 * @param failed of the finished ones
 * @param timeout of the finished ones
 * @param diverged of the finished ones
 * @param best with the smallest test loss; the first of equals
 * @param interrupted whether a stop was asked for before all were finished
 */
public record SweepProgress(
    int trials,
    int finished,
    int running,
    int failed,
    int timeout,
    int diverged,
    Optional<TrialRow> best,
    boolean interrupted) {

  /** Counts the rows of finished trials. */
  public static SweepProgress of(
      int trials, List<TrialRow> rows, int running, boolean interrupted) {
    int[] counts = new int[Outcome.values().length];
    TrialRow best = null;
    for (TrialRow row : rows) {
      counts[row.outcome().ordinal()]++;
      if (row.outcome() == Outcome.OK
          && (best == null || row.metrics().testLoss() < best.metrics().testLoss())) {
        best = row;
      }
    }
    return new SweepProgress(
        trials,
        rows.size(),
        running,
        counts[Outcome.FAILED.ordinal()],
        counts[Outcome.TIMEOUT.ordinal()],
        counts[Outcome.DIVERGED.ordinal()],
        Optional.ofNullable(best),
        interrupted && rows.size() < trials);
  }
}
