package lemniscate.sweep;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;

/**
 * What varies in a sweep, and the trials that follow.
 *
 * @param base what they share
 * @param cases keys set together; none: the base alone
 * @param grid keys of which every value is tried, the first outermost
 * @param draws how many at each point of the grid
 * @param drawSeed of the draws
 * @param random keys that are drawn
 * @param seeds of the trials; none: that of the base
 * @param seedsAt where they are given
 * @param only what trials must meet
 * @param exclude what they must not
 */
record SweepPoints(
    Config base,
    List<Case> cases,
    List<Axis> grid,
    int draws,
    long drawSeed,
    List<Drawn> random,
    List<String> seeds,
    String seedsAt,
    List<Only> only,
    List<Condition> exclude) {

  /** A key that is varied, with the texts of its values. */
  record Axis(ConfigKey<?> key, String at, List<String> values) {}

  /** A key that is drawn. */
  record Drawn(ConfigKey<?> key, String at, Range range) {
    /** The text of the value at a point of [0, 1). */
    String value(double point) {
      return range.at(point, key.type().expected().startsWith("an integer"));
    }
  }

  /** Keys that are set together. */
  record Case(String at, Map<String, String> values) {}

  /** Keys with the values that meet a condition. */
  record Condition(Map<ConfigKey<?>, Set<Object>> values) {
    boolean holds(Config config) {
      return values.entrySet().stream()
          .allMatch(e -> e.getValue().contains(config.get(e.getKey())));
    }
  }

  /** What trials that meet the first condition must meet too. */
  record Only(Condition when, Condition keep) {}

  /**
   * The trials, in the order of the sweep.
   *
   * @param source what errors call the file
   * @throws BadInputException if there is none, there are too many, one is invalid or two are the
   *     same
   */
  List<Trial> trials(String source) {
    requireFew(source);
    List<String> names =
        Stream.of(
                cases.stream().flatMap(one -> one.values().keySet().stream()).distinct(),
                grid.stream().map(axis -> axis.key().name()),
                random.stream().map(drawn -> drawn.key().name()),
                seeds.isEmpty() ? Stream.<String>empty() : Stream.of(ConfigSchema.SEED.name()))
            .flatMap(s -> s)
            .toList();
    List<Trial> trials = new ArrayList<>();
    Map<String, Trial> byId = new HashMap<>();
    for (Config point : points()) {
      if (!included(point)) {
        continue;
      }
      Trial trial;
      try {
        trial = Trial.of(trials.size(), names, point);
      } catch (BadInputException e) {
        throw new BadInputException(
            "%s: trial %d (%s): %s"
                .formatted(source, trials.size(), Trial.label(names, point), e.getMessage()),
            e);
      }
      Trial same = byId.put(trial.id(), trial);
      if (same != null) {
        throw new BadInputException(
            "%s: trials %d and %d are the same (%s); expected each once. Remove the value that is listed twice%s."
                .formatted(
                    source,
                    same.index(),
                    trial.index(),
                    trial.label(),
                    random.isEmpty() ? "" : ", or list such few choices in 'grid'"));
      }
      trials.add(trial);
    }
    if (trials.isEmpty()) {
      throw new BadInputException(
          source + ": 'only' and 'exclude' leave no trial; expected one or more. Relax them.");
    }
    return trials;
  }

  private void requireFew(String source) {
    double count = (double) draws * Math.max(1, cases.size()) * Math.max(1, seeds.size());
    for (Axis axis : grid) {
      count *= axis.values().size();
    }
    if (count > SweepSpec.MOST_TRIALS) {
      throw new BadInputException(
          "%s: lists %.0f trials; expected at most %d. Shorten the lists, or draw at random."
              .formatted(source, count, SweepSpec.MOST_TRIALS));
    }
  }

  private List<Config> points() {
    List<Config> points =
        cases.isEmpty()
            ? List.of(base)
            : cases.stream().map(one -> base.withAll(one.values(), one.at())).toList();
    for (Axis axis : grid) {
      List<Config> longer = new ArrayList<>();
      for (Config point : points) {
        for (String value : axis.values()) {
          longer.add(point.with(axis.key().name(), value, axis.at()));
        }
      }
      points = longer;
    }
    List<Config> all = new ArrayList<>();
    for (Config point : points) {
      for (int draw = 0; draw < draws; draw++) {
        Config drawn = drawn(point, draw);
        if (seeds.isEmpty()) {
          all.add(drawn);
        }
        for (String seed : seeds) {
          all.add(drawn.with(ConfigSchema.SEED.name(), seed, seedsAt));
        }
      }
    }
    return all;
  }

  // The same draws at every point of the grid, so that its values are compared in pairs.
  private Config drawn(Config point, int draw) {
    Config drawn = point;
    for (Drawn key : random) {
      String name = key.key().name();
      String value = key.value(Range.point(drawSeed, name, draw));
      drawn = drawn.with(name, value, key.at());
    }
    return drawn;
  }

  private boolean included(Config config) {
    return only.stream().allMatch(o -> !o.when().holds(config) || o.keep().holds(config))
        && exclude.stream().noneMatch(condition -> condition.holds(config));
  }
}
