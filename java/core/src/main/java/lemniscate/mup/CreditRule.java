package lemniscate.mup;

import java.util.OptionalDouble;
import lemniscate.config.BadInputException;

/**
 * What assigns credit to the hidden layers, as far as width exponents depend on it.
 *
 * <p>A rule gives layer l a local error e_l; its weight gradient is the batch mean of (e_l ⊙ φ')
 * h_{l-1}ᵀ. The exponents follow from how the entries of e_l scale with the width. The cases below
 * are those of the table in {@link Parameterization}; a rule whose errors scale in another way
 * implements the interface itself.
 */
public interface CreditRule {

  /**
   * Power of the width in the entries of a hidden layer's local error.
   *
   * @param lastWeight power of the width in the entries of the last effective weight
   */
  double hiddenError(double lastWeight);

  /** Power of the width in the output layer's local error as it enters the weight gradient. */
  default double outputError() {
    return 0;
  }

  /**
   * Power of the number L of residual additions in the entries of hidden local errors. Errors go
   * down a stream of identities unchanged, so that it is 0 but where they start otherwise.
   */
  default double hiddenErrorDepth() {
    return 0;
  }

  /** The same for the error from which the first unit's weights learn, below all additions. */
  default double inputErrorDepth() {
    return hiddenErrorDepth();
  }

  /** The same for the output layer's local error as it enters the weight gradient. */
  default double outputErrorDepth() {
    return 0;
  }

  /**
   * Whether hidden errors come through the last weight, so that activities move along it. That
   * weight must then start at 1/m under μP; errors that are independent of it leave 1/sqrt(m) as
   * the one stable choice.
   */
  default boolean alignsWithLastWeight() {
    return true;
  }

  /**
   * Whether activities move along the last weight as it starts. Feedback that has yet to learn it
   * moves them along itself first.
   */
  default boolean alignsWithInitialWeight() {
    return alignsWithLastWeight();
  }

  /** Whether layers bring their input to length 1 rather than to a root mean square of 1. */
  default boolean unitLength() {
    return false;
  }

  /**
   * γ̄ where the last layer has a precision γ' m^-γ̄ L^-γ̄_D; empty for a rule without precisions.
   */
  default OptionalDouble precisionExponent() {
    return OptionalDouble.empty();
  }

  /** γ̄_D, with L residual additions; of no effect for a rule without precisions. */
  default double precisionDepthExponent() {
    return 0;
  }

  /**
   * Back-propagation, and every rule whose errors are those of back-propagation: predictive coding
   * by Z-IL, target propagation with transposed feedback or converged to it, and so on.
   */
  record BackPropagation() implements CreditRule {
    @Override
    public double hiddenError(double lastWeight) {
      return lastWeight;
    }
  }

  /**
   * Predictive coding with the precision of the last layer γ' m^-γ̄ L^-γ̄_D, to which all local
   * errors are proportional.
   *
   * @param gammaExponent γ̄: at 0 the exponents are those of back-propagation, at -1 those of
   *     Gauss-Newton targets
   * @param gammaDepthExponent γ̄_D, with L residual additions
   * @param weighting whether weight gradients carry the precisions
   * @param sums whether weights learn from sums of the errors of all units below, as displacements
   *     at equilibrium are, which grow by L over a stream
   */
  record PredictiveCoding(
      double gammaExponent, double gammaDepthExponent, Weighting weighting, boolean sums)
      implements CreditRule {
    /**
     * Checks the exponents.
     *
     * @throws BadInputException if one is not finite
     */
    public PredictiveCoding {
      if (!Double.isFinite(gammaExponent)) {
        throw new BadInputException(
            "pc.gammaExponent " + gammaExponent + ": expected a finite number, usually 0 or -1.");
      }
      if (!Double.isFinite(gammaDepthExponent)) {
        throw new BadInputException(
            "pc.gammaDepthExponent "
                + gammaDepthExponent
                + ": expected a finite number, usually 0 or 1.");
      }
      gammaExponent += 0.0;
      gammaDepthExponent += 0.0;
    }

    /** From the errors themselves. */
    public PredictiveCoding(double gammaExponent, double gammaDepthExponent, Weighting weighting) {
      this(gammaExponent, gammaDepthExponent, weighting, false);
    }

    /** With a precision that does not depend on the depth. */
    public PredictiveCoding(double gammaExponent, Weighting weighting) {
      this(gammaExponent, 0, weighting);
    }

    @Override
    public double hiddenError(double lastWeight) {
      return lastWeight - gammaExponent;
    }

    @Override
    public double outputError() {
      return weighting == Weighting.ENERGY ? -gammaExponent : 0;
    }

    @Override
    public double hiddenErrorDepth() {
      return (sums ? 1 : 0) - gammaDepthExponent;
    }

    @Override
    public double inputErrorDepth() {
      return -gammaDepthExponent;
    }

    @Override
    public double outputErrorDepth() {
      return weighting == Weighting.ENERGY ? -gammaDepthExponent : 0;
    }

    @Override
    public OptionalDouble precisionExponent() {
      return OptionalDouble.of(gammaExponent);
    }

    @Override
    public double precisionDepthExponent() {
      return gammaDepthExponent;
    }
  }

  /**
   * Targets that solve the linearised network for the output error; target propagation with
   * feedback derived from the weights (pseudo-inverse) scales alike.
   */
  record GaussNewtonTarget() implements CreditRule {
    // e = Jᵀ(JJᵀ)⁻¹e_L, with J of the size of the last weight and JJᵀ the sum of m squares of it.
    @Override
    public double hiddenError(double lastWeight) {
      return -1 - lastWeight;
    }
  }

  /**
   * Target propagation (plain or difference) with feedback from data: ridge regression, trained, or
   * fixed random. Its hidden targets are nearly independent of the last weight.
   */
  record TargetPropagation() implements CreditRule {
    // Maps from outputs, sums of m random terms, to activities of order 1.
    @Override
    public double hiddenError(double lastWeight) {
      return -0.5 - lastWeight;
    }

    @Override
    public boolean alignsWithLastWeight() {
      return false;
    }
  }

  /**
   * Feedback of the size of the weights that learns to be like them (Kolen-Pollack):
   * back-propagation in the end, so that it has its exponents; independent of the last weight at
   * the start.
   */
  record LearnedFeedback() implements CreditRule {
    @Override
    public double hiddenError(double lastWeight) {
      return lastWeight;
    }

    @Override
    public boolean alignsWithInitialWeight() {
      return false;
    }
  }

  /**
   * Forward-Forward: every hidden layer descends a loss of its own activities, and the last layer
   * is a readout that no other hears of.
   *
   * @param unitLength whether layers bring their input to length 1, their multiplier included,
   *     rather than to a root mean square of 1
   */
  record ForwardForward(boolean unitLength) implements CreditRule {
    @Override
    public double hiddenError(double lastWeight) {
      return 0;
    }

    @Override
    public boolean alignsWithLastWeight() {
      return false;
    }
  }
}
