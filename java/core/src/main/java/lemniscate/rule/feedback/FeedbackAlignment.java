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
import lemniscate.network.ParameterSpec;
import lemniscate.network.UnitSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TrainingSetting;
import lemniscate.tensor.Shape;

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
 * with entries N(0, σ²/n) and never moves, so that δ_l is of order 1 at every width. In a unit of
 * several layers {@code fa} replaces every weight on the way down by a B of its shape, whose n is
 * the number of terms of the transposed product: k² C_out of a convolution. Skips, pools, gains and
 * φ′ stay.
 *
 * <p>The directions that independent maps give to the branches of a residual stream add up to L^−½
 * of what one direction gives, so units that add to the same stream share a map. Not so with
 * targets, which never fade: one direction at every step would have the stream grow until the
 * readout diverges.
 *
 * @param route what travels through the weights, and where to
 * @param scale σ, positive
 * @param sharedMaps whether the units of a residual stream share a direct map
 */
public record FeedbackAlignment(FeedbackRoute route, double scale, boolean sharedMaps)
    implements LearningRule {

  private static final double UNBOUNDED_SGD_MSE = 0.02;
  private static final double UNBOUNDED_ADAM_MSE = 0.0001;
  private static final double UNBOUNDED_TARGETS_SGD = 0.003;

  /** With maps shared as usual. */
  public FeedbackAlignment(FeedbackRoute route, double scale) {
    this(route, scale, usuallyShared(route));
  }

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
    if (route == FeedbackRoute.DIRECT_TARGET) {
      for (int l = 1; l < network.layers(); l++) {
        if (!network.unit(l).isBounded()) {
          return List.of(
              "rule drtp with "
                  + unbounded(l, network.unit(l))
                  + ": hidden errors do not vanish when the task is learned, so unbounded activities"
                  + " grow until the run diverges; "
                  + remedy(network, l));
        }
      }
    }
    return List.of();
  }

  private String remedy(NetworkSpec network, int l) {
    if (!network.unit(l).addsToInput()) {
      return "tanh or sigmoid bound them.";
    }
    return (sharedMaps ? "feedback.sharedMaps false keeps branches from pushing all one way; " : "")
        + "if the loss rises, take a smaller optim.lr.";
  }

  private static String unbounded(int l, UnitSpec unit) {
    return unit.hasWeightMatrix()
        ? "net.activation " + unit.activation().configName()
        : "unit %d of the network (%s)".formatted(l, unit.kind());
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

  /** Whether the units of a stream share a direct map where nothing is said: errors fade. */
  public static boolean usuallyShared(FeedbackRoute route) {
    return route != FeedbackRoute.DIRECT_TARGET;
  }

  @Override
  public boolean branchesMoveAlike() {
    return !route.isDirect() || sharedMaps;
  }

  @Override
  public List<ScalingTable.FeedbackRow> feedbackRows(
      Parameterization parameterization, NetworkSpec network) {
    FeedbackParameterization scaling = scaling(parameterization);
    return maps(network).stream()
        .map(
            map ->
                new ScalingTable.FeedbackRow(
                    map.name(),
                    map.role(),
                    map.extents(),
                    scaling.exponents(map.role()),
                    scaling.scaling(map.role(), network.size(), map.fanIn(), scale),
                    0))
        .toList();
  }

  @Override
  public FeedbackStep prepare(RuleContext context) {
    return new FeedbackStep(this, context);
  }

  /** The width scaling of the maps. */
  static FeedbackParameterization scaling(Parameterization forward) {
    return new FeedbackParameterization(forward, FeedbackLearning.FIXED, StepClass.SGD_LIKE);
  }

  /** All maps, from the input on. */
  List<FeedbackMap> maps(NetworkSpec network) {
    List<FeedbackMap> maps = new ArrayList<>();
    for (int l = 1; l < network.layers(); l++) {
      if (!route.isDirect()) {
        addThrough(maps, network, l + 1);
      } else if (source(network, l) == l) {
        Shape shape = new Shape(network.width(l), network.outputs());
        maps.add(map("direct" + l + ".weight", l, l, FeedbackRole.DIRECT, shape, shape.columns()));
      }
    }
    return maps;
  }

  // A map through a unit has the number of the unit, as its weight has.
  private void addThrough(List<FeedbackMap> maps, NetworkSpec network, int unit) {
    int below = unit - 1;
    List<ParameterSpec> weights =
        network.parameters(unit).stream().filter(parameter -> !parameter.isVector()).toList();
    for (int k = 0; k < weights.size(); k++) {
      ParameterSpec weight = weights.get(k);
      String name = "feedback" + unit + "." + weight.name();
      // Further ones of a unit take streams from L on, as weights do.
      long stream = below + (long) k * network.layers();
      FeedbackRole role = weight.outputsGrow() ? FeedbackRole.HIDDEN : FeedbackRole.TOP;
      int outputs = weight.extents().getFirst();
      if (network.unit(unit).hasWeightMatrix()) {
        Shape transposed = new Shape(weight.fanIn(), outputs);
        maps.add(map(name, below, stream, role, transposed, outputs));
      } else {
        int inputs = weight.extents().getLast();
        int terms = Math.toIntExact(weight.shape().elements() / inputs);
        maps.add(
            new FeedbackMap(name, below, stream, role, weight.extents(), weight.shape(), terms));
      }
    }
  }

  private static FeedbackMap map(
      String name, int layer, long stream, FeedbackRole role, Shape shape, int fanIn) {
    List<Integer> extents = List.of(shape.rows(), shape.columns());
    return new FeedbackMap(name, layer, stream, role, extents, shape, fanIn);
  }

  /** The layer whose direct map layer l has: the lowest of its stream, or itself. */
  int source(NetworkSpec network, int l) {
    int source = l;
    while (sharedMaps && source > 1 && network.unit(source).addsToInput()) {
      source--;
    }
    return source;
  }
}
