package lemniscate.study;

import static java.util.stream.Collectors.joining;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Limits;
import lemniscate.data.Dataset;
import lemniscate.data.Datasets;
import lemniscate.mup.Scheme;
import lemniscate.network.ActivityNorm;
import lemniscate.rule.LearningRule;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialRow;
import lemniscate.text.Shown;
import lemniscate.train.Experiment;

/**
 * Does a hyper-parameter that is best for narrow networks stay best for wide ones (Yang et al.,
 * arXiv 2203.03466)? A grid of one key × widths or depths × schemes × rules × seeds, trained as a
 * sweep and analysed by {@link TransferAnalysis}.
 *
 * @param base all other keys
 * @param key the hyper-parameter: a numeric key, stated at the base width
 * @param values of it, as texts; positive, increasing, at least three
 * @param axis whether widths or depths are compared
 * @param sizes along it, increasing, at least two
 * @param schemes of {@code param.scheme}, each once
 * @param rules each once
 * @param seeds number of trainings of each point; {@code seed} of the base is the first
 * @param metric what is compared
 * @param tolerance drift in octaves that μP is allowed
 */
public record TransferStudy(
    Config base,
    ConfigKey<?> key,
    List<String> values,
    NetworkAxis axis,
    List<Integer> sizes,
    List<String> schemes,
    List<String> rules,
    int seeds,
    Metric metric,
    double tolerance) {

  /** Values needed for a lowest point with two neighbours. */
  public static final int MIN_VALUES = 3;

  /**
   * A loss this many times as large as that of a network that answers 0 counts as diverged. An
   * untrained network has at most a few times that loss.
   */
  static final double CEILING_FACTOR = 10;

  private static final Set<ConfigKey<?>> AXES =
      Set.of(ConfigSchema.RULE, ConfigSchema.PARAM_SCHEME, ConfigSchema.SEED, ConfigSchema.OUT);

  private static final Set<Aspect> HYPER_PARAMETERS =
      EnumSet.of(
          Aspect.RULE,
          Aspect.PARAMETERISATION,
          Aspect.NETWORK,
          Aspect.OPTIMISER,
          Aspect.SCHEDULE,
          Aspect.TRAINING,
          Aspect.OUTPUT);

  /** What is compared. */
  public enum Metric {
    /** Mean of the batch losses of the last epoch. */
    TRAIN("training loss"),
    /** Loss over the test examples, after the last step. */
    TEST("test loss"),
    /** Share of the test examples that are classified wrongly, after the last step. */
    ERROR("test error");

    // Logarithms are compared: what no test set of 10,000 examples resolves stands for no error.
    private static final double LEAST_ERROR = 1e-5;

    private final String text;

    Metric(String text) {
      this.text = text;
    }

    /** For people. */
    public String text() {
      return text;
    }

    double of(TrialRow row) {
      return switch (this) {
        case TRAIN -> row.metrics().trainLoss();
        case TEST -> row.metrics().testLoss();
        case ERROR -> Math.max(1 - row.metrics().testAccuracy(), LEAST_ERROR);
      };
    }
  }

  /**
   * Checks everything that can be checked before data is read.
   *
   * @throws BadInputException if it cannot be run, or its result could not be judged
   */
  public TransferStudy {
    values = List.copyOf(values);
    sizes = List.copyOf(sizes);
    schemes = List.copyOf(schemes);
    rules = List.copyOf(rules);
    requireAxesFree(base, axis);
    requireKey(key, axis, rules);
    requireValues(base, key, values);
    requireSizes(axis, sizes);
    requireNames("schemes", schemes, ConfigSchema.PARAM_SCHEME);
    requireNames("rules", rules, ConfigSchema.RULE);
    requireEffect(base, key, values, rules);
    Limits.requireSeeds(sizes.size(), seeds);
    if (!(tolerance > 0) || Double.isInfinite(tolerance)) {
      throw new BadInputException(
          "tolerance is "
              + tolerance
              + "; expected a positive number of octaves. 1 is the usual one.");
    }
  }

  private static void requireAxesFree(Config base, NetworkAxis sizes) {
    Map<ConfigKey<?>, String> own =
        Map.of(
            ConfigSchema.RULE,
            "--rules",
            ConfigSchema.PARAM_SCHEME,
            "--schemes",
            sizes.key(),
            sizes.option());
    own.forEach(
        (axis, option) -> {
          if (base.isSet(axis)) {
            throw new BadInputException(
                "%s: %s is set, but a transfer study varies it; leave it out and use %s."
                    .formatted(base.source(axis), axis, option));
          }
        });
  }

  private static void requireKey(ConfigKey<?> key, NetworkAxis sizes, List<String> rules) {
    String expected = key.type().expected();
    boolean numeric = expected.startsWith("a number") || expected.startsWith("an integer");
    boolean axis = AXES.contains(key) || key == sizes.key();
    boolean hyper = !axis && HYPER_PARAMETERS.contains(key.aspect());
    if (!numeric || !hyper) {
      throw new BadInputException(
          "key is %s, which takes %s; expected a numeric hyper-parameter, such as optim.lr or pc.gammaLast."
              .formatted(key, axis ? "no part as a hyper-parameter" : expected));
    }
    List<String> own = ConfigSchema.rulesOf(key);
    if (!own.isEmpty() && !own.containsAll(rules)) {
      throw new BadInputException(
          "key is %s, which plays no part in the rules %s; use --rules %s."
              .formatted(
                  key,
                  rules.stream().filter(rule -> !own.contains(rule)).collect(joining(", ")),
                  String.join(",", own)));
    }
  }

  private static void requireValues(Config base, ConfigKey<?> key, List<String> values) {
    double last = 0;
    for (String text : values) {
      base.with(key.name(), text, "values"); // refuses what the key does not take
      double value = Double.parseDouble(text);
      if (value <= 0) {
        throw new BadInputException(
            "values has %s; expected numbers > 0, as optimum and drift are measured in octaves. Leave it out."
                .formatted(text));
      }
      if (value <= last) {
        throw new BadInputException(
            "values is %s; expected increasing numbers, each once. Sort them."
                .formatted(String.join(",", values)));
      }
      last = value;
    }
    if (values.size() < MIN_VALUES) {
      throw new BadInputException(
          "values has %d; expected at least %d, for an optimum needs a point on each side. Add some."
              .formatted(values.size(), MIN_VALUES));
    }
  }

  // A rule is a value: where the key's values make no other rule of it, all losses would be equal.
  private static void requireEffect(
      Config base, ConfigKey<?> key, List<String> values, List<String> rules) {
    for (String rule : ConfigSchema.rulesOf(key).isEmpty() ? List.<String>of() : rules) {
      Config config = base.with(ConfigSchema.RULE, rule, "rules");
      LearningRule first = Experiment.rule(config.with(key.name(), values.getFirst(), "values"));
      LearningRule last = Experiment.rule(config.with(key.name(), values.getLast(), "values"));
      if (first.equals(last)) {
        throw new BadInputException(
            "key is %s, which plays no part in rule %s as the other keys of group %s set it up; choose a variant or scheme that has it, or another key."
                .formatted(key, rule, key.group()));
      }
    }
  }

  private static void requireSizes(NetworkAxis axis, List<Integer> sizes) {
    String name = axis.word() + "s";
    int last = 0;
    for (int size : sizes) {
      if (size <= last) {
        throw new BadInputException(
            "%s is %s; expected increasing integers of at least 1, each once, such as 64,128,256."
                .formatted(name, sizes));
      }
      last = size;
    }
    if (sizes.size() < 2) {
      throw new BadInputException(
          "%s is %s; expected at least two to transfer between, such as 64,256."
              .formatted(name, sizes));
    }
  }

  private static void requireNames(String what, List<String> names, ConfigKey<?> key) {
    names.forEach(name -> Config.defaults().with(key.name(), name, what));
    if (names.isEmpty() || new HashSet<>(names).size() < names.size()) {
      throw new BadInputException(
          "%s is %s; expected one or more, each once.".formatted(what, names));
    }
  }

  /**
   * Reads a list of numbers: {@code 0.1,0.2,0.4}, and {@code 2^-9..2^0} for all integer powers
   * between.
   *
   * @param source what errors call it
   * @throws BadInputException if it is something else
   */
  public static List<String> values(String text, String source) {
    List<String> values = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      String[] ends = item.strip().split("\\.\\.", -1);
      try {
        if (ends.length == 1 && !ends[0].contains("^")) {
          values.add(new BigDecimal(ends[0]).toString());
        } else {
          addPowers(ends, values);
        }
      } catch (IllegalArgumentException e) {
        throw new BadInputException(
            "%s has %s; expected numbers, or powers such as 2^-9..2^0, separated by commas. Correct it."
                .formatted(source, Shown.quoted(item)),
            e);
      }
    }
    return values;
  }

  // More octaves than a double has.
  private static final int MOST_EXPONENT = 1000;

  private static void addPowers(String[] ends, List<String> values) {
    String[] low = ends[0].split("\\^", -1);
    String[] high = ends[ends.length - 1].split("\\^", -1);
    if (ends.length > 2 || low.length != 2 || high.length != 2 || !low[0].equals(high[0])) {
      throw new IllegalArgumentException("not powers of one number");
    }
    double root = Double.parseDouble(low[0]);
    int first = Integer.parseInt(low[1]);
    int last = Integer.parseInt(high[1]);
    if (first > last || first < -MOST_EXPONENT || last > MOST_EXPONENT) {
      throw new IllegalArgumentException("not increasing");
    }
    for (int exponent = first; exponent <= last; exponent++) {
      double power = Math.pow(root, exponent);
      if (!Double.isFinite(power)) {
        throw new IllegalArgumentException("too large");
      }
      values.add(BigDecimal.valueOf(power).stripTrailingZeros().toString());
    }
  }

  /**
   * The sweep that trains it.
   *
   * @throws BadInputException if a combination cannot be trained, or has nothing to compare
   */
  public SweepSpec sweep() {
    requireClasses();
    return SweepSpec.of(yaml(List.of(), ""), "transfer");
  }

  /** The same at each value of another key, which is the inner one of the grid. */
  SweepSpec sweep(ConfigKey<?> other, List<String> others) {
    requireClasses();
    StringBuilder grid = new StringBuilder();
    axis(grid, other, others);
    return SweepSpec.of(yaml(List.of(other), grid.toString()), "transfer");
  }

  /** The study of another key. */
  TransferStudy of(ConfigKey<?> other, List<String> others) {
    return new TransferStudy(
        base, other, others, axis, sizes, schemes, rules, seeds, metric, tolerance);
  }

  private void requireClasses() {
    if (metric == Metric.ERROR && !trainingData().classification()) {
      throw new BadInputException(
          "metric is error, but "
              + base.get(ConfigSchema.DATA_NAME)
              + " has regression targets, of which none is right or wrong; use train or test, or"
              + " data of classes.");
    }
  }

  private String yaml(List<ConfigKey<?>> further, String grid) {
    Set<ConfigKey<?>> varied = new HashSet<>(AXES);
    varied.addAll(further);
    varied.add(key);
    varied.add(axis.key());
    StringBuilder yaml = new StringBuilder("# A transfer study of " + key + ".\n");
    yaml.append(SweepText.base(base, varied));
    long first = base.get(ConfigSchema.SEED);
    yaml.append("grid:\n");
    axis(yaml, ConfigSchema.RULE, rules);
    axis(yaml, ConfigSchema.PARAM_SCHEME, schemes);
    axis(yaml, axis.key(), sizes);
    axis(yaml, key, values);
    yaml.append(grid);
    yaml.append("seeds: %s\n".formatted(LongStream.range(first, first + seeds).boxed().toList()));
    return yaml.toString();
  }

  private static void axis(StringBuilder yaml, ConfigKey<?> axis, List<?> values) {
    yaml.append(
        values.stream().map(Object::toString).collect(joining(", ", "  " + axis + ": [", "]\n")));
  }

  /** What is expected of the drift under a scheme. */
  public DriftExpectation expectation(String scheme) {
    if (Scheme.parse(scheme) == Scheme.SP && Experiment.activityNorm(base) != ActivityNorm.NONE) {
      return DriftExpectation.none("sp: no drift is known where activities are normed");
    }
    return DriftExpectation.of(
        Scheme.parse(scheme),
        key.name(),
        Experiment.optimizer(base).kind(),
        LossCurve.log2((double) sizes.getLast() / sizes.getFirst()),
        tolerance);
  }

  /**
   * Analyses the trained trials; what failed or took too long is left out.
   *
   * @param rows of the sweep
   */
  public TransferAnalysis analyse(List<TrialRow> rows) {
    List<TransferTrial> trials =
        rows.stream().filter(row -> !row.outcome().retriable()).map(this::trial).toList();
    return TransferAnalysis.of(
        key.name(), trials, ceiling(), (rule, scheme) -> expectation(scheme));
  }

  TransferTrial trial(TrialRow row) {
    Map<String, Object> values = row.values();
    return new TransferTrial(
        String.valueOf(values.get(ConfigSchema.RULE.name())),
        String.valueOf(values.get(ConfigSchema.PARAM_SCHEME.name())),
        number(values, axis.key()).intValue(),
        number(values, key).doubleValue(),
        number(values, ConfigSchema.SEED).longValue(),
        metric.of(row));
  }

  static Number number(Map<String, Object> values, ConfigKey<?> key) {
    if (values.get(key.name()) instanceof Number number) {
      return number;
    }
    throw new IllegalStateException("the sweep varies " + key);
  }

  /** Loss of a network that answers 0, times {@link #CEILING_FACTOR}; all of the examples. */
  double ceiling() {
    if (metric == Metric.ERROR) {
      return 1;
    }
    Dataset data = trainingData();
    if (base.get(ConfigSchema.LOSS).equals("ce")) {
      return CEILING_FACTOR * Math.log(data.outputs());
    }
    float[] target = new float[data.outputs()];
    double sum = 0;
    for (int i = 0; i < data.size(); i++) {
      data.copyTarget(i, target, 0);
      for (float y : target) {
        sum += 0.5 * y * y;
      }
    }
    return CEILING_FACTOR * sum / data.size();
  }

  private Dataset trainingData() {
    return Datasets.load(Experiment.dataRequest(base)).train();
  }
}
