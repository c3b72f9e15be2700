package lemniscate.study;

import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.rule.LearningRule;
import lemniscate.study.ExpectedExponents.Expectation;

/**
 * By which power of the number L of residual additions each quantity of {@link CoordinateCheck}
 * scales where branches carry L^−α with α of at least ½ and learning rates follow: the stream, its
 * change in a step and the output's keep their size, and each branch adds 1/L of the change, or
 * L^−½ of it all together where rules send independent directions to the branches. Local errors
 * keep theirs too, but for the power γ_D of the last precision in predictive coding.
 *
 * <p>Sources: Yang, Yu, Zhu and Hayou, arXiv 2310.02244; Dey et al., arXiv 2505.01618; local rules
 * by power counting along the stream, whose Jacobian is the identity to leading order.
 */
final class DepthExponents {

  private static final int FIRST = 1;
  private static final double HALF = 0.5;

  private final Parameterization parameterization;
  private final LearningRule rule;

  DepthExponents(Parameterization parameterization, LearningRule rule) {
    this.parameterization = parameterization;
    this.rule = rule;
  }

  /**
   * What is expected of a quantity.
   *
   * @param layer 1 for the first unit, 2 for the middle one, 3 for the last hidden one, 4 for the
   *     output
   * @throws IllegalArgumentException if there is no such quantity
   */
  Expectation of(String quantity, int layer) {
    if (parameterization.scheme() != Scheme.MUP || parameterization.depthExponent() == 0) {
      return new Expectation(0, "branches without a multiplier: the stream grows by powers of 2");
    }
    boolean alone = parameterization.learningRateShifts().branchesAlone();
    return switch (quantity) {
      case "h" -> judged(0);
      case "df" -> judged(alone ? sumOfBranches() : 0);
      case "dK" -> new Expectation(0, "its terms of relative size 1/L have not faded yet");
      case "f" -> new Expectation(0, "a sum of random terms: its spread over seeds hides it");
      case "e" -> error();
      case "dv", "deL" ->
          new Expectation(0, "how far states move depends on how far errors have come");
      case "dh" -> layer == FIRST && alone ? nothingMoves() : judged(alone ? sumOfBranches() : 0);
      case "dWh" -> layer == FIRST ? alone ? nothingMoves() : judged(0) : judged(-1);
      case "dWLH" -> alone ? nothingMoves() : judged(0);
      case "db" -> new Expectation(0, "a bias inside a branch moves by another power than outside");
      case "WLdH", "omega" ->
          rule.creditRule().alignsWithInitialWeight()
              ? judged(0)
              : new Expectation(0, "a sum of independent terms: its spread over seeds hides it");
      default -> throw new IllegalArgumentException("no such quantity: " + quantity);
    };
  }

  // Where the first unit moves, that hides how the branches add up.
  private double sumOfBranches() {
    return rule.branchesMoveAlike() ? 0 : -HALF;
  }

  private Expectation error() {
    if (rule.errorsAreMoves()) {
      return new Expectation(
          -1, "near the output there is as well what it sends down, which does not shrink");
    }
    double exponent =
        rule.creditRule() instanceof CreditRule.PredictiveCoding pc ? -pc.gammaDepthExponent() : 0;
    return rule.relaxesStates() && rule.losesCredit(Integer.MAX_VALUE)
        ? new Expectation(
            exponent,
            "errors diffuse up the stream: they need about L² steps to reach the first unit")
        : judged(exponent);
  }

  private static Expectation nothingMoves() {
    return new Expectation(0, "nothing outside branches moves");
  }

  private static Expectation judged(double exponent) {
    // Adding zero turns -0.0 into 0.0.
    return new Expectation(exponent + 0.0, null);
  }
}
