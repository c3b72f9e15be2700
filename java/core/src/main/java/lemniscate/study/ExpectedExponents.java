package lemniscate.study;

import lemniscate.mup.AbcExponents;
import lemniscate.mup.CreditRule;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.rule.ActivityMotion;
import lemniscate.rule.LearningRule;
import org.jspecify.annotations.Nullable;

/**
 * By which power of the width each quantity of {@link CoordinateCheck} scales, for small learning
 * rates and hidden widths that grow together: power counting from the exponents (a, b, c).
 *
 * <p>Let w = −(a+b) of the output weight, the power in the entries of W_L; hidden weights have −½
 * in every scheme, so that activities are of order 1 and errors keep their order on the way down.
 * With γ_L of order M^−γ̄ (γ̄ = 0 but for predictive coding):
 *
 * <ul>
 *   <li>h_l: 0. f, a sum of M random terms: w + ½.
 *   <li>e_l and, where states move, v_l − h_l: ε = w − γ̄, from e_{L−1} = γ_L W_Lᵀ e_L.
 *       Gauss-Newton targets J(JJᵀ)⁻¹e_L: ε = −1 − w. Targets from data, through maps from outputs
 *       of order w + ½ to activities of order 1: ε = −½ − w.
 *   <li>relative change of e_L by the relaxation, W_L (v_{L−1} − h_{L−1}), aligned: 1 + w + ε.
 *   <li>one step of gradient descent moves W_l by M^−(2a+c) times the error times an activity, and
 *       a hidden or output layer adds M such terms of one sign. ΔW_1 h_0: ε − θ_1, with θ = 2a+c.
 *       ΔW_l h_{l−1}: ε − θ_hidden + 1. Δh_l: the larger of that and Δh_{l−1}. ΔW_L h_{L−1}: ω −
 *       θ_L + 1, with ω = −γ̄ if gradients are energy weighted, else 0. Biases: ε − c and ω − c.
 *   <li>one step of Adam moves every entry of W_l by M^−(a+c): the same without ε and ω, and with a
 *       + c for θ.
 *   <li>W_L Δh_{L−1}, aligned: 1 + w + Δh_{L−1}; over the sizes of its factors: 1. With targets
 *       from data the two are independent: ½ in place of 1 in both.
 *   <li>Δf: the largest of its parts.
 *   <li>relative change of the feature kernel: a sum of M random terms of order Δh, and of M terms
 *       of order (Δh)²: the larger of Δh − ½ and 2 Δh. The first sum is aligned, Δh, where layers
 *       descend their own goodness, which moves h along itself, and in PEPITA, whose D_1 = W_1(x̃ −
 *       x) and h_1 = W_1x have the scalar product of x̃ − x and x.
 * </ul>
 *
 * <p>Sources: Yang and Hu, arXiv 2011.14522; Yang et al., arXiv 2203.03466; for predictive coding
 * Ishikawa, Yokota and Karakida, arXiv 2411.02001, whose exponents these reproduce, as they do the
 * alignment ½ of target propagation.
 */
public final class ExpectedExponents {

  private static final double HALF = 0.5;

  private static final String DIFFERENT_POWERS =
      "two terms of different powers, of which the larger wins only at large widths";

  private final boolean bias;
  private final boolean growingPrecision;
  private final ActivityMotion motion;
  private final double forward;
  private final double error;
  private final double alignment;
  private final double lastError;
  private final double first;
  private final double hidden;
  private final double hiddenBias;
  private final double output;
  private final double outputBias;
  private final int layers;

  /**
   * An exponent with the verdict's terms.
   *
   * @param exponent of the width in the limit
   * @param notJudged why a finite width need not show it, or null if it must
   */
  public record Expectation(double exponent, @Nullable String notJudged) {

    /** {@return whether a measured slope must agree} */
    public boolean judged() {
      return notJudged == null;
    }
  }

