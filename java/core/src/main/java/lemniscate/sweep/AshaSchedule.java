package lemniscate.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which trials are trained how far: a function of the rows that are there, in whatever order they
 * came. The promotions are those of ASHA with one worker: the first m trials of a rung promote the
 * best ⌊m/η⌋ among them, for every m, where the order within a rung is that of the ids at the
 * lowest, and that of the promotions above. As one worker takes the rung that is highest and hears
 * every result at once, that is the order in which it would train them. Several workers train side
 * by side what is certain already, and wait for each other only when no trial is left to begin.
 */
final class AshaSchedule {

  /** A place in a rung. */
  private record Place(double cost, int order, Trial trial) {}

  private static final Comparator<Place> BEST_FIRST =
      Comparator.comparingDouble(Place::cost).thenComparingInt(Place::order);

  /** A rung, as far as its first trials have results without a gap. */
  private static final class Rung {
    private final List<Trial> members = new ArrayList<>();
    private final Map<String, Double> costs = new HashMap<>();
    private final TreeSet<Place> best = new TreeSet<>(BEST_FIRST);
    private final TreeSet<Place> rest = new TreeSet<>(BEST_FIRST);
    private final Set<String> promoted = new HashSet<>();
    private int seen;
    private int next;
  }

  private final Asha asha;
  private final Choice choice;
  private final List<Rung> rungs = new ArrayList<>();
  private final List<Job> promoted = new ArrayList<>();

  AshaSchedule(SweepSpec spec, Asha asha) {
    this.asha = asha;
    this.choice = spec.choice();
    for (int rung = 0; rung <= asha.top(); rung++) {
      rungs.add(new Rung());
    }
    // Values of a grid rise or fall: each trial would be the best so far, and promoted.
    rungs.getFirst().members.addAll(drawn(spec.trials()));
  }

  /** The order in which trials are begun: by their ids, as good as drawn at random. */
  static List<Trial> drawn(List<Trial> trials) {
    return trials.stream().sorted(Comparator.comparing(Trial::id)).toList();
  }

  /** Takes a row into account; one of a rung that the trial is not known to reach waits. */
  void add(TrialRow row) {
    int level = Math.min(row.level(), asha.top());
    if (level < 0) {
      return;
    }
    rungs.get(level).costs.put(row.id(), choice.cost(row));
    promote();
  }

  private void promote() {
    for (int k = 0; k < asha.top(); k++) {
      Rung rung = rungs.get(k);
      while (rung.seen < rung.members.size()) {
        Trial trial = rung.members.get(rung.seen);
        Double cost = rung.costs.get(trial.id());
        if (cost == null) {
          break;
        }
        rung.rest.add(new Place(cost, rung.seen, trial));
        rung.seen++;
        List<Place> entered = new ArrayList<>();
        if (!rung.best.isEmpty() && BEST_FIRST.compare(rung.rest.first(), rung.best.last()) < 0) {
          Place displaced = rung.best.removeLast();
          entered.add(rung.rest.removeFirst());
          rung.best.add(entered.getLast());
          rung.rest.add(displaced);
        }
        if (rung.best.size() < rung.seen / asha.eta()) {
          entered.add(rung.rest.removeFirst());
          rung.best.add(entered.getLast());
        }
        for (Place place : entered) {
          if (Double.isFinite(place.cost()) && rung.promoted.add(place.trial().id())) {
            rungs.get(k + 1).members.add(place.trial());
            promoted.add(job(place.trial(), k + 1));
          }
        }
      }
    }
  }

  /**
   * The next training, of the highest rung that has one; it is not given twice.
   *
   * @param part trials that are trained here
   * @return null if there is none before other results are known
   */
  @Nullable Job next(Set<String> part) {
    for (int k = asha.top(); k >= 0; k--) {
      Rung rung = rungs.get(k);
      while (rung.next < rung.members.size()) {
        Trial trial = rung.members.get(rung.next);
        rung.next++;
        if (part.contains(trial.id()) && !rung.costs.containsKey(trial.id())) {
          return job(trial, k);
        }
      }
    }
    return null;
  }

  private Job job(Trial trial, int level) {
    return new Job(trial, level == asha.top() ? OptionalInt.empty() : OptionalInt.of(level));
  }

  /** Trainings that promotions have added since this was asked last. */
  List<Job> promoted() {
    List<Job> added = List.copyOf(promoted);
    promoted.clear();
    return added;
  }

  /** All trainings that are known to be needed, be they done or not. */
  List<Job> jobs() {
    List<Job> jobs = new ArrayList<>();
    for (int k = 0; k < rungs.size(); k++) {
      for (Trial trial : rungs.get(k).members) {
        jobs.add(job(trial, k));
      }
    }
    return jobs;
  }
}
