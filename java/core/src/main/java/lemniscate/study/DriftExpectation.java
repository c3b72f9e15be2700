package lemniscate.study;

import java.util.Locale;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import org.jspecify.annotations.Nullable;

/**
 * Between which bounds the optimum of a hyper-parameter is expected to drift from the narrowest to
 * the widest network.
 *
 * @param lowest drift in octaves
 * @param highest drift in octaves
 * @param notJudged why there is no verdict; {@code null} if there is one
 */
public record DriftExpectation(double lowest, double highest, @Nullable String notJudged) {

  /**
   * The part of the asymptotic drift that SP must show at finite widths. Its largest stable
   * learning rate falls like 1/M once the hidden layers dominate the curvature; at first the input
   * layer, which does not grow, has a share in it.
   */
  static final double SP_SHARE = 2.0 / 3;

  /** The optimum stays, as μP promises. */
  static DriftExpectation stays(double tolerance) {
    return new DriftExpectation(-tolerance, tolerance, null);
  }

  /** The optimum falls by some octaves at least. */
  static DriftExpectation falls(double octaves) {
    return new DriftExpectation(Double.NEGATIVE_INFINITY, -octaves, null);
  }

  /** Nothing is expected. */
  static DriftExpectation none(String why) {
    return new DriftExpectation(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, why);
  }

  /**
   * What theory expects.
   *
   * @param key the hyper-parameter
   * @param octaves log2 of the largest over the smallest size
   * @param tolerance drift in octaves that μP is allowed
   */
  public static DriftExpectation of(
      Scheme scheme, String key, StepClass optimizer, double octaves, double tolerance) {
    return switch (scheme) {
      case MUP -> stays(tolerance);
      case NTK -> none("ntk: its optimum may transfer too, but without learning features");
      case SP ->
          key.equals("optim.lr") && optimizer.followsSize()
              ? falls(SP_SHARE * octaves)
              : none("sp: no drift is known for " + key + " with this optimiser");
    };
  }

  /** In words: {@code within 1.0 octaves}. */
  public String text() {
    if (notJudged != null) {
      return "-";
    }
    return Double.isInfinite(lowest)
        ? String.format(Locale.ROOT, "at most %.2f", highest)
        : String.format(Locale.ROOT, "%.2f … %.2f", lowest, highest);
  }
}
