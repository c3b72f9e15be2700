package lemniscate.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.MemoryPlan;
import lemniscate.config.BadInputException;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.ActivityNorm;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.train.StopSignal;

/**
 * A coordinate check with a verdict: {@link CoordinateCheck} at several widths, numbers of steps
 * and seeds, and the slopes of log size against log width beside {@link ExpectedExponents}.
 *
 * @param widths hidden widths, at least three, increasing
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
    List<Integer> widths,
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

  /** Inputs and outputs of the networks, which do not grow. */
  private static final int INPUTS = 10;

  private static final int OUTPUTS = 3;

  /** Spreads the weight seeds of different widths and seeds; a prime above any width. */
  static final long WEIGHT_SEED_STRIDE = 1_000_003;

  private static final Pattern NAME = Pattern.compile("(\\D+)(\\d*)");

  /**
   * What is the same at every width.
   *
   * @param depth number of hidden layers
   * @param activation of the hidden layers
   * @param bias whether layers have biases
   * @param batch number of examples
   */
  public record Networks(
      int depth,
      Activation activation,
      boolean bias,
      int batch,
      ActivityNorm norm,
      InitialDistribution distribution) {
    /** With activities as they are and normal initial weights. */
    public Networks(int depth, Activation activation, boolean bias, int batch) {
      this(depth, activation, bias, batch, ActivityNorm.NONE, InitialDistribution.NORMAL);
    }
  }

  /**
   * One number.
   *
   * @param quantity name as in {@link CoordinateCheck}, without layer
   * @param layer that it belongs to
   * @param step training steps done
   * @param width M
   * @param seed which of the seeds, from 0
   * @param value root mean square, or ratio
   */
  public record Measurement(
      String quantity, int layer, int step, int width, int seed, double value) {}

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
   * @param within whether the slope is within the tolerance
   */
  public record Slope(
      String quantity,
      int layer,
      int step,
      double slope,
      double low,
      double high,
      ExpectedExponents.Expectation expected,
      boolean within)
      implements FittedSlope {}

  /**
   * All numbers.
   *
   * @param measurements raw
   * @param slopes fitted
   */
  public record Result(List<Measurement> measurements, List<Slope> slopes) {

    /** Copies the lists. */
    public Result {
      measurements = List.copyOf(measurements);
      slopes = List.copyOf(slopes);
    }

    /** {@return whether no slope that is judged fails} */
    public boolean pass() {
      return slopes.stream().noneMatch(Slope::fails);
    }

    /** {@return the raw numbers as comma-separated values with a heading} */
    public String measurementsCsv() {
      StringBuilder csv = new StringBuilder("quantity,layer,step,width,seed,value\n");
      for (Measurement m : measurements) {
        csv.append(
            String.format(
                Locale.ROOT,
                "%s,%d,%d,%d,%d,%.17g\n",
                m.quantity(),
                m.layer(),
                m.step(),
                m.width(),
                m.seed(),
                m.value()));
      }
      return csv.toString();
    }

    /** {@return the slopes as comma-separated values with a heading} */
    public String slopesCsv() {
      StringBuilder csv =
          new StringBuilder("quantity,layer,step,slope,low,high,expected,verdict,reason\n");
      for (Slope s : slopes) {
        String reason = s.expected().notJudged();
        csv.append(
            String.format(
                Locale.ROOT,
                "%s,%d,%d,%.6f,%.6f,%.6f,%.3f,%s,\"%s\"\n",
                s.quantity(),
                s.layer(),
                s.step(),
                s.slope(),
                s.low(),
                s.high(),
                s.expected().exponent(),
                reason == null ? s.within() ? "pass" : "fail" : "not judged",
                reason == null ? "" : reason));
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
    widths = List.copyOf(widths);
    steps = List.copyOf(steps);
    requireIncreasing("steps", steps, "1,5");
    requireSlope(widths, seeds);
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
    requireIncreasing("widths", widths, "64,128,256");
    if (widths.size() < MIN_WIDTHS) {
      throw new BadInputException(
          "widths "
              + widths
              + ": a slope needs at least "
              + MIN_WIDTHS
              + " widths; give more, such as 64,128,256.");
    }
    if (seeds < 1) {
      throw new BadInputException("seeds " + seeds + ": expected at least 1; 4 is the usual one.");
    }
  }

  static void requireIncreasing(String what, List<Integer> values, String example) {
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
    boolean adam = optimizer == StepClass.SIGN_LIKE;
    if (scheme == Scheme.SP) {
      return adam ? 1e-6 : 1e-5;
    }
    return adam ? 0.002 : 0.05;
  }

  /** Number of networks that are trained. */
  public int size() {
    return widths.size() * steps.size() * seeds;
  }

  /**
   * Refuses widths of which the largest does not fit the backend's memory.
   *
   * @throws BadInputException as {@link MemoryPlan#requireFits}
   */
  public void requireRoom(Backend backend) {
    MemoryPlan.requireFits(
        backend.memory(), widths.getLast(), width -> check(width, steps.getFirst()).bytes(backend));
  }

  /** Which network of a study over widths, numbers of steps and seeds. */
  static String networkName(int width, int step, int seed) {
    return "width=%d steps=%d seed=%d".formatted(width, step, seed);
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
    for (int width : widths) {
      for (int step : steps) {
        CoordinateCheck check = check(width, step);
        for (int s = 0; s < seeds; s++) {
          long weightSeed = weightSeed(s, width);
          long dataSeed = seed + s;
          Optional<Map<String, Double>> values =
              networks.measure(
                  width,
                  networkName(width, step, s),
                  CoordinateCheck.SIZES,
                  () -> check.measure(backend, weightSeed, dataSeed));
          if (values.isEmpty()) {
            return Optional.empty();
          }
          for (Map.Entry<String, Double> entry : values.get().entrySet()) {
            Measurement measurement = measurement(entry.getKey(), step, width, s, entry.getValue());
            if (step == steps.get(0) || !isOfFirstStep(measurement.quantity())) {
              measurements.add(measurement);
            }
          }
        }
      }
    }
    return Optional.of(new Result(measurements, slopes(measurements)));
  }

  /** Seed of the initial weights: another one for every width and seed. */
  long weightSeed(int s, int width) {
    return (seed + s) * WEIGHT_SEED_STRIDE + width;
  }

  /** The networks of one width, trained for a number of steps. */
  CoordinateCheck check(int width, int step) {
    NetworkSpec spec =
        NetworkSpec.mlp(INPUTS, width, network.depth(), OUTPUTS, network.activation())
            .withBias(network.bias())
            .withNorm(network.norm())
            .withDistribution(network.distribution());
    return new CoordinateCheck(spec, rule, trained, optimizer, learningRate, step, network.batch());
  }

  /** {@return whether a quantity is the same however many steps follow, so measured once} */
  public static boolean isOfFirstStep(String quantity) {
    return List.of("h", "f", "e", "dv", "deL").contains(quantity);
  }

  private Measurement measurement(String name, int step, int width, int s, double value) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new IllegalStateException("name of a quantity: " + name);
    }
    int last = network.depth() + 1;
    String digits = parts.group(2);
    int layer =
        digits.isEmpty() ? parts.group(1).equals("dK") ? last - 1 : last : Integer.parseInt(digits);
    int shown = isOfFirstStep(parts.group(1)) ? firstStep(parts.group(1)) : step;
    return new Measurement(parts.group(1), layer, shown, width, s, value);
  }

  private static int firstStep(String quantity) {
    return quantity.equals("h") || quantity.equals("f") ? 0 : 1;
  }

  /** A curve over widths. */
  private record Curve(String quantity, int layer, int step) {}

  private List<Slope> slopes(List<Measurement> measurements) {
    // By seed, values in the order of the widths.
    Map<Curve, Map<Integer, List<Double>>> curves = new LinkedHashMap<>();
    for (Measurement m : measurements) {
      curves
          .computeIfAbsent(new Curve(m.quantity(), m.layer(), m.step()), _ -> new LinkedHashMap<>())
          .computeIfAbsent(m.seed(), _ -> new ArrayList<>())
          .add(m.value());
    }
    ExpectedExponents exponents =
        ExpectedExponents.of(claimed, rule, network.bias(), network.depth() + 1);
    List<Slope> slopes = new ArrayList<>();
    curves.forEach((curve, bySeed) -> slopes.add(slope(curve, bySeed.values(), exponents)));
    return slopes;
  }

  private Slope slope(Curve curve, Iterable<List<Double>> bySeed, ExpectedExponents exponents) {
    SlopeEstimate estimate = SlopeEstimate.of(widths, bySeed);
    ExpectedExponents.Expectation expected = exponents.of(curve.quantity(), curve.layer());
    return new Slope(
        curve.quantity(),
        curve.layer(),
        curve.step(),
        estimate.slope(),
        estimate.low(),
        estimate.high(),
        expected,
        Math.abs(estimate.slope() - expected.exponent()) <= tolerance);
  }
}
