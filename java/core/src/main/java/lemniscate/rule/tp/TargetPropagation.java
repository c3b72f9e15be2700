package lemniscate.rule.tp;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.FeedbackLearning;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.mup.FeedbackRole;
import lemniscate.mup.ParameterScaling;
import lemniscate.mup.Parameterization;
import lemniscate.mup.ScalingTable;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.TrainingSetting;

/**
 * Target propagation: the output's target t_L = h_L − η̂ ∂loss/∂f is carried down by feedback maps,
 * and every layer learns to hit its own target (Bengio, arXiv 1407.7906; Lee et al., arXiv
 * 1412.7525; width scaling: Ishikawa, Yokota and Karakida, arXiv 2411.02001).
 *
 * @param pathway how targets reach the layers
 * @param feedback where the maps come from
 * @param targetStep η̂, positive
 */
public record TargetPropagation(Pathway pathway, Feedback feedback, double targetStep)
    implements LearningRule {

  /** Name in configurations. */
  public static final String NAME = "tp";

  /** Checks that pathway and feedback go together. */
  public TargetPropagation {
    if (!(targetStep > 0) || Double.isInfinite(targetStep)) {
      throw new BadInputException(
          "tp.targetStep " + targetStep + ": expected a positive number, such as 1.");
    }
    switch (pathway) {
      case PLAIN -> requireInverse(feedback);
      case DIFFERENCE -> requireLayerwise(feedback);
      case DIRECT -> requireDirect(feedback);
    }
    if (feedback instanceof Feedback.Ridge ridge && ridge.channels()) {
      requireDifference(pathway);
    }
  }

  private static void requireDifference(Pathway pathway) {
    if (pathway != Pathway.DIFFERENCE) {
      throw new BadInputException(
          pathway == Pathway.PLAIN
              ? "tp.variant tp with tp.feedback channel-ridge: without difference correction the"
                  + " maps must invert the units, and a patch does not follow from the channels"
                  + " under it; use tp.variant dtp, or tp.feedback ridge."
              : "tp.variant ddtp with tp.feedback channel-ridge: the output has no places that lie"
                  + " over those of an image; use tp.variant dtp, or tp.feedback ridge.");
    }
  }

  private static void requireInverse(Feedback feedback) {
    if (feedback instanceof Feedback.Transpose || feedback instanceof Feedback.Random) {
      throw new BadInputException(
          "tp.variant tp with tp.feedback "
              + feedback.word()
              + ": without difference correction the maps must invert the layers, which these do"
              + " not; use tp.variant dtp, or tp.feedback ridge, learned or pinv.");
    }
    requireLayerwise(feedback);
    if (feedback instanceof Feedback.Learned learned
        && learned.reconstruction() != Reconstruction.ACTIVITY) {
      throw new BadInputException(
          "tp.variant tp: its maps learn to reconstruct activities, not noise; use tp.variant drl"
              + " or ldrl for that.");
    }
  }

  private static void requireLayerwise(Feedback feedback) {
    int hiddenUnits = mapsOf(feedback).map(Maps::hiddenUnits).orElse(0);
    if (hiddenUnits > 0) {
      throw new BadInputException(
          "tp.hiddenUnits "
              + hiddenUnits
              + ": only the maps of tp.variant ddtp have a hidden layer; leave it out, or use that"
              + " variant.");
    }
  }

  private static void requireDirect(Feedback feedback) {
    if (feedback instanceof Feedback.Transpose || feedback instanceof Feedback.PseudoInverse) {
      throw new BadInputException(
          "tp.variant ddtp with tp.feedback "
              + feedback.word()
              + ": the Jacobian from a hidden layer to the output differs between examples, so one"
              + " linear map cannot be its "
              + (feedback instanceof Feedback.Transpose ? "transpose" : "inverse")
              + "; use rule bp or gnt, or tp.feedback learned, ridge or random.");
    }
    if (feedback instanceof Feedback.Learned learned
        && learned.reconstruction() != Reconstruction.OUTPUT_NOISE) {
      throw new BadInputException(
          "tp.variant ddtp: its maps learn from noise at the output; use tp.variant dtp or ldrl for"
              + " another loss.");
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  /** Which column of the exponents applies follows from where the feedback comes from. */
  @Override
  public CreditRule creditRule() {
    return switch (feedback) {
      case Feedback.Transpose _ -> new CreditRule.BackPropagation();
      case Feedback.PseudoInverse _ -> new CreditRule.GaussNewtonTarget();
      case Feedback.Learned learned when learned.reconstruction() == Reconstruction.LOCAL_NOISE ->
          new CreditRule.BackPropagation();
      case Feedback.Ridge _, Feedback.Random _, Feedback.Learned _ ->
          new CreditRule.TargetPropagation();
    };
  }

  /** The width scaling of feedback weights. */
  public FeedbackParameterization feedbackScaling(Parameterization forward) {
    return feedback instanceof Feedback.Learned learned
        ? new FeedbackParameterization(
            forward,
            switch (learned.reconstruction()) {
              case ACTIVITY -> FeedbackLearning.RECONSTRUCTION;
              case OUTPUT_NOISE -> FeedbackLearning.OUTPUT_NOISE;
              case LOCAL_NOISE -> FeedbackLearning.LOCAL_NOISE;
            },
            learned.optimizer().kind())
        : new FeedbackParameterization(forward, FeedbackLearning.FIXED, StepClass.SGD_LIKE);
  }

  @Override
  public List<String> check(Parameterization parameterization) {
    feedbackScaling(parameterization);
    if (pathway == Pathway.PLAIN
        && feedback instanceof Feedback.PseudoInverse
        && parameterization.scheme() == Scheme.MUP) {
      throw new BadInputException(
          "tp.variant tp with tp.feedback pinv under mup: what the maps do not reconstruct stays of"
              + " order 1 and is aligned with the weights, for which there is no width exponent;"
              + " use tp.variant dtp, or param.scheme sp or ntk.");
    }
    return List.of();
  }

  @Override
  public List<String> check(NetworkSpec network) {
    List<String> warnings = LearningRule.super.check(network);
    switch (feedback) {
      case Feedback.Ridge ridge -> {
        ridge.requireFor(network.layers());
        if (ridge.channels()) {
          ChannelRidge.require(network);
        }
      }
      case Feedback.Transpose _ -> {
        // Every unit carries errors down.
      }
      case Feedback.PseudoInverse _ ->
          network.requireWeightMatrices(
              2,
              "tp.feedback pinv inverts it; use tp.feedback ridge or transpose, or tp.variant"
                  + " ldrl.");
      case Feedback.Random _ -> requireMatrices(network, "is drawn");
      case Feedback.Learned learned -> {
        if (learned.reconstruction() == Reconstruction.LOCAL_NOISE) {
          requireReplaceable(network, learned.maps());
        } else {
          requireMatrices(network, "is learned");
        }
      }
    }
    return warnings;
  }

  // Direct maps lead from the output, whatever is between.
  private void requireMatrices(NetworkSpec network, String origin) {
    if (pathway != Pathway.DIRECT) {
      network.requireWeightMatrices(
          2,
          "a matrix of all its outputs and inputs that "
              + origin
              + " cannot take its place; use tp.variant dtp with tp.feedback ridge or transpose,"
              + " tp.variant ldrl, or rule fa.");
    }
  }

  /** Whether local noise can train a map through each unit: with Q where W was. */
  private static void requireReplaceable(NetworkSpec network, Maps maps) {
    for (int l = 2; l <= network.layers(); l++) {
      if (network.unit(l).hasWeightMatrix()) {
        continue;
      }
      String unit = "unit %d of the network (%s)".formatted(l, network.unit(l).kind());
      if (maps.activation(l - 1) != Activation.LINEAR) {
        throw new BadInputException(
            unit
                + ": its feedback map is the unit's own, transposed, which has no activation of its"
                + " own; leave tp.activation linear.");
      }
      long weights = MapShape.weights(network, l);
      if (weights != 1 || !network.unit(l).startsWithWeight()) {
        throw new BadInputException(
            unit
                + (weights == 1
                    ? " does something to its input before it meets the weight"
                    : " has %d weights".formatted(weights))
                + ": tp.variant ldrl learns one map for a unit, from noise at its input; cut the"
                + " network into units of one convolution or dense layer each in net.layers, or use"
                + " tp.feedback transpose, which is what it converges to.");
      }
    }
  }

  /** Errors in the span of the batch's activities bear as much as those of a relaxation. */
  @Override
  public double usualLearningRate(TrainingSetting setting) {
    return feedback instanceof Feedback.Ridge
        ? setting.usualRate(TrainingSetting.SGD, TrainingSetting.ADAM)
        : LearningRule.super.usualLearningRate(setting);
  }

  @Override
  public void checkComparable(boolean inTraining) {
    if (feedback instanceof Feedback.Learned) {
      throw new BadInputException(
          "metrics.angleTo tp: the feedback of this target propagation is learned, and a rule that"
              + " is only compared with does not learn; use tp.feedback ridge, pinv, transpose or"
              + " random, or another rule, such as bp.");
    }
  }

  @Override
  public void checkMeasurable(Parameterization claimed, int depth) {
    if (feedback instanceof Feedback.Learned learned
        && learned.reconstruction() == Reconstruction.LOCAL_NOISE) {
      throw new BadInputException(
          "tp.variant ldrl: its exponents are those of feedback that has converged, which takes a"
              + " number of draws in proportion to the width; check tp.feedback transpose, which is"
              + " what it converges to.");
    }
  }

  /** The shape of the maps, where they have weights of their own. */
  Optional<Maps> maps() {
    return mapsOf(feedback);
  }

  private static Optional<Maps> mapsOf(Feedback feedback) {
    return switch (feedback) {
      case Feedback.Random random -> Optional.of(random.maps());
      case Feedback.Learned learned -> Optional.of(learned.maps());
      default -> Optional.empty();
    };
  }

  @Override
  public List<ScalingTable.FeedbackRow> feedbackRows(
      Parameterization parameterization, NetworkSpec network) {
    List<ScalingTable.FeedbackRow> rows = new ArrayList<>();
    boolean direct = pathway == Pathway.DIRECT;
    int last = network.layers();
    FeedbackParameterization scaling = feedbackScaling(parameterization);
    double rate = feedback instanceof Feedback.Learned learned ? learned.learningRate() : 0;
    for (int k = 1; maps().isPresent() && k < last; k++) {
      Maps shape = maps().orElseThrow();
      MapShape map = MapShape.of(direct, shape, network, k);
      FeedbackRole role = FeedbackMaps.role(direct, k, last);
      String name = FeedbackMaps.name(direct, k);
      rows.add(
          row(
              name + ".weight",
              role,
              map.extents(),
              scaling,
              map.scaling(scaling, role, network.size(), shape.scale()),
              rate));
      if (map.hasBias()) {
        rows.add(
            row(
                name + ".bias",
                FeedbackRole.BIAS,
                List.of(network.width(k)),
                scaling,
                scaling.scaling(FeedbackRole.BIAS, network.size(), map.fanIn(), 0),
                rate));
      }
    }
    return rows;
  }

  private static ScalingTable.FeedbackRow row(
      String name,
      FeedbackRole role,
      List<Integer> shape,
      FeedbackParameterization scaling,
      ParameterScaling numbers,
      double rate) {
    return new ScalingTable.FeedbackRow(
        name, role, shape, scaling.exponents(role), numbers, rate * numbers.learningRateFactor());
  }

  @Override
  public TpStep prepare(RuleContext context) {
    return new TpStep(this, context);
  }
}
