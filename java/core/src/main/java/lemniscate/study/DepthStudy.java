package lemniscate.study;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import lemniscate.backend.Backend;
import lemniscate.backend.MemoryPlan;
import lemniscate.config.BadInputException;
import lemniscate.config.Limits;
import lemniscate.mup.Parameterization;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.CreditReach;
import lemniscate.rule.LearningRule;
import lemniscate.study.ExpectedExponents.Expectation;
import lemniscate.text.Csv;
import lemniscate.train.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * How ways of inference take credit down residual networks of growing depth: after how many steps
 * the gradients of the branches point where backpropagation's do, by which power of the depth that
 * number grows, and how far credit reaches after a number of steps that does not grow.
 *
 * <p>Where branches carry L^−½ the Jacobian of a unit is the identity to leading order. Errors that
 * all move at once then obey a discrete heat equation, and need L² steps; with momentum or duals a
 * wave equation, L steps; errors that are the variables themselves come down in one.
 *
 * @param depths numbers of residual blocks, at least three, increasing
 * @param seeds number of seeds, at least 1; with one there are no intervals
 * @param contenders what is compared, at least one, of different names
 * @param networks of these depths, and the batch
 * @param scaling parameterisation of a rule
 * @param optimizer by whose criterion credit reaches a unit
 * @param steps T at which reach is measured, at least 1
 * @param seed of the first seed
 */
