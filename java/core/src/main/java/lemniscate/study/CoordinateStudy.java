package lemniscate.study;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.MemoryPlan;
import lemniscate.config.BadInputException;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Limits;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.text.Csv;
import lemniscate.train.StopSignal;

/**
 * A coordinate check with a verdict: {@link CoordinateCheck} at several widths or depths, numbers
 * of steps and seeds, and the slopes of the logarithms of what is measured against that of the
 * width beside {@link ExpectedExponents}, or against that of the depth beside {@link
 * DepthExponents}.
 *
 * <p>Over depths the layers are numbered 1 for the first unit, 2 for the one in the middle, 3 for
 * the last hidden one and 4 for the output.
 *
 * @param sizes hidden widths, or depths where the networks differ in depth, at least three,
 *     increasing
 * @param steps numbers of training steps after which moves are measured, increasing, at least one
 * @param seeds number of seeds, at least 1; with one there are no intervals
 * @param tolerance by which a slope may miss its exponent, positive
 * @param network depth, activation, biases and batch of the networks
 * @param rule learning rule
 * @param claimed parameterisation whose exponents are expected
 * @param trained parameterisation of the networks; the claimed one, unless the check is checked
 * @param optimizer what moves the parameters
 * @param learningRate η′ at the base width; small enough that a step is of first order at the
 *     largest width
 * @param seed of the first seed
 */
