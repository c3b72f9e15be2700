package lemniscate.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import lemniscate.backend.Backend;
import lemniscate.backend.MemoryPlan;
import lemniscate.config.BadInputException;
import lemniscate.text.Csv;
import lemniscate.train.StopSignal;

/**
 * Which regime learning rules are in when the width grows: kernel ("lazy"), feature learning, or
 * unstable. Networks of several widths take a few training steps; the power of the width in the
 * relative change of their features decides.
 *
 * <p>Forward-Forward has no tangents: its hidden layers do not descend a loss of the output.
 *
 * <p>In theory back-propagation has a kernel regime with output weights of variance 1/M, and target
 * propagation with feedback from data has none (Ishikawa, Yokota and Karakida, arXiv 2411.02001).
 *
 * @param cases what is compared, at least one; their studies differ in rule, parameterisation and
 *     learning rate alone
 */
public record RegimeStudy(List<Case> cases) {

  /** Halfway between the powers 0 and ±½ that regimes differ by. */
  private static final double BETWEEN_REGIMES = 0.25;

  private static final String NOT_COUNTED =
      "a sum of terms of different powers, measured without an expectation";

  private static final String NO_TANGENT =
      "not measured: hidden layers do not descend a loss of the output, so no tangent kernel moves"
          + " it";

  /**
   * A rule under a parameterisation.
   *
   * @param rule name for people, such as {@code dtp}
   * @param check widths, steps, seeds, tolerance and networks
   */
  public record Case(String rule, CoordinateStudy check) {
    /** {@return the name of the parameterisation} */
    public String scheme() {
      return check.claimed().scheme().word();
    }

    /** Whether the output moves by a tangent kernel of the network. */
    boolean hasTangents() {
      return !check.rule().learnsFromLabels();
    }
  }

  /** What is measured after t steps on one batch. */
  public enum Quantity {
    /** ‖h_l(t) − h_l(0)‖ / ‖h_l(0)‖, of each hidden layer. */
    FEATURE_CHANGE("featureChange", "dh", "change of the features"),
    /** ‖K(t) − K(0)‖ / ‖K(0)‖ with K = h_{L−1} h_{L−1}ᵀ. */
    KERNEL_CHANGE("kernelChange", "dK", "change of the feature kernel"),
    /** The same of the empirical neural tangent kernel; see {@link TangentProbe}. */
    NTK_CHANGE("ntkChange", "ntk", "change of the tangent kernel"),
    /** ‖f − f_lin‖ / ‖f − f_0‖, with the linearised network f_lin. */
    LINEARISED_GAP("linearisedGap", "gap", "gap to the linearised network"),
    /**
     * rms(W_L Δh_{L−1}) / (rms(W_L) rms(Δh_{L−1})); ω_L is its logarithm to base M, 1 where the two
     * are aligned and ½ where they are independent.
     */
    OMEGA("omega", "omega", "alignment with the last weight");

    private final String word;
    private final String checked;
    private final String description;

    Quantity(String word, String checked, String description) {
      this.word = word;
      this.checked = checked;
      this.description = description;
    }

    /** The name in results. */
    public String word() {
      return word;
    }

    /** For people. */
    public String description() {
      return description;
    }

    private ExpectedExponents.Expectation expected(
        Case of, ExpectedExponents exponents, int layer) {
      return this == NTK_CHANGE || this == LINEARISED_GAP
          ? new ExpectedExponents.Expectation(
              Double.NaN, of.hasTangents() ? NOT_COUNTED : NO_TANGENT)
          : exponents.of(checked, layer);
    }
  }

  /** Where a rule goes with growing width. */
  public enum Regime {
    /** Features move less and less. */
    LAZY("lazy"),
    /** Features move by the same share at every width. */
    FEATURE_LEARNING("feature learning"),
    /** Features move more and more. */
    UNSTABLE("unstable"),
    /** There is no slope to tell it by. */
    UNKNOWN("unknown");

    private final String text;

    Regime(String text) {
      this.text = text;
    }

    /** For people. */
    public String text() {
      return text;
    }

    /**
     * The regime of a power of the width.
     *
     * @param slope of the relative change of the features; NaN where there is none
     */
    static Regime of(double slope) {
      if (Double.isNaN(slope)) {
        return UNKNOWN;
      }
      return slope < -BETWEEN_REGIMES
          ? LAZY
          : slope > BETWEEN_REGIMES ? UNSTABLE : FEATURE_LEARNING;
    }
  }

