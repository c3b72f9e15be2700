package lemniscate.sweep;

import static lemniscate.sweep.SweepNodes.bad;
import static lemniscate.sweep.SweepNodes.few;
import static lemniscate.sweep.SweepNodes.integer;
import static lemniscate.sweep.SweepNodes.items;
import static lemniscate.sweep.SweepNodes.keys;
import static lemniscate.sweep.SweepNodes.leaves;
import static lemniscate.sweep.SweepNodes.number;
import static lemniscate.sweep.SweepNodes.required;
import static lemniscate.sweep.SweepNodes.value;
import static lemniscate.sweep.SweepNodes.word;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.YamlTree;
import lemniscate.sweep.SweepPoints.Axis;
import lemniscate.sweep.SweepPoints.Case;
import lemniscate.sweep.SweepPoints.Condition;
import lemniscate.sweep.SweepPoints.Drawn;
import lemniscate.sweep.SweepPoints.Only;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/** Reads the YAML of a sweep: what varies, for how long, and by what it is compared. */
final class SweepReader {

  /** Of 'only' and 'exclude'; every trial is held against each. */
  private static final int MOST_CONDITIONS = 1000;

  private static final List<String> TOP =
      List.of(
          "base",
          "cases",
          "grid",
          "random",
          "seeds",
          "only",
          "exclude",
          "trialTimeLimit",
          "search",
          "asha",
          "choose");

  private static final List<ConfigKey<?>> LENGTH =
      List.of(ConfigSchema.TRAIN_EPOCHS, ConfigSchema.TRAIN_STEPS, ConfigSchema.TRAIN_STOP_AFTER);

  private static final int DEFAULT_ETA = 3;

  private final String text;
  private final String source;
  private Config base = Config.defaults();
  private final List<Case> cases = new ArrayList<>();
  private final Set<String> caseKeys = new LinkedHashSet<>();
  private final List<Axis> grid = new ArrayList<>();
  private int draws = 1;
  private long drawSeed;
  private final List<Drawn> random = new ArrayList<>();
  private List<String> seeds = List.of();
  private String seedsAt;
  private final List<Only> only = new ArrayList<>();
  private final List<Condition> exclude = new ArrayList<>();
  private Optional<Duration> limit = Optional.empty();
  private String search = "all";
  private @Nullable YamlTree ashaNode;
  private @Nullable Asha asha;
  private boolean byAccuracy;
  private String chooseAt;
  private final Map<String, String> where = new HashMap<>();

  SweepReader(String text, String source) {
    this.text = text;
    this.source = source;
    this.seedsAt = source;
    this.chooseAt = source;
  }

  SweepSpec read() {
    YamlTree root = YamlTree.read(text, source);
    if (root instanceof YamlTree.Text empty && empty.text() == null) {
      throw new BadInputException(
          source + ": the file is empty; expected a sweep with 'grid', 'random' or 'seeds'.");
    }
    YamlTree.Keys top = keys(root, "the file", TOP);
    top.nodes().forEach(this::readTop);
    if (cases.isEmpty() && grid.isEmpty() && random.isEmpty() && seeds.isEmpty()) {
      throw new BadInputException(
          source
              + ": nothing varies; expected 'cases', 'grid', 'random' or 'seeds'. Write for"
              + " example 'grid: {optim.lr: [0.01, 0.1]}'.");
    }
    readLengths();
    if (!seeds.isEmpty() && where.containsKey(ConfigSchema.SEED.name())) {
      throw new BadInputException(
          "%s: seeds are given beside seed (%s); expected one of them. Remove seed."
              .formatted(seedsAt, where.get(ConfigSchema.SEED.name())));
    }
    List<Trial> trials =
        new SweepPoints(base, cases, grid, draws, drawSeed, random, seeds, seedsAt, only, exclude)
            .trials(source);
    Choice choice = Choice.of(trials, byAccuracy);
    if (byAccuracy && choice != Choice.VALIDATION_ACCURACY) {
      throw new BadInputException(
          chooseAt
              + ": choose is accuracy, but not every trial has data.validation, and nothing is"
              + " chosen by test examples. Add data.validation to base, or leave choose out.");
    }
    return new SweepSpec(text, trials, limit, Optional.ofNullable(asha), choice);
  }

