package lemniscate.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Limits;
import lemniscate.rule.PublishedAccuracy;
import lemniscate.rule.RulesTableRow;
import lemniscate.sweep.Outcome;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialRow;
import org.jspecify.annotations.Nullable;

/**
 * Rules side by side, each at the learning rate that does best on examples held out of the training
 * set. Two sweeps: the first trains every rate once, without the validation examples, and evaluates
 * on them; the second trains every seed at the chosen rate on the whole training set and evaluates
 * on the test set, which has no part in any choice.
 *
 * @param base all other keys
 * @param rows each once
 * @param dataSets names in the catalogue, each once
 * @param depths numbers of hidden layers, increasing
 * @param seeds runs of the second sweep; {@code seed} of the base is the first, and that of the
 *     first sweep
 * @param validation examples held out in the first sweep
 * @param rates learning rates for all rows; empty for those of each row
 */
public record RulesTableStudy(
    Config base,
    List<RulesTableRow> rows,
    List<String> dataSets,
    List<Integer> depths,
    int seeds,
    int validation,
    List<String> rates) {

  private static final Set<ConfigKey<?>> AXES =
      Set.of(
          ConfigSchema.RULE,
          ConfigSchema.DATA_NAME,
          ConfigSchema.DATA_VALIDATION,
          ConfigSchema.NET_DEPTH,
          ConfigSchema.NET_ACTIVATION,
          ConfigSchema.OPTIM_LR,
          ConfigSchema.SEED,
          ConfigSchema.OUT);

  /**
   * One line of the table.
   *
   * @param dataSet trained on
   * @param depth hidden layers
   * @param row rule and extras
   */
  public record Entry(String dataSet, int depth, RulesTableRow row) {}

  /**
   * What a rate reached on the validation examples.
   *
   * @param rate its text
   * @param accuracy a fraction; NaN if training diverged
   * @param loss likewise
   */
  public record Candidate(String rate, double accuracy, double loss) {}

  /**
   * The choice of a rate.
   *
   * @param entry for which
   * @param candidates all rates, in their order
   * @param chosen the best; null if training diverged at all of them
   */
  public record Choice(Entry entry, List<Candidate> candidates, @Nullable Candidate chosen) {
    /** Copies the list. */
    public Choice {
      candidates = List.copyOf(candidates);
    }

    /** {@return whether the best rate may lie beyond the grid} */
    public boolean atEdge() {
      return chosen != null
          && candidates.size() > 1
          && (chosen.equals(candidates.getFirst()) || chosen.equals(candidates.getLast()));
    }
  }

  /**
   * A line of the finished table.
   *
   * @param choice of the rate
   * @param accuracies on the test examples, of the seeds that did not diverge
   * @param diverged seeds that did
   */
  public record Line(Choice choice, List<Double> accuracies, int diverged) {
    /** Copies the list. */
    public Line {
      accuracies = List.copyOf(accuracies);
    }

    /** {@return the mean accuracy; NaN without one} */
    public double mean() {
      return accuracies.stream().mapToDouble(a -> a).average().orElse(Double.NaN);
    }

    /** {@return the standard deviation over seeds, with n − 1; NaN below two} */
    public double deviation() {
      if (accuracies.size() < 2) {
        return Double.NaN;
      }
      double mean = mean();
      double squares = accuracies.stream().mapToDouble(a -> (a - mean) * (a - mean)).sum();
      return Math.sqrt(squares / (accuracies.size() - 1));
    }

    /** {@return what a paper reports for this line} */
    public Optional<PublishedAccuracy> published(PublishedAccuracy.Paper paper) {
      Entry entry = choice.entry();
      return entry.row().published().stream()
          .filter(p -> p.paper() == paper && p.dataSet().equals(entry.dataSet()))
          .filter(p -> entry.depth() == 1)
          .findFirst();
    }
  }

  /**
   * Checks everything that can be checked before data is read.
   *
   * @throws BadInputException if it cannot be run
   */
  public RulesTableStudy {
    rows = List.copyOf(rows);
    dataSets = List.copyOf(dataSets);
    depths = List.copyOf(depths);
    rates = List.copyOf(rates);
    requireAxesFree(base);
    requireOnce("the data sets", dataSets);
    requireOnce("the rows", rows.stream().map(RulesTableRow::name).toList());
    requireOnce("the depths", depths);
    if (!rates.isEmpty()) {
      requireOnce("the rates", rates);
      double last = 0;
      for (String rate : rates) {
        double value =
            Config.defaults()
                .with(ConfigSchema.OPTIM_LR.name(), rate, "rates")
                .get(ConfigSchema.OPTIM_LR)
                .orElse(Double.NaN);
        if (!(value > last)) {
          throw new BadInputException(
              "the rates are %s; expected increasing numbers > 0. Sort them."
                  .formatted(String.join(",", rates)));
        }
        last = value;
      }
    }
    Limits.requireSeeds(depths.size(), seeds);
    if (validation < 1) {
      throw new BadInputException(
          "data.validation is "
              + validation
              + "; expected at least 1 example. Rates are never chosen on the test set.");
    }
    depths.forEach(depth -> base.with(ConfigSchema.NET_DEPTH, depth, "depths"));
  }

  private static void requireAxesFree(Config base) {
    Map<ConfigKey<?>, String> own = new LinkedHashMap<>();
    own.put(ConfigSchema.RULE, "--rows");
    own.put(ConfigSchema.DATA_NAME, "--data");
    own.put(ConfigSchema.NET_DEPTH, "--depths");
    own.put(ConfigSchema.OPTIM_LR, "--rates");
    own.forEach(
        (axis, option) -> {
          if (base.isSet(axis)) {
            throw new BadInputException(
                "%s: %s is set, but the table varies it; leave it out and use %s."
                    .formatted(base.source(axis), axis, option));
          }
        });
    for (RulesTableRow row : RulesTableRow.ALL) {
      for (String key : row.keys().keySet()) {
        ConfigKey<?> known = ConfigSchema.key(key, row.name());
        if (base.isSet(known)) {
          throw new BadInputException(
              "%s: %s is set, but it tells rows of the table apart (%s); leave it out."
                  .formatted(base.source(known), known, row.name()));
        }
      }
    }
  }

  private static void requireOnce(String what, List<?> values) {
    if (values.isEmpty() || values.stream().distinct().count() < values.size()) {
      throw new BadInputException(
          "%s are %s; expected one or more, each once. Correct the list.".formatted(what, values));
    }
  }

  /** {@return the lines of the table: by data set, then depth, then row} */
  public List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (String dataSet : dataSets) {
      for (int depth : depths) {
        rows.forEach(row -> entries.add(new Entry(dataSet, depth, row)));
      }
    }
    return entries;
  }

  /** {@return the rates that an entry chooses from} */
  public List<String> rates(Entry entry) {
    return rates.isEmpty() ? entry.row().rates() : rates;
  }

  /** {@return the activation of a row's hidden units} */
  public String activation(RulesTableRow row) {
    return base.isSet(ConfigSchema.NET_ACTIVATION)
        ? base.get(ConfigSchema.NET_ACTIVATION)
        : row.activation();
  }

  private Map<String, String> keys(Entry entry, String rate) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put(ConfigSchema.DATA_NAME.name(), entry.dataSet());
    keys.put(ConfigSchema.NET_DEPTH.name(), Integer.toString(entry.depth()));
    keys.putAll(entry.row().keys());
    keys.put(ConfigSchema.NET_ACTIVATION.name(), activation(entry.row()));
    keys.put(ConfigSchema.OPTIM_LR.name(), rate);
    return keys;
  }

  /**
   * The first sweep: every rate, evaluated on the validation examples.
   *
   * @throws BadInputException if a combination cannot be trained
   */
  public SweepSpec validationSweep() {
    StringBuilder yaml =
        new StringBuilder("# A table of rules: every rate, on held out examples.\n");
    yaml.append(
        SweepText.base(
            base.with(ConfigSchema.DATA_VALIDATION, Optional.of(validation), "table"),
            without(ConfigSchema.DATA_VALIDATION)));
    yaml.append("cases:\n");
    for (Entry entry : entries()) {
      rates(entry).forEach(rate -> yaml.append(SweepText.oneCase(keys(entry, rate))));
    }
    yaml.append("seeds: [").append(base.get(ConfigSchema.SEED)).append("]\n");
    return SweepSpec.of(yaml.toString(), "validation");
  }

  private static Set<ConfigKey<?>> without(ConfigKey<?> but) {
    Set<ConfigKey<?>> keys = new HashSet<>(AXES);
    keys.remove(but);
    return keys;
  }

  /**
   * The best rate of every line: the one with the highest accuracy on the validation examples; of
   * equals that with the lowest loss, then the smallest.
   *
   * @param finished rows of the whole {@link #validationSweep}
   * @throws IllegalArgumentException if one is missing or failed
   * @throws BadInputException if there is no accuracy, as for regression
   */
  public List<Choice> choose(List<TrialRow> finished) {
    List<Choice> choices = new ArrayList<>();
    int index = 0;
    for (Entry entry : entries()) {
      List<Candidate> candidates = new ArrayList<>();
      for (String rate : rates(entry)) {
        TrialRow row = row(finished, index++);
        boolean ok = row.outcome() == Outcome.OK;
        if (ok && Double.isNaN(row.metrics().testAccuracy())) {
          throw new BadInputException(
              entry.dataSet()
                  + " has no classes, and the table compares accuracies; name another.");
        }
        candidates.add(
            new Candidate(
                rate,
                ok ? row.metrics().testAccuracy() : Double.NaN,
                ok ? row.metrics().testLoss() : Double.NaN));
      }
      Candidate best =
          candidates.stream()
              .filter(c -> Double.isFinite(c.accuracy()))
              .min(
                  Comparator.comparingDouble((Candidate c) -> -c.accuracy())
                      .thenComparingDouble(Candidate::loss))
              .orElse(null);
      choices.add(new Choice(entry, candidates, best));
    }
    return choices;
  }

  private static TrialRow row(List<TrialRow> finished, int index) {
    TrialRow row =
        finished.stream()
            .filter(r -> r.index() == index)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("trial " + index + " is missing"));
    if (row.outcome().retriable()) {
      throw new IllegalArgumentException("trial " + index + " is " + row.outcome());
    }
    return row;
  }

  /**
   * The second sweep: every seed at the chosen rates, evaluated on the test examples.
   *
   * @return empty if training diverged everywhere
   * @throws BadInputException if a combination cannot be trained
   */
  public Optional<SweepSpec> testSweep(List<Choice> choices) {
    StringBuilder cases = new StringBuilder();
    for (Choice choice : choices) {
      Candidate chosen = choice.chosen();
      if (chosen != null) {
        cases.append(SweepText.oneCase(keys(choice.entry(), chosen.rate())));
      }
    }
    if (cases.isEmpty()) {
      return Optional.empty();
    }
    long first = base.get(ConfigSchema.SEED);
    String yaml =
        "# A table of rules: every seed at the chosen rate, on the test examples.\n"
            + SweepText.base(base, AXES)
            + "cases:\n"
            + cases
            + "seeds: "
            + LongStream.range(first, first + seeds).boxed().toList()
            + "\n";
    return Optional.of(SweepSpec.of(yaml, "test"));
  }

  /** The second sweep as it would be with the smallest rates, for checks before any work. */
  public SweepSpec possibleTestSweep() {
    List<Choice> choices =
        entries().stream()
            .map(
                entry -> {
                  Candidate first = new Candidate(rates(entry).getFirst(), 0, 0);
                  return new Choice(entry, List.of(first), first);
                })
            .toList();
    return testSweep(choices).orElseThrow();
  }

  /**
   * The table.
   *
   * @param choices of the rates
   * @param finished rows of the whole {@link #testSweep}; none if there was none
   * @throws IllegalArgumentException if one is missing or failed
   */
  public List<Line> lines(List<Choice> choices, List<TrialRow> finished) {
    List<Line> lines = new ArrayList<>();
    int index = 0;
    for (Choice choice : choices) {
      List<Double> accuracies = new ArrayList<>();
      int diverged = 0;
      if (choice.chosen() != null) {
        int first = index;
        List<TrialRow> runs =
            IntStream.range(0, seeds).mapToObj(s -> row(finished, first + s)).toList();
        index += seeds;
        for (TrialRow run : runs) {
          if (run.outcome() == Outcome.OK && Double.isFinite(run.metrics().testAccuracy())) {
            accuracies.add(run.metrics().testAccuracy());
          } else {
            diverged++;
          }
        }
      }
      lines.add(new Line(choice, accuracies, diverged));
    }
    return lines;
  }
}