  /**
   * One number of one network.
   *
   * @param of which rule and parameterisation
   * @param quantity what it is
   * @param layer that it belongs to
   * @param step training steps done
   * @param width M
   * @param seed which of the seeds, from 0
   * @param value a ratio
   */
  public record Measurement(
      Case of, Quantity quantity, int layer, int step, int width, int seed, double value) {}

  /**
   * One fitted exponent.
   *
   * @param of which rule and parameterisation
   * @param quantity what it is
   * @param layer that it belongs to
   * @param step training steps done
   * @param slope mean over seeds of the least-squares slopes; NaN if a value was 0 or not finite
   * @param low lower end of the 95 % interval of Student's t over seeds; NaN for one seed
   * @param high its upper end
   * @param expected exponent by power counting, of each {@link Quantity} that has one
   */
  public record Slope(
      Case of,
      Quantity quantity,
      int layer,
      int step,
      double slope,
      double low,
      double high,
      ExpectedExponents.Expectation expected)
      implements FittedSlope {

    @Override
    public double tolerance() {
      return of.check().tolerance();
    }
  }

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

    /** {@return the worst of the verdicts of the slopes} */
    public Judgement judgement() {
      return FittedSlope.worst(slopes);
    }

    /** {@return the slopes of one case after a number of steps} */
    public List<Slope> slopes(Case of, int step) {
      return slopes.stream()
          .filter(slope -> slope.of().equals(of) && slope.step() == step)
          .toList();
    }

    /** {@return the slope of a quantity in the last layer that has it} */
    public Slope slope(Case of, Quantity quantity, int step) {
      return slopes(of, step).stream()
          .filter(slope -> slope.quantity() == quantity)
          .reduce((_, last) -> last)
          .orElseThrow();
    }

    /** {@return the regime, by the slope of the last hidden layer} */
    public Regime regime(Case of, int step) {
      return Regime.of(slope(of, Quantity.FEATURE_CHANGE, step).slope());
    }

    /**
     * The values of one quantity over the seeds.
     *
     * @return in the order of the seeds
     */
    public List<Double> values(Case of, Quantity quantity, int layer, int step, int width) {
      return measurements.stream()
          .filter(
              m ->
                  m.of().equals(of)
                      && m.quantity() == quantity
                      && m.layer() == layer
                      && m.step() == step
                      && m.width() == width)
          .map(Measurement::value)
          .toList();
    }

    /** {@return the raw numbers as comma-separated values with a heading} */
    public String measurementsCsv() {
      Csv csv = new Csv("rule", "scheme", "quantity", "layer", "step", "width", "seed", "value");
      for (Measurement m : measurements) {
        csv.row(
            m.of().rule(),
            m.of().scheme(),
            m.quantity().word(),
            m.layer(),
            m.step(),
            m.width(),
            m.seed(),
            Csv.formatted("%.17g", m.value()));
      }
      return csv.toString();
    }