  private void readTop(String name, YamlTree node) {
    switch (name) {
      case "base" -> leaves(node, "", this::readBase);
      case "cases" -> readCases(node);
      case "grid" -> {
        leaves(node, "", this::readAxis);
        if (grid.isEmpty()) {
          throw new BadInputException(
              node.at()
                  + ": grid is empty; expected keys with lists of values. Write for example"
                  + " 'grid: {optim.lr: [0.01, 0.1]}', or leave it out.");
        }
      }
      case "random" -> readRandom(node);
      case "seeds" -> readSeeds(node);
      case "only" -> {
        for (YamlTree item : few(items(node, "only"), "only", MOST_CONDITIONS)) {
          YamlTree.Keys pair = keys(item, "only", List.of("when", "keep"));
          only.add(
              new Only(
                  condition(required(pair, "when", "only")),
                  condition(required(pair, "keep", "only"))));
        }
      }
      case "exclude" ->
          few(items(node, "exclude"), "exclude", MOST_CONDITIONS)
              .forEach(item -> exclude.add(condition(item)));
      case "trialTimeLimit" -> {
        double seconds = number(node, "trialTimeLimit", "a number of seconds > 0");
        if (!(seconds > 0 && seconds < Integer.MAX_VALUE)) {
          throw bad(node, "trialTimeLimit", "a number of seconds > 0");
        }
        limit = Optional.of(Duration.ofNanos(Math.round(seconds * 1e9)));
      }
      case "search" -> search = word(node, "search", List.of("all", "asha"));
      case "asha" -> ashaNode = node;
      case "choose" -> {
        byAccuracy = word(node, "choose", List.of("loss", "accuracy")).equals("accuracy");
        chooseAt = node.at();
      }
      default -> throw new IllegalStateException(name);
    }
  }

  // Once all else is read: the length belongs to what is said there.
  private void readLengths() {
    YamlTree node = ashaNode;
    if (search.equals("all")) {
      if (node != null) {
        throw new BadInputException(
            node.at()
                + ": asha is given without 'search: asha'; expected both. Add it, or leave asha"
                + " out.");
      }
      return;
    }
    if (node == null) {
      throw new BadInputException(
          source
              + ": search is asha, but there is no asha; expected its lengths. Write for example"
              + " 'asha: {minEpochs: 1, maxEpochs: 9, eta: 3}'.");
    }
    YamlTree.Keys keys =
        keys(node, "asha", List.of("minEpochs", "maxEpochs", "minSteps", "maxSteps", "eta"));
    boolean steps = keys.nodes().containsKey("minSteps") || keys.nodes().containsKey("maxSteps");
    if (steps && (keys.nodes().containsKey("minEpochs") || keys.nodes().containsKey("maxEpochs"))) {
      throw new BadInputException(
          node.at()
              + ": asha has lengths in epochs and in steps; expected one of them. Keep minEpochs"
              + " and maxEpochs, or minSteps and maxSteps.");
    }
    Asha.Unit unit = steps ? Asha.Unit.STEPS : Asha.Unit.EPOCHS;
    long max = length(keys, steps ? "maxSteps" : "maxEpochs");
    long min = length(keys, steps ? "minSteps" : "minEpochs");
    YamlTree eta = keys.nodes().get("eta");
    asha =
        Asha.of(
            unit,
            min,
            max,
            eta == null
                ? DEFAULT_ETA
                : integer(eta, "asha.eta", Integer.MIN_VALUE, Integer.MAX_VALUE),
            node.at());
    for (ConfigKey<?> key : LENGTH) {
      String at = lengthAt(key);
      if (at != null) {
        throw new BadInputException(
            "%s: %s is given, but with 'search: asha' the length of a trial is asha.%s, to which the best are trained. Leave %s out."
                .formatted(at, key, steps ? "maxSteps" : "maxEpochs", key));
      }
    }
    base =
        base.with(
            (steps ? ConfigSchema.TRAIN_STEPS : ConfigSchema.TRAIN_EPOCHS).name(),
            Long.toString(max),
            node.at());
  }

  private static long length(YamlTree.Keys keys, String name) {
    return integer(required(keys, name, "asha"), "asha." + name, 1, Integer.MAX_VALUE);
  }

