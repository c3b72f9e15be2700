package lemniscate.study;

import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * What seeds say of a mean, by Student's t.
 *
 * @param mean over seeds
 * @param error standard error of it; NaN for fewer than two seeds
 * @param seeds how many
 */
record SeedInterval(double mean, double error, int seeds) {

  private static final double CONFIDENCE = 0.95;

  /** Of one value for each seed. */
  static SeedInterval of(List<Double> values) {
    SummaryStatistics statistics = new SummaryStatistics();
    values.forEach(statistics::addValue);
    int n = values.size();
    return new SeedInterval(
        statistics.getMean(),
        n < 2 ? Double.NaN : statistics.getStandardDeviation() / Math.sqrt(n),
        n);
  }

  /** Half of the 95 % interval; NaN for fewer than two seeds. */
  double half() {
    return seeds < 2 ? Double.NaN : quantile((1 + CONFIDENCE) / 2) * error;
  }

  /** Whether the mean may be 0 or less, by a one-sided test at 5 %; false for a single seed. */
  boolean mayBeNoMoreThanZero() {
    return seeds >= 2 && mean <= quantile(CONFIDENCE) * error;
  }

  private double quantile(double probability) {
    return new TDistribution(seeds - 1.0).inverseCumulativeProbability(probability);
  }
}
