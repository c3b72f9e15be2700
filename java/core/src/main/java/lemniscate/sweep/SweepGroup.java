package lemniscate.sweep;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import lemniscate.config.ConfigSchema;
import lemniscate.sweep.TrialRow.Metrics;

/**
 * A configuration of a sweep with all its seeds: what is compared and chosen.
 *
 * @param values of the keys that the sweep varies, without the seed
 * @param seeds how many trials it has
 * @param rows of its trials that were trained furthest within the group, in the order of the sweep
 * @param level to which those were trained; see {@link TrialRow#level}
 * @param diverged trials that diverged
 * @param failed trials that failed or timed out
 * @param choice by what it is compared
 */
public record SweepGroup(
    Map<String, Object> values,
    int seeds,
    List<TrialRow> rows,
    int level,
    int diverged,
    int failed,
    Choice choice) {

  /** Copies the rows. */
  public SweepGroup {
    rows = List.copyOf(rows);
  }

  /**
   * The configurations of a sweep, in its order.
   *
   * @param part trials that count
   * @param rows of the store
   */
  public static List<SweepGroup> of(SweepSpec spec, List<Trial> part, Collection<TrialRow> rows) {
    Map<String, TrialRow> furthest = new HashMap<>();
    for (TrialRow row : rows) {
      furthest.merge(row.id(), row, (a, b) -> a.level() > b.level() ? a : b);
    }
    Map<Map<String, Object>, List<Trial>> groups = new LinkedHashMap<>();
    for (Trial trial : part) {
      groups.computeIfAbsent(values(trial), _ -> new ArrayList<>()).add(trial);
    }
    List<SweepGroup> all = new ArrayList<>();
    groups.forEach((values, trials) -> all.add(of(spec, values, trials, furthest)));
    return all;
  }

  private static SweepGroup of(
      SweepSpec spec,
      Map<String, Object> values,
      List<Trial> trials,
      Map<String, TrialRow> furthest) {
    List<TrialRow> known =
        trials.stream()
            .map(trial -> Optional.ofNullable(furthest.get(trial.id())))
            .flatMap(Optional::stream)
            .toList();
    List<TrialRow> ok = known.stream().filter(row -> row.outcome() == Outcome.OK).toList();
    int level = ok.stream().mapToInt(TrialRow::level).max().orElse(0);
    return new SweepGroup(
        values,
        trials.size(),
        ok.stream().filter(row -> row.level() == level).toList(),
        level,
        (int) known.stream().filter(row -> row.outcome() == Outcome.DIVERGED).count(),
        (int) known.stream().filter(row -> row.outcome().retriable()).count(),
        spec.choice());
  }

  private static Map<String, Object> values(Trial trial) {
    Map<String, Object> values = new LinkedHashMap<>(trial.values());
    values.remove(ConfigSchema.SEED.name());
    return values;
  }

  /** Seeds that have no result at the group's level: not finished, stopped before it, or failed. */
  public int missing() {
    return seeds - rows.size() - diverged;
  }

  /** Mean and interval over the seeds that are there. */
  public SeedMean mean(ToDoubleFunction<Metrics> quantity) {
    return SeedMean.of(rows.stream().map(row -> quantity.applyAsDouble(row.metrics())).toList());
  }

  /** Mean and interval of what it is compared by. */
  public SeedMean compared() {
    return mean(choice::value);
  }

  /** Whether it can be chosen: it has a result, and no seed diverged. */
  public boolean eligible() {
    return diverged == 0 && Double.isFinite(cost());
  }

  private double cost() {
    return rows.isEmpty() ? Double.POSITIVE_INFINITY : choice.cost(compared().mean());
  }

  /**
   * The best first: those that can be chosen, trained furthest, with all their seeds, by the mean;
   * of equals the first in the sweep.
   */
  public static List<SweepGroup> ranked(List<SweepGroup> groups) {
    return groups.stream()
        .sorted(
            Comparator.comparing((SweepGroup group) -> !group.eligible())
                .thenComparing(group -> -group.level)
                .thenComparing(group -> group.missing() > 0)
                .thenComparingDouble(SweepGroup::cost))
        .toList();
  }

  /** The one that is chosen; empty if none can be. */
  public static Optional<SweepGroup> best(List<SweepGroup> groups) {
    return ranked(groups).stream().findFirst().filter(SweepGroup::eligible);
  }

  /** What the sweep varies, for people: {@code optim.lr=0.1}. */
  public String label() {
    return Trial.label(values);
  }
}
