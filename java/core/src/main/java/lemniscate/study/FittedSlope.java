package lemniscate.study;

import java.util.List;

/** A power of the width that was fitted to measurements, beside the one that is expected. */
public interface FittedSlope {

  /** Training steps after which it was measured. */
  int step();

  /** The power. */
  double slope();

  /** Lower end of its interval; NaN if it has none. */
  double low();

  /** Upper end of its interval; NaN if it has none. */
  double high();

  /** What theory says of it. */
  ExpectedExponents.Expectation expected();

  /** By how much it may miss its exponent. */
  double tolerance();

  /**
   * Whether its interval lies within the tolerance about its exponent, outside, or across a bound;
   * without an interval the slope decides.
   */
  default Judgement judgement() {
    if (!expected().judged()) {
      return Judgement.NOT_JUDGED;
    }
    if (Double.isNaN(slope())) {
      return Judgement.FAIL;
    }
    double exponent = expected().exponent();
    boolean interval = Double.isFinite(low()) && Double.isFinite(high());
    return Judgement.of(
        interval ? low() : slope(),
        interval ? high() : slope(),
        exponent - tolerance(),
        exponent + tolerance());
  }

  /** {@return "pass", "fail", "inconclusive" or "not judged"} */
  default String verdict() {
    return judgement().text();
  }

  /** Whether it is judged and misses its exponent, wherever its interval lies. */
  default boolean misses() {
    return expected().judged()
        && !(Math.abs(slope() - expected().exponent()) <= tolerance()); // also if it is NaN
  }

  /**
   * With how many seeds an interval of this spread would no longer lie across a bound, if the slope
   * stays: the half width falls like one over their root.
   *
   * @param seeds of the present interval
   */
  default double seedsNeeded(int seeds) {
    double half = (high() - low()) / 2;
    double margin = Math.abs(Math.abs(slope() - expected().exponent()) - tolerance());
    return Math.ceil(seeds * Math.pow(half / margin, 2));
  }

  /** The worst of all. */
  static Judgement worst(List<? extends FittedSlope> slopes) {
    return Judgement.worst(slopes.stream().map(FittedSlope::judgement));
  }
}
