package lemniscate.rule.pepita;

import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.mup.AbcExponents;
import lemniscate.mup.CreditRule;
import lemniscate.mup.FeedbackRole;
import lemniscate.mup.ParameterScaling;
import lemniscate.mup.Parameterization;
import lemniscate.mup.ScalingTable;
import lemniscate.network.ActivityNorm;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.ActivityMotion;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TrainingSetting;
import org.jspecify.annotations.Nullable;

/**
 * Learning from two forward passes, the second with the output error added to the input through a
 * matrix F: x̃ = x + s F e with e = f − y (softmax(f) − y under cross-entropy). Activities of the
 * first pass are h_l, of the second h̃_l. No error is carried backwards, and no derivative of an
 * activation is used.
 *
 * <p>In a unit of several layers each weight learns from the difference right behind it, with the
 * activation that follows, as a convolution does from what is in front of its pool. What stands
 * last in the branch of a residual unit learns from the difference of the whole stream, times the
 * multiplier of the branch: differences of branches are random rotations of it, another in every
 * unit, and what is learned from them adds up to L^−½ of what one direction gives.
 *
 * <p>Sources: Dellaferrera and Kreiman, arXiv 2201.11665; Srinivasan et al., arXiv 2302.05440.
 *
 * @param variant which products make an update
 * @param sign s, 1 or −1
 * @param projection F
 * @param dropout probability that a hidden unit is silent in both passes, in [0, 1); the others are
 *     scaled to keep the mean
 * @param signal what of e enters the input
 * @param mirroring how F learns, or null where it is fixed
 */
public record Pepita(
    Variant variant,
    int sign,
    Projection projection,
    double dropout,
    ErrorSignal signal,
    @Nullable Mirroring mirroring)
    implements LearningRule {

  /** Name in configurations. */
  public static final String NAME = "pepita";

  // Its halves are far larger than what they leave; with momentum a half moves less at a time.
  private static final double TIME_LOCAL_SGD = 0.02;
  private static final double TIME_LOCAL_MOMENTUM = 0.003;

  /** With the error itself and a fixed F. */
  public Pepita(Variant variant, int sign, Projection projection, double dropout) {
    this(variant, sign, projection, dropout, ErrorSignal.ERROR, null);
  }

  /** Checks the numbers. */
  public Pepita {
    if (mirroring != null && projection.kind() != Projection.Kind.NORMAL) {
      throw new BadInputException(
          "pepita.projection uniform with weight mirroring: what mirrors a layer is its factor of"
              + " the projection, and a uniform one has no factors; use pepita.projection normal.");
    }
    if (sign != 1 && sign != -1) {
      throw new BadInputException("pepita.sign " + sign + ": expected 1 or -1.");
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new BadInputException(
          "pepita.dropout "
              + dropout
              + ": expected a probability of at least 0 and below 1, such as 0.1; with 1 nothing"
              + " would be left.");
    }
  }

  /** As published: s = −1, uniform F; without dropout. */
  public static Pepita of(Variant variant) {
    Projection projection = new Projection(Projection.Kind.UNIFORM, variant.usualProjection());
    return new Pepita(variant, -1, projection, 0);
  }

  @Override
  public String name() {
    return NAME;
  }

  /**
   * W_1 F and with it every h̃_l − h_l is of order 1 in the width and does not come through the
   * last weight: the exponents of target propagation.
   */
  @Override
  public CreditRule creditRule() {
    return new CreditRule.TargetPropagation();
  }

  @Override
  public List<String> check(Parameterization parameterization) {
    if (variant == Variant.TIME_LOCAL && !parameterization.optimizer().followsSize()) {
      throw new BadInputException(
          "pepita.variant tl with optim.name adam, or another whose steps do not follow the size of"
              + " gradients: its two half-steps nearly cancel, and dividing"
              + " each by its own size would leave noise; use sgd or momentum, or pepita.variant"
              + " hebbian.");
    }
    return List.of();
  }

  @Override
  public boolean takesNorm() {
    return true;
  }

  /** Its errors are as mild as those of a relaxation; the halves of {@code tl} bear far less. */
  @Override
  public double usualLearningRate(TrainingSetting setting) {
    double usual = setting.usualRate(TrainingSetting.SGD, TrainingSetting.ADAM_FIXED_FEEDBACK);
    return variant == Variant.TIME_LOCAL && setting.norm() == ActivityNorm.NONE
        ? setting.rate(TIME_LOCAL_SGD, TIME_LOCAL_MOMENTUM, usual)
        : usual;
  }

  /** D_1 = W_1(x̃ − x) and h_1 = W_1x have the scalar product of x̃ − x and x. */
  @Override
  public ActivityMotion activityMotion() {
    return ActivityMotion.ALONG;
  }

  @Override
  public void checkComparable(boolean inTraining) {
    if (mirroring != null && !inTraining) {
      throw new BadInputException(
          "metrics.angleTo pepita: its projection mirrors the weights in training, and a rule that"
              + " is only compared with does not learn; leave out pepita.mirrorEvery and"
              + " pepita.mirrorWarmupEpochs, or compare with another rule, such as bp.");
    }
  }

  @Override
  public void checkMeasurable(Parameterization claimed, int depth) {
    if (mirroring != null) {
      throw new BadInputException(
          "pepita.mirrorEvery and pepita.mirrorWarmupEpochs say in which epochs the projection"
              + " mirrors, and the steps of this study are in none; leave them out.");
    }
  }

  /**
   * Activities may be normed, except to first order. Units may be of any kind, unless the factors
   * of the projection have their shapes or differences are taken to first order.
   */
  @Override
  public List<String> check(NetworkSpec network) {
    if (mirroring != null) {
      network.requireWeightMatrices(
          1,
          "each factor of the projection mirrors one; leave out pepita.mirrorEvery and"
              + " pepita.mirrorWarmupEpochs, or use fully connected units.");
    }
    if (projection.kind() == Projection.Kind.NORMAL) {
      network.requireWeightMatrices(
          1,
          "each factor of pepita.projection normal has the shape of one; use pepita.projection"
              + " uniform.");
    }
    if (variant == Variant.FIRST_ORDER) {
      network.requireWeightMatrices(
          1,
          "pepita.variant afa takes differences of activities to first order, which is implemented"
              + " for such units alone; use pepita.variant forward or modulated.");
    }
    if (variant == Variant.FIRST_ORDER && network.isNormed()) {
      throw new BadInputException(
          "net.norm "
              + network.norm().configName()
              + " with pepita.variant afa: the first order of a norm is not implemented; leave it"
              + " out, or use pepita.variant modulated.");
    }
    return List.of();
  }

  @Override
  public List<ScalingTable.FeedbackRow> feedbackRows(
      Parameterization parameterization, NetworkSpec network) {
    return List.of(
        new ScalingTable.FeedbackRow(
            PepitaStep.PROJECTION_NAME,
            FeedbackRole.PROJECTION,
            List.of(network.inputs(), network.outputs()),
            new AbcExponents(0, 0, 0),
            new ParameterScaling(
                1, signal.factor() * projection.deviation(network.inputs()), 1, 1, 1),
            0));
  }

  @Override
  public PepitaStep prepare(RuleContext context) {
    return new PepitaStep(this, context);
  }
}
