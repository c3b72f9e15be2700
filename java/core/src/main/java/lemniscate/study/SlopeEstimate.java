package lemniscate.study;

import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * An exponent of the width, measured with several seeds.
 *
 * @param slope mean over seeds of the least-squares slopes of log value against log width; NaN if a
 *     value was not positive or not finite
 * @param low lower end of the 95 % interval of Student's t over seeds; NaN for one seed
 * @param high its upper end
 */
record SlopeEstimate(double slope, double low, double high) {

  private static final double CONFIDENCE = 0.95;

  /**
   * Fits.
   *
   * @param widths at least two
   * @param bySeed for every seed a value for each width
   */
  static SlopeEstimate of(List<Integer> widths, Iterable<List<Double>> bySeed) {
    SummaryStatistics statistics = new SummaryStatistics();
    bySeed.forEach(values -> statistics.addValue(slopeOrNaN(widths, values)));
    double mean = statistics.getMean();
    double half = halfInterval(statistics);
    return new SlopeEstimate(mean, mean - half, mean + half);
  }

  private static double slopeOrNaN(List<Integer> widths, List<Double> values) {
    boolean positive = values.stream().allMatch(value -> value > 0 && Double.isFinite(value));
    return positive ? CoordinateCheck.slope(widths, values) : Double.NaN;
  }

  private static double halfInterval(SummaryStatistics statistics) {
    long n = statistics.getN();
    if (n < 2) {
      return Double.NaN;
    }
    double quantile = new TDistribution(n - 1.0).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    return quantile * statistics.getStandardDeviation() / Math.sqrt(n);
  }
}
