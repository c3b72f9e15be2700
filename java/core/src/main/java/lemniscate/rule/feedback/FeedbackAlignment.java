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
import lemniscate.mup.ParameterScaling;
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
 * <p>By its {@link FeedbackMode} a map learns, or has the signs of the weights, instead. It then
 * has the shape of its weight and starts with that one's deviation times σ, and the exponents are
 * those of backpropagation. A direct map that learns starts with σ times the deviation of the last
 * weight, usually at 0.
 *
 * @param route what travels through the weights, and where to
 * @param scale σ, positive; 0 for direct maps that learn from 0
 * @param sharedMaps whether the units of a residual stream share a direct map
 * @param mode where the maps come from
 * @param rate learning rate of direct maps that learn over that of the last weight, positive
 */
public record FeedbackAlignment(
    FeedbackRoute route, double scale, boolean sharedMaps, FeedbackMode mode, double rate)
    implements LearningRule {

  private static final double UNBOUNDED_SGD_MSE = 0.02;
  private static final double UNBOUNDED_ADAM_MSE = 0.0001;
  private static final double UNBOUNDED_TARGETS_SGD = 0.003;

  /** With maps shared as usual. */
  public FeedbackAlignment(FeedbackRoute route, double scale) {
    this(route, scale, usuallyShared(route));
  }

  /** With fixed maps. */
  public FeedbackAlignment(FeedbackRoute route, double scale, boolean sharedMaps) {
    this(route, scale, sharedMaps, FeedbackMode.FIXED, 1);
  }

  /** With maps of another kind, at their usual scale. */
  public static FeedbackAlignment of(FeedbackRoute route, FeedbackMode mode) {
    boolean fromZero = route.isDirect() && mode == FeedbackMode.KOLEN_POLLACK;
    boolean shared = mode == FeedbackMode.FIXED && usuallyShared(route);
    return new FeedbackAlignment(route, fromZero ? 0 : 1, shared, mode, 1);
  }

  /**
   * Checks that the parts go together.
   *
   * @throws BadInputException if not
   */
  public FeedbackAlignment {
    checkMode(route, mode);
    if (sharedMaps && learnsDirectly(route, mode)) {
      throw new BadInputException(
          "feedback.sharedMaps true with feedback.mode kolen-pollack: a direct map learns from the"
              + " activities of its own unit; leave feedback.sharedMaps out.");
    }
    if (rate != 1 && !learnsDirectly(route, mode)) {
      throw new BadInputException(
          "feedback.rate "
              + rate
              + " with rule "
              + route.ruleName()
              + " and feedback.mode "
              + mode.configName()
              + ": only the direct maps of rule dfa with feedback.mode kolen-pollack have a learning"
              + " rate of their own; layer by layer a map takes the very steps of its weight, or the"
              + " two would not become equal. Leave feedback.rate out.");
    }
    if (!(scale > 0 || scale == 0 && learnsDirectly(route, mode)) || Double.isInfinite(scale)) {
      throw new BadInputException(
          "feedback.scale " + scale + ": expected a positive number; 1 is the usual one.");
    }
  }

  private static void checkMode(FeedbackRoute route, FeedbackMode mode) {
    String remedy =
        switch (route) {
          case LAYERWISE -> "";
          case DIRECT ->
              mode.copiesSigns()
                  ? "a direct map has no weight whose signs it could have. Use rule fa, or"
                      + " kolen-pollack."
                  : "";
          case DIRECT_TARGET ->
              mode != FeedbackMode.FIXED
                  ? "targets do not shrink as the task is learned, so nothing brings what learns"
                      + " from them to the weights. Use rule dfa or fa."
                  : "";
        };
    if (!remedy.isEmpty()) {
      throw new BadInputException(
          "feedback.mode %s with rule %s: %s"
              .formatted(mode.configName(), route.ruleName(), remedy));
    }
  }

  private static boolean learnsDirectly(FeedbackRoute route, FeedbackMode mode) {
    return route == FeedbackRoute.DIRECT && mode == FeedbackMode.KOLEN_POLLACK;
  }

  @Override
  public String name() {
    return route.ruleName();
  }

  /** Targets that do not come through the weights have the exponents of target propagation. */
  @Override
  public CreditRule creditRule() {
    return switch (mode) {
      case FIXED -> new CreditRule.TargetPropagation();
      case KOLEN_POLLACK -> new CreditRule.LearnedFeedback();
      case UNIFORM_SIGNS, FIXED_MAGNITUDES, DRAWN_MAGNITUDES -> new CreditRule.BackPropagation();
    };
  }

  /** The first step of maps that start at 0 moves nothing below the last unit. */
  @Override
  public void checkMeasurable(Parameterization claimed, int depth) {
    if (scale == 0) {
      throw new BadInputException(
          "feedback.scale unset with rule dfa and feedback.mode kolen-pollack: maps that start at 0"
              + " carry nothing down in the first step, and nothing has a slope there; give"
              + " feedback.scale 1, with which they start as large as the last weight.");
    }
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
   * As backpropagation under SGD, of fixed maps more with Adam; less where units have no bound,
   * under the squared error and with targets.
   */
  @Override
  public double usualLearningRate(TrainingSetting setting) {
    if (mode != FeedbackMode.FIXED) {
      return LearningRule.super.usualLearningRate(setting);
    }
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
  public boolean alignsWhileTraining() {
    return mode == FeedbackMode.FIXED || mode == FeedbackMode.KOLEN_POLLACK;
  }

  @Override
  public boolean branchesMoveAlike() {
    // Maps that learn from 0 follow the stream, which their units share.
    return !route.isDirect() || sharedMaps || learnsDirectly(route, mode) && scale == 0;
  }

  @Override
  public List<ScalingTable.FeedbackRow> feedbackRows(
      Parameterization parameterization, NetworkSpec network) {
    if (mode != FeedbackMode.FIXED) {
      return maps(network).stream().map(map -> movingRow(parameterization, network, map)).toList();
    }
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

  // As the weight that it follows; a direct map as the last one.
  private ScalingTable.FeedbackRow movingRow(
      Parameterization parameterization, NetworkSpec network, FeedbackMap map) {
    ParameterSpec weight = weightOf(network, map);
    ParameterScaling scaling =
        parameterization.scaling(weight.role(), weight.branch(), network.size(), weight.fanIn());
    return new ScalingTable.FeedbackRow(
        map.name(),
        map.role(),
        map.extents(),
        parameterization.exponents(weight.role()),
        started(scaling),
        0);
  }

  private ParameterSpec weightOf(NetworkSpec network, FeedbackMap map) {
    return route.isDirect()
        ? weights(network, network.layers()).getLast()
        : weights(network, map.layer() + 1).stream()
            .filter(weight -> map.name().endsWith((map.layer() + 1) + "." + weight.name()))
            .findFirst()
            .orElseThrow();
  }

  private static List<ParameterSpec> weights(NetworkSpec network, int unit) {
    return network.parameters(unit).stream().filter(parameter -> !parameter.isVector()).toList();
  }

  /** The scaling of a weight for a map that starts σ times as large. */
  ParameterScaling started(ParameterScaling weight) {
    return new ParameterScaling(
        weight.multiplier(),
        scale * weight.initStd(),
        rate * weight.learningRateFactor(),
        weight.epsilonFactor(),
        weight.weightDecayFactor());
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
    List<ParameterSpec> weights = weights(network, unit);
    for (int k = 0; k < weights.size(); k++) {
      ParameterSpec weight = weights.get(k);
      String name = "feedback" + unit + "." + weight.name();
      // Further ones of a unit take streams from L on, as weights do.
      long stream = below + (long) k * network.layers();
      FeedbackRole role = weight.outputsGrow() ? FeedbackRole.HIDDEN : FeedbackRole.TOP;
      int outputs = weight.extents().getFirst();
      if (network.unit(unit).hasWeightMatrix() && mode == FeedbackMode.FIXED) {
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