  private ExpectedExponents(
      Parameterization parameterization,
      StepClass optimizer,
      LearningRule rule,
      boolean bias,
      int layers) {
    this.bias = bias;
    this.layers = layers;
    AbcExponents in = parameterization.exponents(ParameterRole.INPUT_WEIGHT);
    AbcExponents hid = parameterization.exponents(ParameterRole.HIDDEN_WEIGHT);
    AbcExponents out = parameterization.exponents(ParameterRole.OUTPUT_WEIGHT);
    forward = -(out.a() + out.b());
    CreditRule credit = rule.creditRule();
    error = credit.hiddenError(forward);
    alignment = credit.alignsWithInitialWeight() ? 1 : HALF;
    motion = rule.activityMotion();
    lastError = credit.outputError();
    growingPrecision =
        rule.relaxesStates()
            && credit.precisionExponent().orElse(0) < 0
            && parameterization.scheme() == Scheme.MUP;
    // Steps of Adam and Muon do not know the size of the gradient.
    double hiddenGradient = optimizer.followsSize() ? error : 0;
    double lastGradient = optimizer.followsSize() ? lastError : 0;
    first = hiddenGradient + aligned(ParameterRole.INPUT_WEIGHT, in, optimizer);
    hidden = hiddenGradient + aligned(ParameterRole.HIDDEN_WEIGHT, hid, optimizer);
    output = lastGradient + aligned(ParameterRole.OUTPUT_WEIGHT, out, optimizer);
    hiddenBias = hiddenGradient - parameterization.exponents(ParameterRole.HIDDEN_BIAS).c();
    outputBias = lastGradient - parameterization.exponents(ParameterRole.OUTPUT_BIAS).c();
  }

  // What a step adds to a power of the gradient: the sum over a growing fan-in, and the exponents.
  private static double aligned(ParameterRole role, AbcExponents abc, StepClass optimizer) {
    return optimizer.followsSize()
        ? (role == ParameterRole.INPUT_WEIGHT ? 0 : 1) - abc.theta()
        : optimizer.growth(role) - (abc.a() + abc.c());
  }

  /**
   * The exponents of a rule under a parameterisation. The two need not agree: a rule trained with
   * the learning rates of another has exponents too.
   *
   * @param bias whether layers have biases
   * @param layers L, at least 2
   */
  public static ExpectedExponents of(
      Parameterization parameterization, LearningRule rule, boolean bias, int layers) {
    return new ExpectedExponents(
        parameterization, parameterization.optimizer(), rule, bias, layers);
  }

  /** Power in the relative change of e_L by the relaxation; above 0 there is no limit. */
  public double relaxation() {
    return 1 + forward + error;
  }

  /**
   * What is expected of a quantity.
   *
   * @param quantity without its layer: {@code dh}, {@code WLdH}, …
   * @param layer l where the quantity has one; of no effect otherwise
   * @throws IllegalArgumentException if there is no such quantity
   */
  public Expectation of(String quantity, int layer) {
    return switch (quantity) {
      case "h" -> judged(0);
      case "f" ->
          new Expectation(
              forward + HALF, "a sum of random terms: its spread over seeds hides the slope");
      case "e", "dv" -> judged(error);
      case "deL" -> judged(relaxation());
      case "dh" -> judged(features(layer));
      case "dWh" -> judged(layer == 1 ? first : hidden);
      case "db" -> judged(hiddenBias);
      case "WLdH" -> throughLastWeight(throughFeatures());
      case "dWLH" ->
          growingPrecision
              ? new Expectation(
                  output, "e_L is what two terms of order 1 leave, and converges too late")
              : judged(output);
      case "df" -> outputs();
      case "omega" -> throughLastWeight(alignment);
      case "dK" -> kernel();
      default -> throw new IllegalArgumentException("no such quantity: " + quantity);
    };
  }

  private Expectation throughLastWeight(double exponent) {
    return alignment == 1
        ? judged(exponent)
        : new Expectation(
            exponent, "a sum of independent terms: its spread over seeds hides the slope");
  }

  private double features(int layer) {
    double input = bias ? Math.max(first, hiddenBias) : first;
    return layer == 1 ? input : Math.max(input, hidden);
  }

  private double throughFeatures() {
    return alignment + forward + features(layers - 1);
  }

  private Expectation outputs() {
    double largest =
        Math.max(Math.max(throughFeatures(), output), bias ? outputBias : Double.NEGATIVE_INFINITY);
    // Independent terms begin large, for they lack the factor √M that aligned ones have to gain.
    return alignment != 1 && throughFeatures() < largest
        ? new Expectation(largest, DIFFERENT_POWERS)
        : judged(largest);
  }

  private Expectation kernel() {
    double move = features(layers - 1);
    double linear = motion == ActivityMotion.ACROSS ? move - HALF : move;
    double square = 2 * move;
    if (motion == ActivityMotion.CONTRASTED) {
      return new Expectation(
          Math.max(linear, square),
          "positive rows raise activities and negative rows lower them: it is what they leave");
    }
    return linear == square
        ? judged(square)
        : new Expectation(Math.max(linear, square), DIFFERENT_POWERS);
  }

  private static Expectation judged(double exponent) {
    // Adding zero turns -0.0 into 0.0.
    return new Expectation(exponent + 0.0, null);
  }
}
