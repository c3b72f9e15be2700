package lemniscate.rule.pc;

import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.mup.AbcExponents;
import lemniscate.mup.CreditRule;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Size;
import lemniscate.mup.StateDynamics;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.rule.TrainingSetting;

/**
 * Predictive coding: states v_l descend the free energy F = Σ_b [Σ_{l&lt;L} γ_l/2 ‖e_l‖² + γ_L
 * loss(f(v_{L−1}), y)], e_l = v_l − μ_l, from the feed-forward pass; then each layer's weights
 * descend their own term (Rao and Ballard 1999; Whittington and Bogacz 2017; width scaling:
 * Ishikawa, Yokota and Karakida, arXiv 2411.02001).
 *
 * @param inference how the states are relaxed
 * @param precisions γ_1 … γ_{L−1} and γ′_L
 * @param gammaExponent γ̄_L in γ_L = γ′_L m^−γ̄_L D^−γ̄_D, with D residual additions
 * @param gammaDepthExponent γ̄_D
 * @param weighting whether a layer's gradient carries its precision
 * @param convention where the states live
 * @param energyTrace whether F is kept for every inference step (costs extra passes)
 */
public record PredictiveCoding(
    Inference inference,
    Precisions precisions,
    double gammaExponent,
    double gammaDepthExponent,
    Weighting weighting,
    Convention convention,
    boolean energyTrace)
    implements LearningRule {

  /** Name in configurations. */
  public static final String NAME = "pc";

  /** Checks that the inference scheme and the precisions go together. */
  public PredictiveCoding {
    if (inference instanceof Inference.ZeroDivergence
        && !(precisions.areUnit() && gammaExponent == 0 && gammaDepthExponent == 0)) {
      throw new BadInputException(
          "pc.scheme zil needs all precisions 1, pc.gammaExponent 0 and pc.gammaDepthExponent 0;"
              + " got pc.gamma "
              + precisions.hidden()
              + ", pc.gammaLast "
              + precisions.last()
              + ", pc.gammaExponent "
              + gammaExponent
              + ", pc.gammaDepthExponent "
              + gammaDepthExponent
              + ". Use fpa, si, jacobi or equilibrium for other precisions");
    }
  }

  /** Unit precisions, unweighted gradients, convention B. */
  public static PredictiveCoding of(Inference inference) {
    return new PredictiveCoding(
        inference, Precisions.UNIT, 0, 0, Weighting.UNWEIGHTED, Convention.B, false);
  }

  /** T synchronous steps of the given rate. */
  public static PredictiveCoding jacobi(int steps, double rate) {
    return of(new Inference.Jacobi(steps, rate));
  }

  /** The same with other precisions. */
  public PredictiveCoding withPrecisions(Precisions other) {
    return new PredictiveCoding(
        inference, other, gammaExponent, gammaDepthExponent, weighting, convention, energyTrace);
  }

  /** The same with another exponent of the last layer's precision. */
  public PredictiveCoding withGammaExponent(double other) {
    return new PredictiveCoding(
        inference, precisions, other, gammaDepthExponent, weighting, convention, energyTrace);
  }

  /** The same with another depth exponent of the last layer's precision. */
  public PredictiveCoding withGammaDepthExponent(double other) {
    return new PredictiveCoding(
        inference, precisions, gammaExponent, other, weighting, convention, energyTrace);
  }

  /** The same with another weighting of the gradients. */
  public PredictiveCoding withWeighting(Weighting other) {
    return new PredictiveCoding(
        inference, precisions, gammaExponent, gammaDepthExponent, other, convention, energyTrace);
  }

  /** The same in another convention. */
  public PredictiveCoding withConvention(Convention other) {
    return new PredictiveCoding(
        inference, precisions, gammaExponent, gammaDepthExponent, weighting, other, energyTrace);
  }

  /** The same, keeping the free energy of every inference step. */
  public PredictiveCoding withEnergyTrace() {
    return new PredictiveCoding(
        inference, precisions, gammaExponent, gammaDepthExponent, weighting, convention, true);
  }

  @Override
  public boolean relaxesStates() {
    return switch (inference) {
      case Inference.Jacobi _,
          Inference.Sequential _,
          Inference.Equilibrium _,
          Inference.Errors _,
          Inference.AugmentedLagrangian _ ->
          true;
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
    return new CreditRule.PredictiveCoding(gammaExponent, gammaDepthExponent, weighting);
  }

  @Override
  public List<String> check(Parameterization parameterization) {
    return parameterization.admissibility(dynamics());
  }

  @Override
  public List<String> check(Parameterization parameterization, Size size) {
    return parameterization.admissibility(dynamics(), size);
  }

  private StateDynamics dynamics() {
    return switch (inference) {
      case Inference.FixedPrediction _, Inference.ZeroDivergence _ ->
          StateDynamics.FIXED_PREDICTION;
      case Inference.Incremental _ -> StateDynamics.INCREMENTAL;
      default -> StateDynamics.RELAXED;
    };
  }

  @Override
  public List<String> check(NetworkSpec network) {
    List<String> warnings = LearningRule.super.check(network);
    precisions.requireFor(network.layers() - 1);
    if (convention == Convention.A) {
      network.requireWeightMatrices(
          1,
          "pc.convention a has its states before the activation that ends a unit, and that of this"
              + " one may lie inside; use pc.convention b.");
    }
    return warnings;
  }

  /** Errors shrink during a relaxation; where a rule updates T times a batch, each gets a T-th. */
  @Override
  public double usualLearningRate(TrainingSetting setting) {
    return switch (inference) {
      case Inference.FixedPrediction _, Inference.ZeroDivergence _ ->
          LearningRule.super.usualLearningRate(setting);
      case Inference.Incremental incremental ->
          setting.usualRate(TrainingSetting.SGD, TrainingSetting.ADAM) / incremental.steps();
      default -> setting.usualRate(TrainingSetting.SGD, TrainingSetting.ADAM);
    };
  }

  @Override
  public double lastLayerPrecision() {
    return precisions.last();
  }

  @Override
  public int relaxationSteps() {
    return inference instanceof Inference.Jacobi jacobi ? jacobi.steps() : 0;
  }

  @Override
  public void checkMeasurable(Parameterization claimed, int depth) {
    if (inference instanceof Inference.Incremental) {
      throw new BadInputException(
          "pc.scheme ipc: its weights learn at every step of the relaxation, from states that"
              + " persist, so the exponents of a training step do not hold for it; check si,"
              + " jacobi, fpa, zil or equilibrium.");
    }
    // Synchronous steps carry errors down one layer each.
    int reach =
        switch (inference) {
          case Inference.Jacobi jacobi -> jacobi.steps();
          case Inference.AugmentedLagrangian alm
              when alm.order() == Inference.AugmentedLagrangian.Order.JACOBI ->
              alm.stepsFor(depth);
          case Inference.FixedPrediction fixed when !fixed.sweep() -> fixed.steps();
          default -> depth;
        };
    if (reach < depth) {
      throw new BadInputException(
          "pc.steps "
              + reach
              + ": errors move down one layer a step and would not reach the first of "
              + depth
              + " hidden layers; use at least "
              + depth
              + ".");
    }
    AbcExponents out = claimed.exponents(ParameterRole.OUTPUT_WEIGHT);
    double lastWeight = -(out.a() + out.b());
    if (relaxesStates() && 1 + lastWeight + creditRule().hiddenError(lastWeight) > 0) {
      throw new BadInputException(
          "pc.gammaExponent "
              + gammaExponent
              + ": under "
              + claimed.scheme().word()
              + " the relaxation would change the output error by a growing power of the width, so"
              + " there is no exponent to check; use 0 or more, scheme mup, or pc.scheme fpa.");
    }
  }

  @Override
  public void checkTimeable() {
    if (inference instanceof Inference.Equilibrium) {
      throw new BadInputException(
          "pc.scheme is equilibrium, which takes as many steps as the data ask for; time jacobi"
              + " with some pc.steps instead.");
    }
  }

  @Override
  public RuleStep prepare(RuleContext context) {
    return bind(context);
  }

  /** Without a depth exponent of 0: checkpoints name their rule, and the earlier ones know none. */
  @Override
  public String toString() {
    return "PredictiveCoding[inference=%s, precisions=%s, gammaExponent=%s, %sweighting=%s, convention=%s, energyTrace=%s]"
        .formatted(
            inference,
            precisions,
            gammaExponent,
            gammaDepthExponent == 0 ? "" : "gammaDepthExponent=" + gammaDepthExponent + ", ",
            weighting,
            convention,
            energyTrace);
  }

  /** As {@link #prepare}, with access to states and errors. */
  public PcStep bind(RuleContext context) {
    precisions.requireFor(context.network().spec().layers() - 1);
    return new PcStep(this, context);
  }
}
