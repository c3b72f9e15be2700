package lemniscate.sweep;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts the finished trials of a sweep as they come, so that no report walks over all of them. */
public final class SweepTally {

  private final Set<String> wanted;
  private final Map<String, Outcome> outcomes = new HashMap<>();
  private final int[] counts = new int[Outcome.values().length];
  private @Nullable TrialRow best;

  /**
   * Starts with what is finished.
   *
   * @param wanted ids of the trials that count
   */
  public SweepTally(Set<String> wanted, List<TrialRow> rows) {
    this.wanted = wanted;
    rows.forEach(this::add);
  }

  /** Counts a row, in place of an earlier one of the same trial. */
  public synchronized void add(TrialRow row) {
    if (!wanted.contains(row.id())) {
      return;
    }
    Outcome earlier = outcomes.put(row.id(), row.outcome());
    if (earlier != null) {
      counts[earlier.ordinal()]--;
    }
    counts[row.outcome().ordinal()]++;
    // Only failures are run again, so a best row stays valid.
    if (row.outcome() == Outcome.OK && (best == null || isBetter(row, best))) {
      best = row;
    }
  }

  // Of equals the first in the sweep, whichever ended first.
  private static boolean isBetter(TrialRow row, TrialRow other) {
    int order = Double.compare(row.metrics().testLoss(), other.metrics().testLoss());
    return order < 0 || order == 0 && row.index() < other.index();
  }

  /**
   * The counts now.
   *
   * @param running trials under way
   * @param stopped whether a stop was asked for
   */
  public synchronized SweepProgress progress(int running, boolean stopped) {
    return new SweepProgress(
        wanted.size(),
        outcomes.size(),
        running,
        counts[Outcome.FAILED.ordinal()],
        counts[Outcome.TIMEOUT.ordinal()],
        counts[Outcome.DIVERGED.ordinal()],
        Optional.ofNullable(best),
        stopped && outcomes.size() < wanted.size());
  }
}
