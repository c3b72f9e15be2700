package lemniscate.study;

import lemniscate.mup.Scheme;
import lemniscate.study.ExpectedExponents.Expectation;
import org.jspecify.annotations.Nullable;

/**
 * By which power of the width the quantities of {@link LinearStudy} scale: power counting in the
 * closed form of {@link lemniscate.theory.LinearEquilibrium}.
 *
 * <p>Let w be the power in the entries of W_L (−1 under μP, −½ otherwise), γ_L of order M^−γ̄, and
 * hidden weights such that errors keep their order on the way down. Then
 *
 * <ul>
 *   <li>C_γ: κ = 1 + 2w − γ̄.
 *   <li>v_l* − h_l = γ_L W_Lᵀ (I + C_γ)⁻¹ r: μ = w − γ̄ − max(κ, 0). It turns the weight gradient
 *       through its presynaptic factor, against h_l of order 1.
 *   <li>C_γ turns the error only as far as it differs from a multiple of the identity, of the same
 *       one for all examples. In a linear network at random weights that part is smaller by M^−½;
 *       in a nonlinear one examples differ at every width. Hence σ = min(κ, 0) − ½ or min(κ, 0).
 *   <li>1 − cos is the square of an angle. PC and BP: 2 max(μ, σ). BP and Gauss-Newton targets,
 *       whose preconditioner (J Jᵀ)⁻¹ is a multiple of the identity up to M^−½: −1.
 * </ul>
 *
 * <p>The corollary of Ishikawa, Yokota and Karakida, arXiv 2411.02001, that PC follows the gradient
 * under μP with γ̄ = 0, is the row w = −1, γ̄ = 0.
 *
 * @param scheme of the weights
 * @param linear whether the network is linear
 * @param step training steps done
 */
record DirectionExponents(Scheme scheme, boolean linear, int step) {

  private static final double HALF = 0.5;

  private static final String TRAINED_STANDARD =
      "under sp and ntk training changes C_γ by a power that depends on the learning rate";
  private static final String TRAINED_PRECISION =
      "after training two terms of order 1 add up, and converge too late";
  private static final String EXAMPLES =
      "C_γ differs between the examples at every width, so a small part that stays outlives the rest";
  private static final String ILL_CONDITIONED =
      "while J Jᵀ is far from a multiple of the identity the angle falls faster than in the limit";
  private static final String UNBOUNDED = "γ_L grows faster than the states may follow";
  private static final String BOUND = "a bound: two terms may cancel";

  /** Power in the entries of W_L. */
  private double lastWeight() {
    return scheme == Scheme.MUP ? -1 : -HALF;
  }

  private double order(double gammaExponent) {
    return 1 + 2 * lastWeight() - gammaExponent;
  }

  /**
   * Whether γ_L grows with the width so much that no relaxation at a constant rate is stable: C_γ,
   * which bounds the curvature of the last hidden states from below, would grow.
   */
  boolean isStiff(double gammaExponent) {
    return order(gammaExponent) > 0;
  }

  private double move(double gammaExponent) {
    return lastWeight() - gammaExponent - Math.max(order(gammaExponent), 0);
  }

  /**
   * What is expected of a quantity.
   *
   * @param gammaExponent γ̄; of no effect where the quantity does not depend on it
   */
  Expectation of(LinearStudy.Quantity quantity, double gammaExponent) {
    return switch (quantity) {
      case PC_BP -> expected(2 * turn(gammaExponent), reason(gammaExponent));
      case PC_GNT -> expected(2 * Math.max(move(gammaExponent), linear ? -HALF : 0), BOUND);
      case BP_GNT -> expected(linear ? -1 : 0, linear ? ILL_CONDITIONED : EXAMPLES);
      case PRECONDITIONER -> expected(order(gammaExponent), trained(gammaExponent));
    };
  }

  private double turn(double gammaExponent) {
    double turned = Math.min(order(gammaExponent), 0) - (linear ? HALF : 0);
    return Math.max(move(gammaExponent), turned);
  }

  private @Nullable String reason(double gammaExponent) {
    String trained = trained(gammaExponent);
    return trained == null && !linear && scheme != Scheme.MUP ? EXAMPLES : trained;
  }

  private @Nullable String trained(double gammaExponent) {
    if (scheme == Scheme.MUP && isStiff(gammaExponent)) {
      return UNBOUNDED;
    }
    if (step == 0) {
      return null;
    }
    return scheme != Scheme.MUP
        ? TRAINED_STANDARD
        : order(gammaExponent) == 0 ? TRAINED_PRECISION : null;
  }

  private static Expectation expected(double exponent, @Nullable String notJudged) {
    // Adding zero turns -0.0 into 0.0.
    return new Expectation(exponent + 0.0, notJudged);
  }
}
