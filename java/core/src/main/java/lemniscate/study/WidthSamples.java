package lemniscate.study;

import java.util.Arrays;
import org.apache.commons.math3.distribution.FDistribution;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * A quantity at several widths and seeds. Seed j is the same draw of data order and weights at
 * every width, so what it adds to all widths alike is no noise between them: a layout in blocks
 * (Fisher).
 *
 * @param widths M
 * @param values by width, then by seed; as many seeds at every width
 */
record WidthSamples(double[] widths, double[][] values) {

  /** Relative size of what rounding may leave of an exact 0. */
  private static final double ROUNDING = 1e-12;

  int seeds() {
    return values[0].length;
  }

  /** Means over some seeds, which may repeat. */
  double[] means(int[] seedIndices) {
    double[] means = new double[widths.length];
    for (int i = 0; i < widths.length; i++) {
      for (int j : seedIndices) {
        means[i] += values[i][j];
      }
      means[i] /= seedIndices.length;
    }
    return means;
  }

  /** Means over all seeds. */
  double[] means() {
    int[] all = new int[seeds()];
    Arrays.setAll(all, j -> j);
    return means(all);
  }

  /** Standard deviation over the seeds at each width. */
  double[] standardDeviations() {
    double[] means = means();
    double[] deviations = new double[widths.length];
    for (int i = 0; i < widths.length; i++) {
      double sum = 0;
      for (double value : values[i]) {
        sum += (value - means[i]) * (value - means[i]);
      }
      deviations[i] = Math.sqrt(sum / (seeds() - 1));
    }
    return deviations;
  }

  /**
   * One over the variance of each width, without what seeds add to all widths. Variances of few
   * seeds scatter much, so a power of the width is fitted to them; without noise the weights are
   * equal.
   */
  double[] weights() {
    double[] weights = new double[widths.length];
    Arrays.fill(weights, 1);
    double[][] residuals = residuals(weights);
    double scale = scale();
    SimpleRegression line = new SimpleRegression();
    for (int i = 0; i < widths.length; i++) {
      double variance = sumOfSquares(residuals[i]) / (seeds() - 1);
      if (Math.sqrt(variance) > ROUNDING * scale) {
        line.addData(Math.log(widths[i]), Math.log(variance));
      }
    }
    if (line.getN() >= 3) {
      for (int i = 0; i < widths.length; i++) {
        weights[i] = Math.exp(-line.predict(Math.log(widths[i])));
      }
    }
    return weights;
  }

  /** Probability of differences between the widths like these if there were none. */
  double noTrend(double[] weights) {
    int k = widths.length;
    double[] means = means();
    double mean = PowerLawFit.weightedMean(means, weights);
    double between = 0;
    double within = 0;
    double[][] residuals = residuals(weights);
    double largest = 0;
    for (int i = 0; i < k; i++) {
      between += seeds() * weights[i] * (means[i] - mean) * (means[i] - mean);
      within += weights[i] * sumOfSquares(residuals[i]);
      largest = Math.max(largest, Math.abs(means[i] - mean));
    }
    if (largest <= ROUNDING * scale()) {
      return 1;
    }
    if (within == 0) {
      return 0;
    }
    double f = between / (k - 1) / (within / ((k - 1.0) * (seeds() - 1)));
    return 1 - new FDistribution(k - 1.0, (k - 1.0) * (seeds() - 1)).cumulativeProbability(f);
  }

  private double scale() {
    double scale = 0;
    for (double mean : means()) {
      scale = Math.max(scale, Math.abs(mean));
    }
    return scale;
  }

  // What is left of the values without the means of their width and of their seed.
  private double[][] residuals(double[] weights) {
    int k = widths.length;
    int n = seeds();
    double[] means = means();
    double[][] residuals = new double[k][n];
    for (int j = 0; j < n; j++) {
      double[] column = new double[k];
      for (int i = 0; i < k; i++) {
        column[i] = values[i][j] - means[i];
      }
      double block = PowerLawFit.weightedMean(column, weights);
      for (int i = 0; i < k; i++) {
        residuals[i][j] = column[i] - block;
      }
    }
    return residuals;
  }

  private static double sumOfSquares(double[] x) {
    double sum = 0;
    for (double value : x) {
      sum += value * value;
    }
    return sum;
  }
}
