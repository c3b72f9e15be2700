package lemniscate.rule.feedback;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Loss;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.FeedbackLearning;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.mup.FeedbackRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.ScalingTable;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TrainingSetting;

/**
 * Backpropagation with fixed random weights in the place of transposed ones. With e_L = −∂loss/∂f
 * and δ_L = e_L:
 *
 * <ul>
 *   <li>{@code fa}: δ_l = (δ_{l+1} ∘ φ′(u_{l+1})) B_{l+1}ᵀ (Lillicrap et al., arXiv 1411.0247);
 *   <li>{@code dfa}: δ_l = e_L B_lᵀ (Nøkland, arXiv 1609.01596);
 *   <li>{@code drtp}: δ_l = y B_lᵀ (Frenkel, Lefebvre and Bol, arXiv 1909.01311).
 * </ul>
 *
 * <p>Gradients are those of backpropagation with these δ_l. A map B from n outputs or units starts
 * with entries N(0, σ²/n) and never moves, so that δ_l is of order 1 at every width.
 *
 * @param route what travels through the weights, and where to
 * @param scale σ, positive
 */
public record FeedbackAlignment(FeedbackRoute route, double scale) implements LearningRule {

  private static final double UNBOUNDED_SGD_MSE = 0.02;
  private static final double UNBOUNDED_ADAM_MSE = 0.0001;
  private static final double UNBOUNDED_TARGETS_SGD = 0.003;

  /** Checks the scale. */
  public FeedbackAlignment {
    if (!(scale > 0) || Double.isInfinite(scale)) {
      throw new BadInputException(
          "feedback.scale " + scale + ": expected a positive number; 1 is the usual one.");
    }
  }

  @Override
  public String name() {
    return route.ruleName();
  }

  /** Targets that do not come through the weights: the exponents of target propagation. */
  @Override
  public CreditRule creditRule() {
    return new CreditRule.TargetPropagation();
  }

  @Override
  public List<String> check(NetworkSpec network) {
    LearningRule.super.check(network);
    if (!route.isDirect()) {
      network.requireWeightMatrices(
          2, "the fixed weights of rule fa have the shape of its transpose; use rule dfa, or bp.");
    }
    if (route == FeedbackRoute.DIRECT_TARGET && !network.activation(1).isBounded()) {
      return List.of(
          "rule drtp with net.activation "
              + network.activation(1).configName()
              + ": hidden errors do not vanish when the task is learned, so unbounded activities"
              + " grow until the run diverges; tanh or sigmoid bound them.");
    }
    return List.of();
  }

  /**
   * As backpropagation under SGD, more with Adam; less where units have no bound, under the squared
   * error and with targets.
   */
  @Override
  public double usualLearningRate(TrainingSetting setting) {
    if (setting.activation().isBounded()) {
      return setting.usualRate(
          TrainingSetting.SGD_BACKPROPAGATION_MSE, TrainingSetting.ADAM_FIXED_FEEDBACK);
    }
    boolean squared = setting.loss() == Loss.MSE;
    boolean targets = route == FeedbackRoute.DIRECT_TARGET;
    double descent =
        targets ? UNBOUNDED_TARGETS_SGD : squared ? UNBOUNDED_SGD_MSE : TrainingSetting.SGD;
    return setting.rate(
        descent,
        descent * TrainingSetting.MOMENTUM / TrainingSetting.SGD,
        squared ? UNBOUNDED_ADAM_MSE : TrainingSetting.ADAM_FIXED_FEEDBACK);
  }

  /**
   * The usual σ: 1, or a tenth where activities have no bound, as nothing brings a growing unit
   * back before its outgoing weights have aligned.
   */
  public static double usualScale(Activation activation) {
    return activation.isBounded() ? 1 : 0.1;
  }

  @Override
  public List<ScalingTable.FeedbackRow> feedbackRows(
      Parameterization parameterization, NetworkSpec network) {
    List<Integer> widths = network.widths();
    List<ScalingTable.FeedbackRow> rows = new ArrayList<>();
    FeedbackParameterization scaling = scaling(parameterization);
    for (int l = 1; l < widths.size() - 1; l++) {
      FeedbackRole role = role(l, widths);
      rows.add(
          new ScalingTable.FeedbackRow(
              mapName(l) + ".weight",
              role,
              List.of(widths.get(l), fanIn(l, widths)),
              scaling.exponents(role),
              scaling.scaling(role, network.size(), fanIn(l, widths), scale),
              0));
    }
    return rows;
  }

  @Override
  public FeedbackStep prepare(RuleContext context) {
    return new FeedbackStep(this, context);
  }

  /** The width scaling of the maps. */
  static FeedbackParameterization scaling(Parameterization forward) {
    return new FeedbackParameterization(forward, FeedbackLearning.FIXED, StepClass.SGD_LIKE);
  }

  /** Place of the map that reaches layer l. */
  FeedbackRole role(int l, List<Integer> widths) {
    if (route.isDirect()) {
      return FeedbackRole.DIRECT;
    }
    return l == widths.size() - 2 ? FeedbackRole.TOP : FeedbackRole.HIDDEN;
  }

  /** Inputs of the map that reaches layer l. */
  int fanIn(int l, List<Integer> widths) {
    return route.isDirect() ? widths.getLast() : widths.get(l + 1);
  }

  /** A map between neighbours has the number of the layer that it starts from, as W_l has. */
  String mapName(int l) {
    return route.isDirect() ? "direct" + l : "feedback" + (l + 1);
  }
}