    /** {@return the slopes as comma-separated values with a heading} */
    public String slopesCsv() {
      Csv csv =
          new Csv(
              "rule",
              "scheme",
              "quantity",
              "layer",
              "step",
              "slope",
              "low",
              "high",
              "expected",
              "verdict",
              "reason");
      for (Slope s : slopes) {
        csv.row(
            s.of().rule(),
            s.of().scheme(),
            s.quantity().word(),
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

  /** Checks that there is something to measure, each thing once, over the same widths. */
  public RegimeStudy {
    cases = List.copyOf(cases);
    if (cases.isEmpty()) {
      throw new BadInputException(
          "There is no rule or no parameterisation to study; name at least one of each.");
    }
    List<String> names = cases.stream().map(c -> c.rule() + " under " + c.scheme()).toList();
    for (int i = 0; i < names.size(); i++) {
      if (names.indexOf(names.get(i)) < i) {
        throw new BadInputException(names.get(i) + " is named twice; name it once.");
      }
    }
    CoordinateStudy first = cases.getFirst().check();
    for (Case of : cases) {
      CoordinateStudy check = of.check();
      if (!check.sizes().equals(first.sizes())
          || !check.steps().equals(first.steps())
          || check.seeds() != first.seeds()
          || check.seed() != first.seed()
          || !check.network().equals(first.network())) {
        throw new IllegalArgumentException("cases over different networks");
      }
    }
  }

  /** {@return what all cases have in common: widths, steps, seeds, networks} */
  public CoordinateStudy common() {
    return cases.getFirst().check();
  }

  /** The same with another number of seeds. */
  public RegimeStudy withSeeds(int other) {
    return new RegimeStudy(
        cases.stream().map(of -> new Case(of.rule(), of.check().withSeeds(other))).toList());
  }

  /** Number of networks that are trained. */
  public int size() {
    return cases.size() * common().size();
  }

  /**
   * Refuses widths of which the largest does not fit the backend's memory.
   *
   * @throws BadInputException as {@link MemoryPlan#requireFits}
   */
  public void requireRoom(Backend backend) {
    int step = common().steps().getFirst();
    for (Case of : cases) {
      MemoryPlan.requireFits(
          backend.memory(),
          common().sizes().getLast(),
          width -> of.check().check(width, step).bytes(backend, of.hasTangents()));
    }
  }

  /**
   * Measures what the store lacks, from the narrowest networks to the widest, and fits.
   *
   * @return empty if the signal was raised first; what was measured is in the store
   */
  public Optional<Result> run(
      Backend backend, MeasurementStore store, CoordinateStudy.Progress progress, StopSignal stop) {
    MeasuredNetworks networks = new MeasuredNetworks(store, progress, stop, size());
    List<Measurement> measurements = new ArrayList<>();
    for (int width : common().sizes()) {
      for (Case of : cases) {
        for (int step : common().steps()) {
          CoordinateCheck check = of.check().check(width, step);
          for (int s = 0; s < common().seeds(); s++) {
            long weightSeed = common().weightSeed(s, width);
            long dataSeed = common().seed() + s;
            Optional<Map<String, Double>> sizes =
                networks.measure(
                    width,
                    "rule=%s scheme=%s ".formatted(of.rule(), of.scheme())
                        + CoordinateStudy.networkName(NetworkAxis.WIDTH, width, step, s),
                    CoordinateCheck.SIZES,
                    () -> check.measure(backend, weightSeed, dataSeed, of.hasTangents()));
            if (sizes.isEmpty()) {
              return Optional.empty();
            }
            measurements.addAll(measurements(of, step, width, s, sizes.get()));
          }
        }
      }
    }
    return Optional.of(new Result(measurements, slopes(measurements)));
  }

  private List<Measurement> measurements(
      Case of, int step, int width, int seed, Map<String, Double> sizes) {
    List<Measurement> measurements = new ArrayList<>();
    for (Quantity quantity : Quantity.values()) {
      for (int layer : layers(quantity)) {
        ToDoubleFunction<String> size = name -> sizes.getOrDefault(name, Double.NaN);
        double value =
            quantity == Quantity.FEATURE_CHANGE
                ? size.applyAsDouble("dh" + layer) / size.applyAsDouble("h" + layer)
                : size.applyAsDouble(quantity.checked);
        measurements.add(new Measurement(of, quantity, layer, step, width, seed, value));
      }
    }
    return measurements;
  }

  /** {@return the layers that a quantity is measured of} */
  public List<Integer> layers(Quantity quantity) {
    int hidden = common().network().depth();
    List<Integer> layers = new ArrayList<>();
    switch (quantity) {
      case FEATURE_CHANGE -> {
        for (int l = 1; l <= hidden; l++) {
          layers.add(l);
        }
      }
      case KERNEL_CHANGE -> layers.add(hidden);
      case NTK_CHANGE, LINEARISED_GAP, OMEGA -> layers.add(hidden + 1);
    }
    return layers;
  }

  /** A curve over widths. */
  private record Curve(Case of, Quantity quantity, int layer, int step) {}

  private List<Slope> slopes(List<Measurement> measurements) {
    // By seed, values in the order of the widths.
    Map<Curve, Map<Integer, List<Double>>> curves = new LinkedHashMap<>();
    for (Measurement m : measurements) {
      curves
          .computeIfAbsent(
              new Curve(m.of(), m.quantity(), m.layer(), m.step()), _ -> new LinkedHashMap<>())
          .computeIfAbsent(m.seed(), _ -> new ArrayList<>())
          .add(m.value());
    }
    List<Slope> slopes = new ArrayList<>();
    curves.forEach((curve, bySeed) -> slopes.add(slope(curve, bySeed.values())));
    return slopes;
  }

  private Slope slope(Curve curve, Iterable<List<Double>> bySeed) {
    CoordinateStudy check = curve.of().check();
    SlopeEstimate fit = SlopeEstimate.of(check.sizes(), bySeed);
    ExpectedExponents exponents =
        ExpectedExponents.of(
            check.claimed(), check.rule(), check.network().bias(), check.network().depth() + 1);
    return new Slope(
        curve.of(),
        curve.quantity(),
        curve.layer(),
        curve.step(),
        fit.slope(),
        fit.low(),
        fit.high(),
        curve.quantity().expected(curve.of(), exponents, curve.layer()));
  }
}