public record CoordinateStudy(
    List<Integer> sizes,
    List<Integer> steps,
    int seeds,
    double tolerance,
    Networks network,
    LearningRule rule,
    Parameterization claimed,
    Parameterization trained,
    Optimizer optimizer,
    double learningRate,
    long seed) {

  /** Widths needed for a slope and a look at whether it is one. */
  public static final int MIN_WIDTHS = 3;

  /** Inputs of the networks where they are features without places; they do not grow. */
  public static final int INPUTS = 10;

  /** Outputs of the networks. */
  public static final int OUTPUTS = 3;

  /** Spreads the weight seeds of different widths and seeds; a prime above any width. */
  static final long WEIGHT_SEED_STRIDE = 1_000_003;

  // Places of units where depths are compared.
  private static final int NO_PLACE = 0;
  private static final int FIRST_PLACE = 1;
  private static final int MIDDLE_PLACE = 2;
  private static final int LAST_PLACE = 3;
  private static final int OUTPUT_PLACE = 4;

  /** Name of the fraction of the units that get credit, in stores. */
  private static final String REACH = "reach";

  private static final Pattern NAME = Pattern.compile("(\\D+)(\\d*)");

  /**
   * The networks that are compared: one at several widths, or one for each of several depths.
   *
   * @param base a network at any width; the deepest where depths are compared
   * @param batch number of examples
   * @param byDepth networks by depth, increasing; empty where widths are compared
   */
  public record Networks(NetworkSpec base, int batch, SortedMap<Integer, NetworkSpec> byDepth) {

    /** Copies the map. */
    public Networks {
      byDepth = Collections.unmodifiableSortedMap(new TreeMap<>(byDepth));
    }

    /** A network at several widths. */
    public static Networks ofWidths(NetworkSpec base, int batch) {
      return new Networks(base, batch, new TreeMap<>());
    }

    /** Networks of several depths, at least one. */
    public static Networks ofDepths(SortedMap<Integer, NetworkSpec> byDepth, int batch) {
      NetworkSpec deepest = Objects.requireNonNull(byDepth.get(byDepth.lastKey()));
      return new Networks(deepest, batch, byDepth);
    }

    /**
     * A multilayer perceptron of {@value #INPUTS} inputs and {@value #OUTPUTS} outputs at several
     * widths.
     *
     * @param depth number of hidden layers
     * @param activation of the hidden layers
     * @param bias whether layers have biases
     * @param batch number of examples
     */
    public static Networks perceptron(int depth, Activation activation, boolean bias, int batch) {
      return ofWidths(NetworkSpec.mlp(INPUTS, 1, depth, OUTPUTS, activation).withBias(bias), batch);
    }

    /** What is compared. */
    public NetworkAxis axis() {
      return byDepth.isEmpty() ? NetworkAxis.WIDTH : NetworkAxis.DEPTH;
    }

    /** Whether depths are compared. */
    public boolean overDepths() {
      return axis() == NetworkAxis.DEPTH;
    }

    /** The network of a width, or of a depth where depths are compared. */
    public NetworkSpec at(int size) {
      NetworkSpec network = overDepths() ? byDepth.get(size) : base.withHiddenWidth(size);
      return Objects.requireNonNull(network, "a depth that is not compared");
    }

    /** Number of hidden units of the base. */
    public int depth() {
      return base.layers() - 1;
    }

    /** Activation of its hidden units. */
    public Activation activation() {
      return base.activation();
    }

    /** Whether it has biases. */
    public boolean bias() {
      return base.bias();
    }

    /** Number of its residual additions. */
    public int residualDepth() {
      return base.residualDepth();
    }
  }

  /**
   * One number.
   *
   * @param quantity name as in {@link CoordinateCheck}, without layer
   * @param layer that it belongs to
   * @param step training steps done
   * @param size M, or the depth where depths are compared
   * @param seed which of the seeds, from 0
   * @param value root mean square, or ratio
   */
  public record Measurement(
      String quantity, int layer, int step, int size, int seed, double value) {}

  /**
   * One fitted exponent.
   *
   * @param quantity name as in {@link CoordinateCheck}, without layer
   * @param layer that it belongs to
   * @param step training steps done
   * @param slope mean over seeds of the least-squares slopes; NaN if a value was 0 or not finite
   * @param low lower end of the 95 % interval of Student's t over seeds; NaN for one seed
   * @param high its upper end
   * @param expected exponent of the claimed parameterisation
   * @param tolerance by how much the slope may miss its exponent
   */
  public record Slope(
      String quantity,
      int layer,
      int step,
      double slope,
      double low,
      double high,
      ExpectedExponents.Expectation expected,
      double tolerance)
      implements FittedSlope {}

  /**
   * All numbers.
   *
   * @param measurements raw
   * @param slopes fitted
   * @param reach of credit at the initial weights by depth, means over seeds; empty over widths
   */
  public record Result(
      List<Measurement> measurements, List<Slope> slopes, SortedMap<Integer, Double> reach) {

    /** Copies the lists. */
    public Result {
      measurements = List.copyOf(measurements);
      slopes = List.copyOf(slopes);
      reach = Collections.unmodifiableSortedMap(new TreeMap<>(reach));
    }

    /** {@return the worst of the verdicts of the slopes} */
    public Judgement judgement() {
      return FittedSlope.worst(slopes);
    }

    /**
     * {@return the raw numbers as comma-separated values with a heading}
     *
     * @param axis what the sizes are
     */
    public String measurementsCsv(NetworkAxis axis) {
      Csv csv = new Csv("quantity", "layer", "step", axis.word(), "seed", "value");
      for (Measurement m : measurements) {
        csv.row(
            m.quantity(),
            m.layer(),
            m.step(),
            m.size(),
            m.seed(),
            Csv.formatted("%.17g", m.value()));
      }
      return csv.toString();
    }

    /** {@return the slopes as comma-separated values with a heading} */
    public String slopesCsv() {
      Csv csv =
          new Csv(
              "quantity", "layer", "step", "slope", "low", "high", "expected", "verdict", "reason");
      for (Slope s : slopes) {
        csv.row(
            s.quantity(),
            s.layer(),
            s.step(),
            Csv.formatted("%.6f", s.slope()),
            Csv.formatted("%.6f", s.low()),
            Csv.formatted("%.6f", s.high()),
            Csv.formatted("%.3f", s.expected().exponent()),
            s.verdict(),
            s.expected().notJudged());
      }
      return csv.toString();
    }
  }

  /** Told how far a study is. */
  public interface Progress {
    /**
     * One network has been measured.
     *
     * @param done networks so far
     * @param total networks in all
     * @param width of the last one
     */
    void measured(int done, int total, int width);
  }

  /**
   * Checks everything that can be checked before work starts.
   *
   * @throws BadInputException if it cannot be run, or its result could not be judged
   */
  public CoordinateStudy {
    sizes = List.copyOf(sizes);
    steps = List.copyOf(steps);
    requireIncreasing("steps", steps, "1,5");
    requireSlope(network.axis(), sizes, seeds);
    if (network.overDepths() && network.at(sizes.getFirst()).layers() <= OUTPUT_PLACE) {
      throw new BadInputException(
          "depths %s: a network of depth %d has no unit between its first and its last hidden one;"
                  .formatted(sizes, sizes.getFirst())
              + " begin with a larger depth, such as 4,8,16.");
    }
    if (!(tolerance > 0) || Double.isInfinite(tolerance)) {
      throw new BadInputException(
          "tolerance " + tolerance + ": expected a positive number; 0.1 is the usual one.");
    }
    rule.checkMeasurable(claimed, network.depth());
  }

  /**
   * Checks that a slope over widths can be fitted.
   *
   * @throws BadInputException unless there are enough widths, increasing, and a seed
   */
  static void requireSlope(List<Integer> widths, int seeds) {
    requireSlope(NetworkAxis.WIDTH, widths, seeds);
  }

  static void requireSlope(NetworkAxis axis, List<Integer> sizes, int seeds) {
    String what = axis.word() + "s";
    String example = axis == NetworkAxis.WIDTH ? "64,128,256" : "4,8,16";
    requireIncreasing(what, sizes, example);
    if (sizes.size() < MIN_WIDTHS) {
      throw new BadInputException(
          "%s %s: a slope needs at least %d %s; give more, such as %s."
              .formatted(what, sizes, MIN_WIDTHS, what, example));
    }
    int largest =
        axis == NetworkAxis.WIDTH ? ConfigSchema.LARGEST_WIDTH : ConfigSchema.LARGEST_DEPTH;
    Limits.require("The largest of " + what, sizes.getLast(), 1, largest, "Leave it out.");
    Limits.requireSeeds(sizes.size(), seeds);
  }

  static void requireIncreasing(String what, List<Integer> values, String example) {
    Limits.requireFew(what, values, Limits.MOST_NUMBERS);
    int last = 0;
    for (int value : values) {
      if (value <= last) {
        throw new BadInputException(
            what
                + " "
                + values
                + ": expected increasing integers of at least 1, each once; write for example "
                + example
                + ".");
      }
      last = value;
    }
    if (values.isEmpty()) {
      throw new BadInputException(what + ": none given; write for example " + example + ".");
    }
  }

  /**
   * A learning rate at the base width for which a few steps stay small at widths of some thousands.
   * Under SP moves grow with the width, so it must be far smaller.
   */
  public static double defaultLearningRate(Scheme scheme, StepClass optimizer) {
    boolean scaled = scheme != Scheme.SP;
    return switch (optimizer) {
      case SGD_LIKE -> scaled ? 0.05 : 1e-5;
      case SIGN_LIKE, SPECTRAL_BY_ENTRY -> scaled ? 0.002 : 1e-6;
      case SPECTRAL, SPECTRAL_AT_LEAST_ONE, SPECTRAL_HIDDEN -> scaled ? 0.02 : 1e-4;
    };
  }

  /** Number of networks that are trained. */
  public int size() {
    return sizes.size() * steps.size() * seeds;
  }

  /** The same with another number of seeds. */
  public CoordinateStudy withSeeds(int other) {
    return new CoordinateStudy(
        sizes,
        steps,
        other,
        tolerance,
        network,
        rule,
        claimed,
        trained,
        optimizer,
        learningRate,
        seed);
  }

  /**
   * Refuses sizes of which the largest does not fit the backend's memory.
   *
   * @throws BadInputException as {@link MemoryPlan#requireFits}
   */
  public void requireRoom(Backend backend) {
    MemoryPlan.requireFits(
        backend.memory(), sizes.getLast(), size -> bytes(check(size, steps.getFirst()), backend));
  }

  private long bytes(CoordinateCheck check, Backend backend) {
    long trained = check.bytes(backend);
    return network.overDepths() && check.comparesCredit()
        ? Math.max(trained, MemoryPlan.bytes(backend, counting -> check.reach(counting, 0, 0)))
        : trained;
  }

  /** Which network of a study over sizes, numbers of steps and seeds. */
  static String networkName(NetworkAxis axis, int size, int step, int seed) {
    return "%s=%d steps=%d seed=%d".formatted(axis.word(), size, step, seed);
  }

  /**
   * Measures what the store lacks, and fits.
   *
   * @return empty if the signal was raised first; what was measured is in the store
   */
  public Optional<Result> run(
      Backend backend, MeasurementStore store, Progress progress, StopSignal stop) {
    MeasuredNetworks networks = new MeasuredNetworks(store, progress, stop, size());
    List<Measurement> measurements = new ArrayList<>();
    SortedMap<Integer, Double> reach = new TreeMap<>();
    for (int size : sizes) {
      for (int step : steps) {
        CoordinateCheck check = check(size, step);
        for (int s = 0; s < seeds; s++) {
          long weightSeed = weightSeed(s, size);
          long dataSeed = seed + s;
          Optional<Map<String, Double>> values =
              networks.measure(
                  size,
                  networkName(network.axis(), size, step, s),
                  CoordinateCheck.SIZES,
                  () -> measure(check, backend, weightSeed, dataSeed));
          if (values.isEmpty()) {
            return Optional.empty();
          }
          Double reached = values.get().remove(REACH);
          if (reached != null) {
            reach.merge(size, reached / seeds, Double::sum);
          }
          for (Map.Entry<String, Double> entry : values.get().entrySet()) {
            measurement(entry.getKey(), step, size, s, entry.getValue())
                .filter(m -> step == steps.getFirst() || !isOfFirstStep(m.quantity()))
                .ifPresent(measurements::add);
          }
        }
      }
    }
    return Optional.of(new Result(measurements, CoordinateSlopes.of(this, measurements), reach));
  }

  // Credit is lost over depths alone, and the same however many steps follow.
  private Map<String, Double> measure(
      CoordinateCheck check, Backend backend, long weightSeed, long dataSeed) {
    Map<String, Double> values = check.measure(backend, weightSeed, dataSeed);
    if (network.overDepths() && check.steps() == steps.getFirst() && check.comparesCredit()) {
      values.put(REACH, check.reach(backend, weightSeed, dataSeed));
    }
    return values;
  }

  /** Seed of the initial weights: another one for every size and seed. */
  long weightSeed(int s, int size) {
    return (seed + s) * WEIGHT_SEED_STRIDE + size;
  }

  /** The networks of one size, trained for a number of steps. */
  CoordinateCheck check(int size, int step) {
    return new CoordinateCheck(
        network.at(size), rule, trained, optimizer, learningRate, step, network.batch());
  }

  /** {@return whether a quantity is the same however many steps follow, so measured once} */
  public static boolean isOfFirstStep(String quantity) {
    return List.of("h", "f", "e", "dv", "deL").contains(quantity);
  }

  // Empty for units that are not compared.
  private Optional<Measurement> measurement(String name, int step, int size, int s, double value) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new IllegalStateException("name of a quantity: " + name);
    }
    int last = network.at(size).layers();
    String digits = parts.group(2);
    int unit =
        digits.isEmpty() ? parts.group(1).equals("dK") ? last - 1 : last : Integer.parseInt(digits);
    int layer = network.overDepths() ? place(unit, last) : unit;
    int shown = isOfFirstStep(parts.group(1)) ? firstStep(parts.group(1)) : step;
    return layer == NO_PLACE
        ? Optional.empty()
        : Optional.of(new Measurement(parts.group(1), layer, shown, size, s, value));
  }

  private static int place(int unit, int last) {
    if (unit == 1) {
      return FIRST_PLACE;
    }
    if (unit >= last - 1) {
      return unit == last ? OUTPUT_PLACE : LAST_PLACE;
    }
    return unit == last / 2 ? MIDDLE_PLACE : NO_PLACE;
  }

  private static int firstStep(String quantity) {
    return quantity.equals("h") || quantity.equals("f") ? 0 : 1;
  }
}
