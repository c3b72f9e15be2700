package lemniscate.mup;

import lemniscate.config.BadInputException;

/**
 * What assigns credit to the hidden layers, as far as width exponents depend on it.
 *
 * <p>A rule gives layer l a local error e_l; its weight gradient is the batch mean of (e_l ⊙ φ')
 * h_{l-1}ᵀ. The exponents follow from how the entries of e_l scale with the width.
 */
public sealed interface CreditRule {
  /**
   * Back-propagation, and every rule whose errors are those of back-propagation: predictive coding
   * by Z-IL, target propagation with transposed feedback or converged to it, and so on.
   */
  record BackPropagation() implements CreditRule {}

  /**
   * Predictive coding with the precision of the last layer γ_L = γ' m^-γ̄.
   *
   * @param gammaExponent γ̄: at 0 the exponents are those of back-propagation, at -1 those of
   *     Gauss-Newton targets
   * @param weighting whether weight gradients carry the precisions
   */
  record PredictiveCoding(double gammaExponent, Weighting weighting) implements CreditRule {
    /**
     * Checks the exponent.
     *
     * @throws BadInputException if it is not finite
     */
    public PredictiveCoding {
      if (!Double.isFinite(gammaExponent)) {
        throw new BadInputException(
            "pc.gammaExponent " + gammaExponent + ": expected a finite number, usually 0 or -1.");
      }
      gammaExponent += 0.0;
    }
  }

  /**
   * Targets that solve the linearised network for the output error; target propagation with
   * feedback derived from the weights (pseudo-inverse) scales alike.
   */
  record GaussNewtonTarget() implements CreditRule {}

  /**
   * Target propagation (plain or difference) with feedback from data: ridge regression, trained, or
   * fixed random. Its hidden targets are nearly independent of the last weight.
   */
  record TargetPropagation() implements CreditRule {}

  /**
   * Forward-Forward: every hidden layer descends a loss of its own activities, and the last layer
   * is a readout that no other hears of.
   *
   * @param unitLength whether layers bring their input to length 1, their multiplier included,
   *     rather than to a root mean square of 1
   */
  record ForwardForward(boolean unitLength) implements CreditRule {}
}