  private @Nullable String lengthAt(ConfigKey<?> key) {
    if (base.isSet(key)) {
      return base.source(key);
    }
    return Stream.of(
            cases.stream().filter(one -> one.values().containsKey(key.name())).map(Case::at),
            grid.stream().filter(axis -> axis.key() == key).map(Axis::at),
            random.stream().filter(drawn -> drawn.key() == key).map(Drawn::at))
        .flatMap(s -> s)
        .findFirst()
        .orElse(null);
  }

  private void readBase(String name, YamlTree node) {
    ConfigKey<?> key = key(name, node);
    base = base.with(name, value(node, key), node.at());
  }

  private void readCases(YamlTree node) {
    for (YamlTree item : few(items(node, "cases"), "cases", SweepSpec.MOST_TRIALS)) {
      Map<String, String> values = new LinkedHashMap<>();
      leaves(
          item,
          "",
          (name, leaf) -> {
            ConfigKey<?> key = variable(name, leaf);
            requireOnce(key, leaf, false);
            String value = value(leaf, key);
            base.with(name, value, leaf.at()); // refuses it with its line
            values.put(name, value);
            caseKeys.add(name);
          });
      if (values.isEmpty()) {
        throw new BadInputException(
            item.at() + ": a case is empty; expected keys with values, such as '{rule: bp}'.");
      }
      cases.add(new Case(item.at(), values));
    }
    if (cases.isEmpty()) {
      throw new BadInputException(
          node.at()
              + ": cases is empty; expected keys with values for each. Write for example 'cases:"
              + " [{rule: bp, optim.lr: 0.1}]', or leave it out.");
    }
  }

  private void readAxis(String name, YamlTree node) {
    ConfigKey<?> key = varied(name, node);
    List<String> values = new ArrayList<>();
    for (YamlTree item : few(items(node, name), name, SweepSpec.MOST_TRIALS)) {
      values.add(value(item, key));
      base.with(name, values.getLast(), item.at()); // refuses it with its line
    }
    if (values.isEmpty()) {
      throw new BadInputException(
          node.at() + ": grid lists no value of " + name + "; expected one or more. Add some.");
    }
    grid.add(new Axis(key, node.at(), values));
  }

  private void readRandom(YamlTree node) {
    YamlTree.Keys keys = keys(node, "random", List.of("count", "seed", "keys"));
    YamlTree count = required(keys, "count", "random");
    draws = (int) integer(count, "random.count", 1, SweepSpec.MOST_TRIALS);
    YamlTree seed = keys.nodes().get("seed");
    drawSeed = seed == null ? 0 : integer(seed, "random.seed", Long.MIN_VALUE, Long.MAX_VALUE);
    leaves(required(keys, "keys", "random"), "", this::readDrawn);
    if (random.isEmpty()) {
      throw new BadInputException(
          node.at()
              + ": random names no key; expected some. Write for example"
              + " 'keys: {optim.lr: {log: [1e-3, 1]}}'.");
    }
  }

  private void readDrawn(String name, YamlTree node) {
    ConfigKey<?> key = varied(name, node);
    YamlTree.Keys form = keys(node, name, List.of("log", "uniform", "log2", "choice"));
    if (form.nodes().size() != 1) {
      throw new BadInputException(
          "%s: random.keys.%s has %d ranges; expected one of log, uniform, log2, choice. Write for example %s."
              .formatted(
                  node.at(), name, form.nodes().size(), Shown.quoted(name + ": {log: [1e-3, 1]}")));
    }
    String kind = form.nodes().keySet().iterator().next();
    Drawn drawn = new Drawn(key, node.at(), range(name, kind, required(form, kind, name), key));
    for (double point : new double[] {0, Math.nextDown(1.0)}) {
      base.with(name, drawn.value(point), node.at()); // refuses ends with their line
    }
    random.add(drawn);
  }

