package lemniscate.study;

import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * A mean over seeds with the 95 % interval of Student's t.
 *
 * @param mean of the values; NaN if one of them is
 * @param low lower end of the interval; NaN for one seed
 * @param high its upper end
 */
public record MeanEstimate(double mean, double low, double high) {

  private static final double CONFIDENCE = 0.95;

  /**
   * Estimates.
   *
   * @param values one for each seed
   */
  public static MeanEstimate of(List<Double> values) {
    SummaryStatistics statistics = new SummaryStatistics();
    values.forEach(statistics::addValue);
    double mean = statistics.getMean();
    double half = halfInterval(statistics);
    return new MeanEstimate(mean, mean - half, mean + half);
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
