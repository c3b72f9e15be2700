package lemniscate.study;

import java.util.List;

/**
 * The range of a quantity over seeds.
 *
 * @param low the smallest; NaN where fewer than two seeds have one
 * @param high the largest; NaN where fewer than two seeds have one
 */
public record Spread(double low, double high) {

  /** The range of the finite ones. */
  static Spread of(List<Double> values) {
    double[] finite = values.stream().mapToDouble(v -> v).filter(Double::isFinite).toArray();
    if (finite.length < 2) {
      return new Spread(Double.NaN, Double.NaN);
    }
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : finite) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return new Spread(low, high);
  }
}
