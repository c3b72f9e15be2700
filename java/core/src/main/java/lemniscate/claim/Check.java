package lemniscate.claim;

import lemniscate.study.FittedSlope;
import lemniscate.study.Judgement;
import lemniscate.sweep.SeedMean;

/**
 * One number of a claim beside what is expected of it.
 *
 * @param what it is, with its unit
 * @param value measured; a mean over seeds where there are several
 * @param low lower end of its 95 % interval over seeds; NaN for none
 * @param high its upper end
 * @param lowest least value that is expected; −∞ for none
 * @param highest greatest value that is expected; ∞ for none
 */
public record Check(
    String what, double value, double low, double high, double lowest, double highest) {

  /** A number with an interval that is expected within a tolerance about another. */
  static Check near(String what, SeedMean found, double expected, double tolerance) {
    return between(what, found, expected - tolerance, expected + tolerance);
  }

  /** A fitted power that is expected within a tolerance about another. */
  static Check near(String what, FittedSlope found, double expected, double tolerance) {
    return new Check(
        what, found.slope(), found.low(), found.high(), expected - tolerance, expected + tolerance);
  }

  /** A number with an interval that is expected between two bounds. */
  static Check between(String what, SeedMean found, double lowest, double highest) {
    return new Check(what, found.mean(), found.low(), found.high(), lowest, highest);
  }

  /** A number without interval that is expected between two bounds. */
  static Check exact(String what, double value, double lowest, double highest) {
    return new Check(what, value, Double.NaN, Double.NaN, lowest, highest);
  }

  /**
   * Whether the interval lies within the bounds, outside, or across one; without an interval the
   * value decides. What is no number fails.
   */
  public Judgement judgement() {
    if (Double.isNaN(value)) {
      return Judgement.FAIL;
    }
    boolean interval = !Double.isNaN(low) && !Double.isNaN(high);
    return Judgement.of(interval ? low : value, interval ? high : value, lowest, highest);
  }
}
