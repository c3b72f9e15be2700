package lemniscate.sweep;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The trainings that a process has to do, for workers that take them side by side. */
final class JobQueue {

  private static final long LOOK_MILLIS = 100;

  private final Set<String> part;
  private final @Nullable AshaSchedule schedule;
  private final Iterator<Job> listed;
  private final Supplier<List<TrialRow>> others;
  private final Set<String> heard = new HashSet<>();
  private final int size;
  private int running;

  /**
   * Starts with what is there.
   *
   * @param trials that are trained here
   * @param settled rows of trainings of these trials that are not done again
   * @param others reads the rows of trials that are trained elsewhere, where promotions depend on
   *     them
   */
  JobQueue(
      SweepSpec spec, List<Trial> trials, List<TrialRow> settled, Supplier<List<TrialRow>> others) {
    this.others = others;
    this.part = trials.stream().map(Trial::id).collect(Collectors.toSet());
    Set<String> done = settled.stream().map(TrialRow::key).collect(Collectors.toSet());
    this.schedule = spec.asha().map(asha -> new AshaSchedule(spec, asha)).orElse(null);
    List<Job> jobs = new ArrayList<>();
    if (schedule == null) {
      trials.stream().map(Job::whole).filter(job -> !done.contains(job.key())).forEach(jobs::add);
    } else {
      settled.forEach(schedule::add);
    }
    this.listed = jobs.iterator();
    this.size = schedule == null ? jobs.size() : trials.size();
  }

  /** How many workers can be of use, at most. */
  int size() {
    return size;
  }

  /** All trainings that are known to be needed here, be they done or not. */
  static List<Job> known(SweepSpec spec, List<Trial> trials, Collection<TrialRow> rows) {
    if (spec.asha().isEmpty()) {
      return trials.stream().map(Job::whole).toList();
    }
    AshaSchedule schedule = new AshaSchedule(spec, spec.asha().get());
    rows.forEach(schedule::add);
    Set<String> ids = trials.stream().map(Trial::id).collect(Collectors.toSet());
    return schedule.jobs().stream().filter(job -> ids.contains(job.trial().id())).toList();
  }

  /**
   * The next training; waits while one may follow from what others are at.
   *
   * @param halted whether none is wanted any more
   * @return empty if there is none
   */
  synchronized Optional<Job> take(BooleanSupplier halted) {
    while (!halted.getAsBoolean()) {
      Job job = next();
      if (job != null) {
        running++;
        return Optional.of(job);
      }
      if (running == 0) {
        break;
      }
      try {
        wait(LOOK_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    return Optional.empty();
  }

  private @Nullable Job next() {
    if (schedule == null) {
      return listed.hasNext() ? listed.next() : null;
    }
    Job job = schedule.next(part);
    if (job == null) {
      for (TrialRow row : others.get()) {
        if (!part.contains(row.id()) && heard.add(row.key())) {
          schedule.add(row);
        }
      }
      job = schedule.next(part);
    }
    return job;
  }

  /**
   * A training has ended.
   *
   * @param row its result; empty if it was given up
   * @return keys of trainings that are known to be needed from now on
   */
  synchronized List<String> done(Optional<TrialRow> row) {
    running--;
    List<String> more = List.of();
    if (schedule != null && row.isPresent()) {
      schedule.add(row.get());
      more =
          schedule.promoted().stream()
              .filter(job -> part.contains(job.trial().id()))
              .map(Job::key)
              .toList();
    }
    notifyAll();
    return more;
  }
}