public record DepthStudy(
    List<Integer> depths,
    int seeds,
    List<Contender> contenders,
    CoordinateStudy.Networks networks,
    Function<LearningRule, Parameterization> scaling,
    Optimizer optimizer,
    int steps,
    long seed) {
  /** Steps after which reach is measured, at most; they are recorded. */
  private static final int MOST_STEPS = 100_000;

  /** Cosine from which on gradients count as those of the equilibrium. */
  public static final double COSINE = 0.95;

  /** Steps over L² after which a contender is given up; the slowest law has 2.5. */
  public static final int LIMIT_BY_SQUARE = 6;

  private static final int LEAST_LIMIT = 64;

  private static final TypeReference<Map<String, Double>> NUMBERS = new TypeReference<>() {};
  private static final String STEPS = "steps";
  private static final String REACH = "reach";
  private static final String RELATIVE = "relative";

  /**
   * A way of inference.
   *
   * @param name in tables
   * @param rule that infers by a number of steps
   * @param law how the number grows; null where none is known
   * @param deepest depth at which it is measured, at most
   */
  public record Contender(
      String name, IntFunction<LearningRule> rule, @Nullable Law law, int deepest) {

    /** At every depth. */
    public Contender(String name, IntFunction<LearningRule> rule, @Nullable Law law) {
      this(name, rule, law, Integer.MAX_VALUE);
    }

    /** The same at depths up to one. */
    public Contender upTo(int depth) {
      return new Contender(name, rule, law, depth);
    }
  }

  /**
   * A power of the depth.
   *
   * @param exponent of it
   * @param tolerance by which a slope may miss it
   */
  public record Law(double exponent, double tolerance) {}

  /**
   * One network.
   *
   * @param contender name
   * @param depth number of residual blocks
   * @param seed which of the seeds, from 0
   * @param steps after which the branches' gradients have a cosine of {@value #COSINE} to
   *     backpropagation's, to 2 %; NaN where the limit did not suffice
   * @param reach fraction of the units that get credit after the study's steps
   * @param relative size of the first unit's gradient then, beside those of the upper half
   */
  public record Measurement(
      String contender, int depth, int seed, double steps, double reach, double relative) {}

  /**
   * The law of a contender.
   *
   * @param contender name
   * @param slope mean over seeds of the least-squares slopes of log steps over log depth; NaN where
   *     a number is missing
   * @param low lower end of the 95 % interval of Student's t over seeds; NaN for one seed
   * @param high its upper end
   * @param expected exponent, or why there is none
   * @param tolerance by how much the slope may miss its exponent
   */
  public record Slope(
      String contender,
      double slope,
      double low,
      double high,
      Expectation expected,
      double tolerance)
      implements FittedSlope {
    /** Nothing is trained. */
    @Override
    public int step() {
      return 0;
    }
  }

  /**
   * All numbers.
   *
   * @param measurements raw
   * @param slopes one for each contender
   */
  public record Result(List<Measurement> measurements, List<Slope> slopes) {

    /** Copies the lists. */
    public Result {
      measurements = List.copyOf(measurements);
      slopes = List.copyOf(slopes);
    }

    /** {@return this with the numbers of another in the place of those of the same contenders} */
    public Result with(Result other) {
      Set<String> names =
          other.slopes.stream().map(Slope::contender).collect(Collectors.toUnmodifiableSet());
      List<Measurement> all = new ArrayList<>(measurements);
      all.removeIf(m -> names.contains(m.contender()));
      all.addAll(other.measurements);
      return new Result(
          all,
          slopes.stream()
              .map(
                  slope ->
                      names.contains(slope.contender()) ? other.slope(slope.contender()) : slope)
              .toList());
    }

    private Slope slope(String contender) {
      return slopes.stream()
          .filter(slope -> slope.contender().equals(contender))
          .findFirst()
          .orElseThrow();
    }

    /** {@return the number of seeds of a contender} */
    public int seeds(String contender) {
      return 1
          + measurements.stream()
              .filter(m -> m.contender().equals(contender))
              .mapToInt(Measurement::seed)
              .max()
              .orElse(-1);
    }

    /** {@return the worst of the verdicts of the laws} */
    public Judgement judgement() {
      return FittedSlope.worst(slopes);
    }

    /** {@return the raw numbers as comma-separated values with a heading} */
    public String measurementsCsv() {
      Csv csv = new Csv("contender", "depth", "seed", "steps", "reach", "relative");
      for (Measurement m : measurements) {
        csv.row(
            m.contender(),
            m.depth(),
            m.seed(),
            Csv.formatted("%.0f", m.steps()),
            Csv.formatted("%.6f", m.reach()),
            Csv.formatted("%.6e", m.relative()));
      }
      return csv.toString();
    }

    /** {@return the laws as comma-separated values with a heading} */
    public String slopesCsv() {
      Csv csv = new Csv("contender", "slope", "low", "high", "expected", "verdict");
      for (Slope s : slopes) {
        csv.row(
            s.contender(),
            Csv.formatted("%.6f", s.slope()),
            Csv.formatted("%.6f", s.low()),
            Csv.formatted("%.6f", s.high()),
            Csv.formatted("%.3f", s.expected().exponent()),
            s.verdict());
      }
      return csv.toString();
    }
  }

  /**
   * Checks everything that can be checked before work starts.
   *
   * @throws BadInputException if it cannot be run
   */
  public DepthStudy {
    depths = List.copyOf(depths);
    contenders = List.copyOf(contenders);
    CoordinateStudy.requireSlope(NetworkAxis.DEPTH, depths, seeds);
    Limits.require("--at-steps", steps, 1, MOST_STEPS, "Write for example 20.");
    List<String> names = contenders.stream().map(Contender::name).toList();
    if (names.isEmpty() || names.stream().distinct().count() < names.size()) {
      throw new BadInputException(
          "contenders %s: expected at least one, each once.".formatted(names));
    }
    NetworkSpec deepest = networks.base();
    for (Contender contender : contenders) {
      contender.rule().apply(1).check(deepest);
      CoordinateStudy.requireSlope(NetworkAxis.DEPTH, depthsOf(contender, depths), seeds);
    }
  }

  /** Those of the depths at which a contender is measured. */
  public List<Integer> depthsOf(Contender contender) {
    return depthsOf(contender, depths);
  }

  private static List<Integer> depthsOf(Contender contender, List<Integer> depths) {
    return depths.stream().filter(depth -> depth <= contender.deepest()).toList();
  }

  /** Number of networks that are measured. */
  public int size() {
    return contenders.stream().mapToInt(contender -> depthsOf(contender).size() * seeds).sum();
  }

  /** The same of those alone whose law is open, with another number of seeds. */
  public DepthStudy ofOpen(Result result, int otherSeeds) {
    return new DepthStudy(
        depths,
        otherSeeds,
        contenders.stream()
            .filter(of -> result.slope(of.name()).judgement() == Judgement.INCONCLUSIVE)
            .toList(),
        networks,
        scaling,
        optimizer,
        steps,
        seed);
  }

  /** What decides a measurement besides what names its network, for stores. */
  public String id() {
    return contenders.stream()
        .map(contender -> contender.name() + " " + contender.rule().apply(steps))
        .collect(Collectors.joining("; ", "depth T=" + steps + " ", ""));
  }

  /**
   * Refuses depths of which the largest does not fit the backend's memory.
   *
   * @throws BadInputException as {@link MemoryPlan#requireFits}
   */
  public void requireRoom(Backend backend) {
    MemoryPlan.requireFits(
        backend.memory(),
        depths.getLast(),
        depth ->
            contenders.stream()
                .mapToLong(contender -> DepthProbe.bytes(backend, this, contender, depth))
                .max()
                .orElseThrow());
  }

  /**
   * Measures what the store lacks, and fits.
   *
   * @return empty if the signal was raised first; what was measured is in the store
   */
  public Optional<Result> run(
      Backend backend, MeasurementStore store, CoordinateStudy.Progress progress, StopSignal stop) {
    MeasuredNetworks measured = new MeasuredNetworks(store, progress, stop, size());
    List<Measurement> measurements = new ArrayList<>();
    for (int depth : depths) {
      for (Contender contender : contenders) {
        for (int s = 0; s < seeds && depth <= contender.deepest(); s++) {
          int which = s;
          String network =
              "%s=%d contender=%s seed=%d"
                  .formatted(NetworkAxis.DEPTH.word(), depth, contender.name(), s);
          Optional<Map<String, Double>> values =
              measured.measure(
                  depth, network, NUMBERS, () -> measure(backend, contender, depth, which));
          if (values.isEmpty()) {
            return Optional.empty();
          }
          measurements.add(measurement(contender, depth, s, values.get()));
        }
      }
    }
    return Optional.of(new Result(measurements, slopes(measurements)));
  }

  private static Measurement measurement(
      Contender contender, int depth, int s, Map<String, Double> values) {
    return new Measurement(
        contender.name(),
        depth,
        s,
        values.getOrDefault(STEPS, Double.NaN),
        values.getOrDefault(REACH, Double.NaN),
        values.getOrDefault(RELATIVE, Double.NaN));
  }

  // What is missing is left out: a number that is none has no JSON.
  private Map<String, Double> measure(Backend backend, Contender contender, int depth, int s) {
    try (DepthProbe probe = new DepthProbe(backend, this, contender, depth, s)) {
      Map<String, Double> values = new LinkedHashMap<>();
      probe.stepsNeeded(limit(depth)).ifPresent(needed -> values.put(STEPS, (double) needed));
      CreditReach reach = probe.reach(steps);
      values.put(REACH, reach.reach());
      values.put(RELATIVE, reach.units().getFirst().relative());
      values.values().removeIf(value -> !Double.isFinite(value));
      return values;
    }
  }

  /** Steps after which a contender is given up. */
  public static int limit(int depth) {
    return Math.max(LEAST_LIMIT, LIMIT_BY_SQUARE * depth * depth);
  }

  private List<Slope> slopes(List<Measurement> measurements) {
    List<Slope> slopes = new ArrayList<>();
    for (Contender contender : contenders) {
      Map<Integer, List<Double>> bySeed = new LinkedHashMap<>();
      measurements.stream()
          .filter(m -> m.contender().equals(contender.name()))
          .forEach(m -> bySeed.computeIfAbsent(m.seed(), _ -> new ArrayList<>()).add(m.steps()));
      SlopeEstimate estimate = SlopeEstimate.of(depthsOf(contender), bySeed.values());
      Law law = contender.law();
      Expectation expected =
          law == null
              ? new Expectation(Double.NaN, "no law is known for it")
              : new Expectation(law.exponent(), null);
      slopes.add(
          new Slope(
              contender.name(),
              estimate.slope(),
              estimate.low(),
              estimate.high(),
              expected,
              law == null ? Double.NaN : law.tolerance()));
    }
    return slopes;
  }
}
