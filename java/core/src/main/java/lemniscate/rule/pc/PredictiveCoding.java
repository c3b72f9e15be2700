package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import lemniscate.backend.Loss;
import lemniscate.config.BadInputException;
import lemniscate.mup.AbcExponents;
import lemniscate.mup.CreditRule;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.ScalingTable;
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
 * @param update what the weights learn from
 * @param nudge how far the output is drawn
 */
public record PredictiveCoding(
    Inference inference,
    Precisions precisions,
    double gammaExponent,
    double gammaDepthExponent,
    Weighting weighting,
    Convention convention,
    boolean energyTrace,
    WeightUpdate update,
    Nudge nudge)
    implements LearningRule {

  /** Name in configurations. */
  public static final String NAME = "pc";

  /** Checks that the inference scheme and the precisions go together. */
  public PredictiveCoding {
    boolean unitPrecisions =
        inference instanceof Inference.ZeroDivergence || inference instanceof Inference.DirectStart;
    if (unitPrecisions
        && !(precisions.areUnit() && gammaExponent == 0 && gammaDepthExponent == 0)) {
      throw new BadInputException(
          "pc.scheme "
              + inference.configName()
              + " needs all precisions 1, pc.gammaExponent 0 and pc.gammaDepthExponent 0;"
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
    if (inference instanceof Inference.DirectStart && convention == Convention.A) {
      throw new BadInputException(
          "pc.convention a with pc.scheme dkp: its maps bring errors to activities, and states must"
              + " be these; use pc.convention b");
    }
    boolean settles =
        inference instanceof Inference.Jacobi
            || inference instanceof Inference.Sequential
            || inference instanceof Inference.Equilibrium;
    if (update == WeightUpdate.FORWARD && !settles) {
      throw new BadInputException(
          "pc.update forward with pc.scheme "
              + inference.configName()
              + ": it learns from how far states have moved, and does so with pc.scheme si, jacobi"
              + " or equilibrium; use one of them");
    }
    if (!nudge.isNone() && !settles && !(inference instanceof Inference.FixedPrediction)) {
      throw new BadInputException(
          "pc.nudge "
              + nudge.form().configName()
              + " with pc.scheme "
              + inference.configName()
              + ": the output is nudged with pc.scheme fpa, si, jacobi or equilibrium; use one of"
              + " them");
    }
  }

  /** Without nudging, weights learning from errors at the settled states. */
  public PredictiveCoding(
      Inference inference,
      Precisions precisions,
      double gammaExponent,
      double gammaDepthExponent,
      Weighting weighting,
      Convention convention,
      boolean energyTrace) {
    this(
        inference,
        precisions,
        gammaExponent,
        gammaDepthExponent,
        weighting,
        convention,
        energyTrace,
        WeightUpdate.SETTLED,
        Nudge.NONE);
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

  /** What a copy may change. */
  private static final class Parts {
    private Precisions precisions;
    private double gammaExponent;
    private double gammaDepthExponent;
    private Weighting weighting;
    private Convention convention;
    private boolean energyTrace;
    private WeightUpdate update;
    private Nudge nudge;

    Parts(PredictiveCoding of) {
      precisions = of.precisions;
      gammaExponent = of.gammaExponent;
      gammaDepthExponent = of.gammaDepthExponent;
      weighting = of.weighting;
      convention = of.convention;
      energyTrace = of.energyTrace;
      update = of.update;
      nudge = of.nudge;
    }
  }

  private PredictiveCoding with(Consumer<Parts> change) {
    Parts to = new Parts(this);
    change.accept(to);
    return new PredictiveCoding(
        inference,
        to.precisions,
        to.gammaExponent,
        to.gammaDepthExponent,
        to.weighting,
        to.convention,
        to.energyTrace,
        to.update,
        to.nudge);
  }

  /** The same with other precisions. */
  public PredictiveCoding withPrecisions(Precisions other) {
    return with(parts -> parts.precisions = other);
  }

  /** The same with another exponent of the last layer's precision. */
  public PredictiveCoding withGammaExponent(double other) {
    return with(parts -> parts.gammaExponent = other);
  }

  /** The same with another depth exponent of the last layer's precision. */
  public PredictiveCoding withGammaDepthExponent(double other) {
    return with(parts -> parts.gammaDepthExponent = other);
  }

  /** The same with another weighting of the gradients. */
  public PredictiveCoding withWeighting(Weighting other) {
    return with(parts -> parts.weighting = other);
  }

  /** The same in another convention. */
  public PredictiveCoding withConvention(Convention other) {
    return with(parts -> parts.convention = other);
  }

  /** The same, keeping the free energy of every inference step. */
  public PredictiveCoding withEnergyTrace() {
    return with(parts -> parts.energyTrace = true);
  }

  /** The same with another update of the weights. */
  public PredictiveCoding withUpdate(WeightUpdate other) {
    return with(parts -> parts.update = other);
  }

  /** The same with another nudging. */
  public PredictiveCoding withNudge(Nudge other) {
    return with(parts -> parts.nudge = other);
  }

  /** Whether the error of the feed-forward pass is needed after states have moved. */
  boolean keepsFreeError() {
    return update == WeightUpdate.FORWARD
        || inference instanceof Inference.DirectStart
        || nudge.form() == Nudge.Form.CLAMPED
        || nudge.phases() > 1;
  }

  /** Whether weights learn from sums of the errors below, as relaxed states have moved by them. */
  private boolean learnsFromSums() {
    boolean constant =
        inference instanceof Inference.Equilibrium
            || inference instanceof Inference.Jacobi jacobi
                && jacobi.schedule().equals(PrecisionSchedule.CONSTANT);
    return update == WeightUpdate.FORWARD && constant;
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
      case Inference.FixedPrediction _,
          Inference.ZeroDivergence _,
          Inference.Incremental _,
          Inference.DirectStart _ ->
          false;
    };
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public CreditRule creditRule() {
    if (inference instanceof Inference.DirectStart) {
      // Credit comes through maps that nothing keeps as small as the last weight under μP.
      return new CreditRule.TargetPropagation();
    }
    return new CreditRule.PredictiveCoding(
        gammaExponent, gammaDepthExponent, weighting, learnsFromSums());
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
      case Inference.FixedPrediction _, Inference.ZeroDivergence _, Inference.DirectStart _ ->
          StateDynamics.FIXED_PREDICTION;
      case Inference.Incremental _ -> StateDynamics.INCREMENTAL;
      default -> StateDynamics.RELAXED;
    };
  }

  @Override
  public List<String> check(NetworkSpec network) {
    List<String> warnings = new ArrayList<>(LearningRule.super.check(network));
    if (inference instanceof Inference.Jacobi jacobi) {
      warnings.addAll(turnedSigns(jacobi, network));
    }
    precisions.requireFor(network.layers() - 1);
    if (convention == Convention.A) {
      network.requireWeightMatrices(
          1,
          "pc.convention a has its states before the activation that ends a unit, and that of this"
              + " one may lie inside; use pc.convention b.");
    }
    return warnings;
  }

  // A pulse leaves a unit with the factor r it came by times f_j, whose sign turns where r > 1.
  private static List<String> turnedSigns(Inference.Jacobi jacobi, NetworkSpec network) {
    if (jacobi.schedule().equals(PrecisionSchedule.CONSTANT)) {
      return List.of();
    }
    Momentum momentum = jacobi.momentum();
    double coefficient = momentum.coefficient(network);
    boolean nesterov = momentum.form() == Momentum.Form.NESTEROV;
    double factor = jacobi.rate() * (nesterov ? 1 + coefficient : 1);
    if (factor <= 1) {
      return List.of();
    }
    return List.of(
        ("pc.rate %s%s is %s > 1 with pc.precision %s: units that an error passed long ago learn"
                + " with the wrong sign. Use a rate of at most %s.")
            .formatted(
                jacobi.rate(),
                nesterov ? " times 1 + pc.momentum" : "",
                (float) factor,
                jacobi.schedule().configName(),
                (float) (jacobi.rate() / factor)));
  }

  /** Errors shrink during a relaxation; where a rule updates T times a batch, each gets a T-th. */
  @Override
  public double usualLearningRate(TrainingSetting setting) {
    return switch (inference) {
      case Inference.FixedPrediction _, Inference.ZeroDivergence _ ->
          LearningRule.super.usualLearningRate(setting);
      case Inference.DirectStart _ ->
          setting.usualRate(
              TrainingSetting.SGD_BACKPROPAGATION_MSE, TrainingSetting.ADAM_FIXED_FEEDBACK);
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
  public boolean losesCredit(int units) {
    return ErrorReach.losesCredit(inference, units);
  }

  @Override
  public Optional<String> creditRemedy(int units) {
    return ErrorReach.remedy(inference, units);
  }

  @Override
  public void checkMeasurable(Parameterization claimed, int depth) {
    if (inference instanceof Inference.Incremental) {
      throw new BadInputException(
          "pc.scheme ipc: its weights learn at every step of the relaxation, from states that"
              + " persist, so the exponents of a training step do not hold for it; check si,"
              + " jacobi, fpa, zil or equilibrium.");
    }
    if (inference instanceof Inference.DirectStart direct && direct.mapScale() == 0) {
      throw new BadInputException(
          "pc.dkpScale 0 with pc.scheme dkp: maps that start at 0 carry nothing down in the first"
              + " step, and nothing has a slope there; leave pc.dkpScale out.");
    }
    int reach = ErrorReach.layers(inference, depth);
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
    if (inference.measuresRate()) {
      throw new BadInputException(
          (inference instanceof Inference.AugmentedLagrangian ? "pc.almRate" : "pc.rate")
              + " is auto, whose measurement takes time now and then; give a number.");
    }
  }

  @Override
  public boolean errorsAreMoves() {
    return inference instanceof Inference.DirectStart;
  }

  /** Independent directions but where maps start at 0 and follow the stream that units share. */
  @Override
  public boolean branchesMoveAlike() {
    return !(inference instanceof Inference.DirectStart direct) || direct.mapScale() == 0;
  }

  @Override
  public List<ScalingTable.FeedbackRow> feedbackRows(
      Parameterization parameterization, NetworkSpec network) {
    return inference instanceof Inference.DirectStart direct
        ? DirectFeedback.rows(direct, parameterization, network)
        : List.of();
  }

  @Override
  public RuleStep prepare(RuleContext context) {
    return bind(context);
  }

  /** Without what earlier rules did not know, where it is as they were: checkpoints name theirs. */
  @Override
  public String toString() {
    return "PredictiveCoding[inference=%s, precisions=%s, gammaExponent=%s, %sweighting=%s, convention=%s, energyTrace=%s%s%s]"
        .formatted(
            inference,
            precisions,
            gammaExponent,
            gammaDepthExponent == 0 ? "" : "gammaDepthExponent=" + gammaDepthExponent + ", ",
            weighting,
            convention,
            energyTrace,
            update == WeightUpdate.SETTLED ? "" : ", update=" + update,
            nudge.isNone() ? "" : ", nudge=" + nudge);
  }

  /** Refuses targets between the output and labels where outputs are no probabilities. */
  void requireLoss(String loss) {
    if (nudge.form() == Nudge.Form.CLAMPED && !loss.equals(Loss.MSE.configName())) {
      throw new BadInputException(
          "pc.nudge clamped with loss "
              + loss
              + ": f + β (y − f) is no label, as f are logits; use pc.nudge weak, or loss mse");
    }
  }

  /** As {@link #prepare}, with access to states and errors. */
  public PcStep bind(RuleContext context) {
    precisions.requireFor(context.network().spec().layers() - 1);
    requireLoss(context.loss().configName());
    return new PcStep(this, context);
  }
}
