package lemniscate.sweep;

import java.util.Collection;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * A quantity over seeds, and what they say of its mean by Student's t.
 *
 * @param seeds how many have it
 * @param mean NaN if none has
 * @param error standard error of the mean; NaN for fewer than two seeds
 */
public record SeedMean(long seeds, double mean, double error) {

  private static final double CONFIDENCE = 0.95;

  /** The mean of one value for each seed; NaN if one of them is. */
  public static SeedMean of(Collection<Double> values) {
    SummaryStatistics statistics = new SummaryStatistics();
    values.forEach(statistics::addValue);
    long n = statistics.getN();
    return new SeedMean(
        n,
        statistics.getMean(),
        n < 2 ? Double.NaN : statistics.getStandardDeviation() / Math.sqrt(n));
  }

  /** Half the width of the 95 % interval; NaN for fewer than two seeds. */
  public double half() {
    return seeds < 2 ? Double.NaN : quantile((1 + CONFIDENCE) / 2) * error;
  }

  /** Lower end of the 95 % interval; NaN for fewer than two seeds. */
  public double low() {
    return mean - half();
  }

  /** Its upper end. */
  public double high() {
    return mean + half();
  }

  /** Whether the mean may be 0 or less, by a one-sided test at 5 %; false for a single seed. */
  public boolean mayBeNoMoreThanZero() {
    return seeds >= 2 && mean <= quantile(CONFIDENCE) * error;
  }

  private double quantile(double probability) {
    return new TDistribution(seeds - 1.0).inverseCumulativeProbability(probability);
  }
}
