package lemniscate.sweep;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts the finished trials of a sweep as they come, so that no report walks over all of them. */
public final class SweepTally {

  private final Set<String> wanted;
  private final Choice choice;
  private final Map<String, Outcome> outcomes = new HashMap<>();
  private final int[] counts = new int[Outcome.values().length];
  private @Nullable TrialRow best;

  /**
   * Starts with what is finished.
   *
   * @param wanted keys of the trainings that count
   * @param choice by what the best one is known
   */
  public SweepTally(Collection<String> wanted, List<TrialRow> rows, Choice choice) {
    this.wanted = new HashSet<>(wanted);
    this.choice = choice;
    rows.forEach(this::add);
  }

  /** Counts what is known of a sweep. */
  public static SweepTally of(SweepSpec spec, List<TrialRow> rows) {
    return new SweepTally(
        JobQueue.known(spec, spec.trials(), rows).stream().map(Job::key).toList(),
        rows,
        spec.choice());
  }

  /** Counts more trainings as to be finished. */
  public synchronized void want(Collection<String> keys) {
    wanted.addAll(keys);
  }

  /** Counts a row, in place of an earlier one of the same trial. */
  public synchronized void add(TrialRow row) {
    if (!wanted.contains(row.key())) {
      return;
    }
    Outcome earlier = outcomes.put(row.key(), row.outcome());
    if (earlier != null) {
      counts[earlier.ordinal()]--;
    }
    counts[row.outcome().ordinal()]++;
    // Only failures are run again, so a best row stays valid.
    if (row.outcome() == Outcome.OK && (best == null || choice.order().compare(row, best) < 0)) {
      best = row;
    }
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
        choice,
        stopped && outcomes.size() < wanted.size());
  }
}
