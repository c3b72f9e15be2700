package lemniscate.study;

import java.util.ArrayList;
import java.util.List;
import lemniscate.sweep.SeedMean;

/**
 * An exponent of the width, measured with several seeds.
 *
 * @param slope mean over seeds of the least-squares slopes of log value against log width; NaN if a
 *     value was not positive or not finite
 * @param low lower end of the 95 % interval of Student's t over seeds; NaN for one seed
 * @param high its upper end
 */
record SlopeEstimate(double slope, double low, double high) {

  /**
   * Fits.
   *
   * @param widths at least two
   * @param bySeed for every seed a value for each width
   */
  static SlopeEstimate of(List<Integer> widths, Iterable<List<Double>> bySeed) {
    List<Double> slopes = new ArrayList<>();
    bySeed.forEach(values -> slopes.add(slopeOrNaN(widths, values)));
    SeedMean mean = SeedMean.of(slopes);
    return new SlopeEstimate(mean.mean(), mean.low(), mean.high());
  }

  private static double slopeOrNaN(List<Integer> widths, List<Double> values) {
    boolean positive = values.stream().allMatch(value -> value > 0 && Double.isFinite(value));
    return positive ? CoordinateCheck.slope(widths, values) : Double.NaN;
  }
}
