package lemniscate.rule.pc;

import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.StateDynamics;
import lemniscate.mup.Weighting;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;

/**
 * Predictive coding: states v_l descend the free energy F = Σ_b [Σ_{l&lt;L} γ_l/2 ‖e_l‖² + γ_L
 * loss(f(v_{L−1}), y)], e_l = v_l − μ_l, from the feed-forward pass; then each layer's weights
 * descend their own term (Rao and Ballard 1999; Whittington and Bogacz 2017; width scaling:
 * Ishikawa, Yokota and Karakida, arXiv 2411.02001).
 *
 * @param inference how the states are relaxed
 * @param precisions γ_1 … γ_{L−1} and γ′_L
 * @param gammaExponent γ̄_L in γ_L = γ′_L m^−γ̄_L
 * @param weighting whether a layer's gradient carries its precision
 * @param convention where the states live
 * @param energyTrace whether F is kept for every inference step (costs extra passes)
 */
public record PredictiveCoding(
    Inference inference,
    Precisions precisions,
    double gammaExponent,
    Weighting weighting,
    Convention convention,
    boolean energyTrace)
    implements LearningRule {

  /** Name in configurations. */
  public static final String NAME = "pc";

  /** Checks that the inference scheme and the precisions go together. */
  public PredictiveCoding {
    if (inference instanceof Inference.ZeroDivergence
        && !(precisions.areUnit() && gammaExponent == 0)) {
      throw new BadInputException(
          "pc.scheme zil needs all precisions 1 and pc.gammaExponent 0; got pc.gamma "
              + precisions.hidden()
              + ", pc.gammaLast "
              + precisions.last()
              + ", pc.gammaExponent "
              + gammaExponent
              + ". Use fpa, si, jacobi or equilibrium for other precisions");
    }
  }

  /** Unit precisions, unweighted gradients, convention B. */
  public static PredictiveCoding of(Inference inference) {
    return new PredictiveCoding(
        inference, Precisions.UNIT, 0, Weighting.UNWEIGHTED, Convention.B, false);
  }

  /** T synchronous steps of the given rate. */
  public static PredictiveCoding jacobi(int steps, double rate) {
    return of(new Inference.Jacobi(steps, rate));
  }

  /** The same with other precisions. */
  public PredictiveCoding withPrecisions(Precisions other) {
    return new PredictiveCoding(
        inference, other, gammaExponent, weighting, convention, energyTrace);
  }

  /** The same with another exponent of the last layer's precision. */
  public PredictiveCoding withGammaExponent(double other) {
    return new PredictiveCoding(inference, precisions, other, weighting, convention, energyTrace);
  }

  /** The same with another weighting of the gradients. */
  public PredictiveCoding withWeighting(Weighting other) {
    return new PredictiveCoding(
        inference, precisions, gammaExponent, other, convention, energyTrace);
  }

  /** The same in another convention. */
  public PredictiveCoding withConvention(Convention other) {
    return new PredictiveCoding(
        inference, precisions, gammaExponent, weighting, other, energyTrace);
  }

  /** The same, keeping the free energy of every inference step. */
  public PredictiveCoding withEnergyTrace() {
    return new PredictiveCoding(inference, precisions, gammaExponent, weighting, convention, true);
  }

  /** Whether the scheme moves states away from the feed-forward pass and keeps them. */
  public boolean relaxesStates() {
    return switch (inference) {
      case Inference.Jacobi _, Inference.Sequential _, Inference.Equilibrium _ -> true;
      case Inference.FixedPrediction _, Inference.ZeroDivergence _, Inference.Incremental _ ->
          false;
    };
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public CreditRule creditRule() {
    return new CreditRule.PredictiveCoding(gammaExponent, weighting);
  }

  @Override
  public List<String> check(Parameterization parameterization) {
    return parameterization.admissibility(
        switch (inference) {
          case Inference.FixedPrediction _, Inference.ZeroDivergence _ ->
              StateDynamics.FIXED_PREDICTION;
          case Inference.Incremental _ -> StateDynamics.INCREMENTAL;
          default -> StateDynamics.RELAXED;
        });
  }

  @Override
  public RuleStep prepare(RuleContext context) {
    return bind(context);
  }

  /** As {@link #prepare}, with access to states and errors. */
  public PcStep bind(RuleContext context) {
    precisions.requireFor(context.network().spec().layers() - 1);
    return new PcStep(this, context);
  }
}
