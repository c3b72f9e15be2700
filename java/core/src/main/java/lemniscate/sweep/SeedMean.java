package lemniscate.sweep;

import java.util.Collection;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * A quantity over seeds.
 *
 * @param seeds how many have it
 * @param mean NaN if none has
 * @param half half the width of the 95 % interval of the mean, by Student's t; NaN for fewer than
 *     two seeds
 */
public record SeedMean(long seeds, double mean, double half) {

  private static final double CONFIDENCE = 0.95;

  /** The mean of some values; NaN if one of them is. */
  public static SeedMean of(Collection<Double> values) {
    SummaryStatistics statistics = new SummaryStatistics();
    values.forEach(statistics::addValue);
    long n = statistics.getN();
    if (n < 2) {
      return new SeedMean(n, statistics.getMean(), Double.NaN);
    }
    double quantile = new TDistribution(n - 1.0).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    return new SeedMean(
        n, statistics.getMean(), quantile * statistics.getStandardDeviation() / Math.sqrt(n));
  }

  /** Lower end of the 95 % interval; NaN for fewer than two seeds. */
  public double low() {
    return mean - half;
  }

  /** Its upper end. */
  public double high() {
    return mean + half;
  }
}
