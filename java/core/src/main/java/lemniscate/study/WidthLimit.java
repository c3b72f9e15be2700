package lemniscate.study;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.random.NormalStream;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.TDistribution;
import org.jspecify.annotations.Nullable;

/**
 * A quantity extrapolated to infinite width: {@link PowerLawFit} of its means over seeds, intervals
 * by bootstrap over the seeds, and a verdict whether the data bear the extrapolation.
 *
 * @param verdict what the numbers are worth
 * @param reason of a verdict other than {@code FITTED}, or null
 * @param limit a∞; NaN if unsupported
 * @param exponent p; NaN unless fitted
 * @param fit the curve; null unless fitted
 */
public record WidthLimit(
    Verdict verdict,
    @Nullable String reason,
    Estimate limit,
    Estimate exponent,
    @Nullable PowerLawFit fit) {

  /** Widths for three parameters and a look at whether they fit. */
  public static final int MIN_WIDTHS = 4;

  /** Seeds for an interval that is not all Student's t. */
  public static final int MIN_SEEDS = 3;

  /** Probability of a trend where there is none. */
  static final double SIGNIFICANCE = 0.01;

  /** Share of the variance between widths that one power must explain. */
  static final double MIN_R2 = 0.9;

  /** Length of the interval of an exponent that says something. */
  static final double MAX_EXPONENT_INTERVAL = 1.5;

  private static final double CONFIDENCE = 0.95;
  private static final int RESAMPLES = 1000;
  private static final long RESAMPLING_SEED = 0x11717L;

  /** What the data bear. */
  public enum Verdict {
    /** The fit, with limit and exponent. */
    FITTED,
    /** No change with the width beyond the noise: the mean is the limit, there is no exponent. */
    CONSTANT,
    /** No limit can be told. */
    UNSUPPORTED;

    /** The name in results: {@code fitted}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A number with its 95 % interval.
   *
   * @param value NaN if there is none
   * @param low lower end
   * @param high upper end
   */
  public record Estimate(double value, double low, double high) {
    static final Estimate NONE = new Estimate(Double.NaN, Double.NaN, Double.NaN);

    /** Cut at what the value can be. */
    Estimate within(double least, double most) {
      return new Estimate(value, Math.max(least, low), Math.min(most, high));
    }
  }

  /**
   * Extrapolates.
   *
   * @param widths increasing
   * @param values by width, then by seed; as many at every width; where not all are finite, nothing
   *     is supported
   */
  public static WidthLimit of(List<Integer> widths, List<List<Double>> values) {
    int seeds = values.getFirst().size();
    if (widths.size() < MIN_WIDTHS) {
      return unsupported(
          "%d widths; three parameters need at least %d.".formatted(widths.size(), MIN_WIDTHS));
    }
    if (seeds < MIN_SEEDS) {
      return unsupported("%d seeds; an interval needs at least %d.".formatted(seeds, MIN_SEEDS));
    }
    for (int i = 0; i < widths.size(); i++) {
      long missing = values.get(i).stream().filter(value -> !Double.isFinite(value)).count();
      if (missing > 0) {
        return unsupported(
            "at width %d, %d of %d networks diverged or have no such value."
                .formatted(widths.get(i), missing, seeds));
      }
    }
    WidthSamples samples =
        new WidthSamples(
            widths.stream().mapToDouble(Integer::doubleValue).toArray(),
            values.stream()
                .map(row -> row.stream().mapToDouble(Double::doubleValue).toArray())
                .toArray(double[][]::new));
    double[] weights = samples.weights();
    return samples.noTrend(weights) > SIGNIFICANCE
        ? constant(samples, weights)
        : fitted(samples, weights);
  }

  private static WidthLimit unsupported(String reason) {
    return new WidthLimit(Verdict.UNSUPPORTED, reason, Estimate.NONE, Estimate.NONE, null);
  }

  private static WidthLimit constant(WidthSamples samples, double[] weights) {
    double mean = PowerLawFit.weightedMean(samples.means(), weights);
    double[] resampled =
        resamples(samples.seeds())
            .mapToDouble(seeds -> PowerLawFit.weightedMean(samples.means(seeds), weights))
            .toArray();
    return new WidthLimit(
        Verdict.CONSTANT,
        "no change with the width beyond the noise of the seeds; the exponent is not identifiable.",
        estimate(mean, resampled, samples.seeds()),
        Estimate.NONE,
        null);
  }

  private static WidthLimit fitted(WidthSamples samples, double[] weights) {
    PowerLawFit fit = PowerLawFit.of(samples.widths(), samples.means(), weights);
    PowerLawFit[] resampled =
        resamples(samples.seeds())
            .map(seeds -> PowerLawFit.of(samples.widths(), samples.means(seeds), weights))
            .toArray(PowerLawFit[]::new);
    Estimate limit =
        estimate(
            fit.limit(),
            Arrays.stream(resampled).mapToDouble(PowerLawFit::limit).toArray(),
            samples.seeds());
    Estimate exponent =
        estimate(
                fit.exponent(),
                Arrays.stream(resampled).mapToDouble(PowerLawFit::exponent).toArray(),
                samples.seeds())
            .within(PowerLawFit.MIN_EXPONENT, PowerLawFit.MAX_EXPONENT);
    if (fit.atBound() && fit.exponent() < 1) {
      return unsupported(
          "the values do not settle: the exponent is at its bound of %s. Wider networks may show where they lead."
              .formatted(PowerLawFit.MIN_EXPONENT));
    }
    if (fit.r2() < MIN_R2) {
      return unsupported(
          String.format(
              Locale.ROOT,
              "one power of the width explains %.2f of the variance between widths, less than %s.",
              fit.r2(),
              MIN_R2));
    }
    if (fit.atBound()) {
      return unsupported(
          "the values change at the smallest width alone: the exponent is at its bound of %s. Smaller widths, or more of them, may show how."
              .formatted(PowerLawFit.MAX_EXPONENT));
    }
    if (exponent.high() - exponent.low() > MAX_EXPONENT_INTERVAL) {
      return unsupported(
          String.format(
              Locale.ROOT,
              "the exponent is between %.2f and %.2f, too uncertain to extrapolate by; more seeds or"
                  + " widths narrow it.",
              exponent.low(),
              exponent.high()));
    }
    return new WidthLimit(Verdict.FITTED, null, limit, exponent, fit);
  }

  // Indices of the seeds of each resample.
  private static Stream<int[]> resamples(int seeds) {
    return IntStream.range(0, RESAMPLES).mapToObj(r -> drawn(r, seeds));
  }

  private static int[] drawn(int resample, int seeds) {
    NormalStream stream = new NormalStream(RESAMPLING_SEED, resample);
    int[] indices = new int[seeds];
    for (int j = 0; j < seeds; j++) {
      indices[j] = (int) (stream.uniform(j) * seeds);
    }
    return indices;
  }

  /**
   * Percentiles of the resamples, moved away from the estimate by what the bootstrap lacks with few
   * seeds: the variance of a resample is (n − 1)/n of the sample's, and its tails are normal where
   * Student's are longer (Hesterberg, The American Statistician 69, 2015, section 5.3).
   */
  private static Estimate estimate(double value, double[] resampled, int seeds) {
    Arrays.sort(resampled);
    double tail = (1 - CONFIDENCE) / 2;
    double low = resampled[(int) Math.floor(tail * (resampled.length - 1))];
    double high = resampled[(int) Math.ceil((1 - tail) * (resampled.length - 1))];
    double stretch =
        new TDistribution(seeds - 1.0).inverseCumulativeProbability(1 - tail)
            / new NormalDistribution().inverseCumulativeProbability(1 - tail)
            * Math.sqrt(seeds / (seeds - 1.0));
    return new Estimate(
        value,
        value - stretch * Math.max(0, value - low),
        value + stretch * Math.max(0, high - value));
  }
}
