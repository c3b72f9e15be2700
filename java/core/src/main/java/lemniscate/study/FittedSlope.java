package lemniscate.study;

/** A power of the width that was fitted to measurements, beside the one that is expected. */
public interface FittedSlope {

  /** Training steps after which it was measured. */
  int step();

  /** The power. */
  double slope();

  /** Lower end of its interval. */
  double low();

  /** Upper end of its interval. */
  double high();

  /** What theory says of it. */
  ExpectedExponents.Expectation expected();

  /** Whether the slope is as near to its exponent as asked for. */
  boolean within();

  /** {@return "pass", "fail" or "not judged"} */
  default String verdict() {
    return !expected().judged() ? "not judged" : within() ? "pass" : "fail";
  }

  /** Whether this slope must pass and does not. */
  default boolean fails() {
    return expected().judged() && !within();
  }
}