  private Range range(String name, String kind, YamlTree node, ConfigKey<?> key) {
    List<YamlTree> items = few(items(node, name + "." + kind), name, SweepSpec.MOST_TRIALS);
    if (kind.equals("choice")) {
      List<String> values = new ArrayList<>();
      for (YamlTree item : items) {
        values.add(value(item, key));
        base.with(name, values.getLast(), item.at());
      }
      if (values.isEmpty()) {
        throw new BadInputException(
            node.at() + ": choice lists no value of " + name + "; expected one or more.");
      }
      return new Range.Choice(List.copyOf(values));
    }
    boolean stepped = kind.equals("log2") && items.size() == 3;
    String expected =
        switch (kind) {
          case "uniform" -> "[low, high] with low < high";
          case "log" -> "[low, high] with 0 < low < high";
          default -> "[low, high] or [low, high, step] with 0 < low < high and step > 0";
        };
    if (items.size() != 2 && !stepped) {
      throw bad(node, name + "." + kind, expected);
    }
    double low = number(items.get(0), name, expected);
    double high = number(items.get(1), name, expected);
    double step = stepped ? number(items.get(2), name, expected) : 1;
    boolean positive = low > 0 || kind.equals("uniform");
    if (!(positive && low < high && step > 0 && high - low < Double.POSITIVE_INFINITY)) {
      throw bad(node, name + "." + kind, expected);
    }
    return switch (kind) {
      case "uniform" -> new Range.Uniform(low, high);
      case "log" -> new Range.Log(low, high);
      default -> new Range.Log2(low, high, step);
    };
  }

  private void readSeeds(YamlTree node) {
    seedsAt = node.at();
    List<String> values = new ArrayList<>();
    if (node instanceof YamlTree.Items list) {
      for (YamlTree item : few(list.items(), "seeds", SweepSpec.MOST_TRIALS)) {
        values.add(Long.toString(integer(item, "seeds", Long.MIN_VALUE, Long.MAX_VALUE)));
      }
    } else {
      long count = integer(node, "seeds", 1, SweepSpec.MOST_TRIALS);
      for (long seed = 0; seed < count; seed++) {
        values.add(Long.toString(seed));
      }
    }
    if (values.isEmpty()) {
      throw bad(node, "seeds", "a list of seeds, or how many to count from 0");
    }
    seeds = values;
  }

  private Condition condition(YamlTree node) {
    Map<ConfigKey<?>, Set<Object>> values = new LinkedHashMap<>();
    leaves(
        node,
        "",
        (name, leaf) -> {
          ConfigKey<?> key = key(name, leaf);
          List<YamlTree> items = leaf instanceof YamlTree.Items list ? list.items() : List.of(leaf);
          Set<Object> accepted = new HashSet<>();
          for (YamlTree item : items) {
            accepted.add(base.with(name, value(item, key), item.at()).get(key));
          }
          values.put(key, accepted);
        });
    if (values.isEmpty()) {
      throw new BadInputException(
          node.at()
              + ": a condition is empty; expected keys with values. Write for example"
              + " '{rule: bp}'.");
    }
    return new Condition(values);
  }

  // ------------------------------------------------------------ keys

  private ConfigKey<?> key(String name, YamlTree node) {
    ConfigKey<?> key = ConfigSchema.key(name, node.at());
    if (key == ConfigSchema.OUT) {
      throw new BadInputException(
          node.at() + ": out is set for a trial; trials write to the sweep's store. Remove it.");
    }
    if (key == ConfigSchema.SEED) {
      where.putIfAbsent(name, node.at());
    }
    return key;
  }

  private ConfigKey<?> varied(String name, YamlTree node) {
    ConfigKey<?> key = variable(name, node);
    requireOnce(key, node, true);
    return key;
  }

  private ConfigKey<?> variable(String name, YamlTree node) {
    if (name.equals(ConfigSchema.SEED.name())) {
      throw new BadInputException(
          node.at() + ": seed is varied here; expected under 'seeds'. Write 'seeds: [0, 1, 2]'.");
    }
    return key(name, node);
  }

  // Cases may have a key in common with each other.
  private void requireOnce(ConfigKey<?> key, YamlTree node, boolean orInCases) {
    boolean twice =
        Stream.concat(grid.stream().map(Axis::key), random.stream().map(Drawn::key))
                .anyMatch(key::equals)
            || orInCases && caseKeys.contains(key.name());
    if (twice) {
      throw new BadInputException(
          node.at() + ": " + key.name() + " is varied twice; expected once. Remove one.");
    }
  }
}
