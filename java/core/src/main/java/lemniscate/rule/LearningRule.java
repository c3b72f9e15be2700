package lemniscate.rule;

import java.util.List;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.ScalingTable;
import lemniscate.mup.Size;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Use;
import lemniscate.tensor.Arena;

/**
 * A way to turn a batch into parameter gradients. A rule is a description without state; {@link
 * #prepare} binds it to a network and a batch size.
 */
public interface LearningRule {

  /** Name in configurations: {@code bp}, {@code pc}, … */
  String name();

  /** What the width exponents of the parameterisation depend on. */
  CreditRule creditRule();

  /**
   * Whether the rule can run under a parameterisation.
   *
   * @return warnings for the user, usually none
   * @throws lemniscate.config.BadInputException for a combination without a stable width limit
   */
  default List<String> check(Parameterization parameterization) {
    return List.of();
  }

  /**
   * Whether it can at the size of a network.
   *
   * @return warnings for the user, usually none
   * @throws BadInputException if it cannot
   */
  default List<String> check(Parameterization parameterization, Size size) {
    return List.of();
  }

  /**
   * Whether the rule can train a network; without more, one whose activities are not normed.
   *
   * @return warnings for the user, usually none
   * @throws BadInputException if it cannot
   */
  default List<String> check(NetworkSpec network) {
    if (network.isNormed() && !takesNorm()) {
      throw new BadInputException(
          "net.norm "
              + network.norm().configName()
              + " with rule "
              + name()
              + ": this rule does not differentiate through a norm; leave it out, or use rule"
              + " pepita, which needs no derivative.");
    }
    return List.of();
  }

  /** Whether the rule can train a network whose activities are divided by a norm. */
  default boolean takesNorm() {
    return false;
  }

  /** η′ where {@code optim.lr} is not given; without more, that of backpropagation. */
  default double usualLearningRate(TrainingSetting setting) {
    return setting.usualRate(TrainingSetting.SGD_BACKPROPAGATION_MSE, TrainingSetting.ADAM);
  }

  /** γ′, the precision of the last layer at ratio 1; 1 for a rule without precisions. */
  default double lastLayerPrecision() {
    return 1;
  }

  /** Whether states move away from the feed-forward pass and stay there. */
  default boolean relaxesStates() {
    return false;
  }

  /** Synchronous steps T of the rule's relaxation; 0 where there is nothing of the kind. */
  default int relaxationSteps() {
    return 0;
  }

  /** How activities move, which decides how fast the feature kernel does. */
  default ActivityMotion activityMotion() {
    return ActivityMotion.ACROSS;
  }

  /**
   * Whether the directions of the rule's gradients come from feedback that has to align with the
   * weights first.
   */
  default boolean alignsWhileTraining() {
    return !creditRule().alignsWithLastWeight();
  }

  /**
   * Whether credit may be lost on its way down a network, so that {@link CreditReach} is worth its
   * cost.
   *
   * @param units of the network
   */
  default boolean losesCredit(int units) {
    return false;
  }

  /**
   * What helps where {@link CreditReach} is below 1, as half a sentence that names keys.
   *
   * @param units of the network
   * @return empty if nothing is known to help
   */
  default Optional<String> creditRemedy(int units) {
    return Optional.empty();
  }

  /**
   * Whether the branches of a residual stream move it in one direction, so that L moves of size 1/L
   * add up to one of size 1; independent directions add up to L^−½.
   */
  default boolean branchesMoveAlike() {
    return true;
  }

  /**
   * Whether the updates of the rule can be compared with those of another that is in training.
   *
   * @param inTraining whether the other is this rule itself
   * @throws BadInputException if only training makes the rule what it is; the message starts with
   *     {@code metrics.angleTo}
   */
  default void checkComparable(boolean inTraining) {}

  /**
   * Whether a few steps on random data, of networks without labels of their own, show exponents of
   * the width that can be checked.
   *
   * @param claimed the parameterisation whose exponents are expected
   * @param depth number of hidden layers
   * @throws BadInputException if they do not
   */
  default void checkMeasurable(Parameterization claimed, int depth) {}

  /**
   * Whether steps of the rule take the same time on any data, so that they can be timed on random
   * data.
   *
   * @throws BadInputException if they do not
   */
  default void checkTimeable() {}

  /**
   * Whether local errors are what an earlier update of the same batch has moved, so that those of a
   * residual branch shrink with the depth as its moves do.
   */
  default boolean errorsAreMoves() {
    return false;
  }

  /** Whether targets must be labels, one-hot rows, whatever the loss. */
  default boolean learnsFromLabels() {
    return false;
  }

  /**
   * How many features of an input, the first ones, the rule puts something else in the place of.
   *
   * @param outputs of the network
   */
  default int replacedFeatures(int outputs) {
    return 0;
  }

  /** The network's function as the rule trains it, in buffers of its own. */
  default ForwardPass forwardPass(Backend backend, Arena arena, Network network, int batch) {
    return new ForwardPass(arena, network, batch, Use.PREDICTION);
  }

  /** How a network that the rule has trained answers, in buffers of its own. */
  default Predictor predictor(Backend backend, Arena arena, Network network, int batch) {
    return Predictor.of(forwardPass(backend, arena, network, batch));
  }

  /**
   * The rule's own feedback weights, to be shown beside the network's.
   *
   * @param network whose units they lead to
   */
  default List<ScalingTable.FeedbackRow> feedbackRows(
      Parameterization parameterization, NetworkSpec network) {
    return List.of();
  }

  /** Allocates the rule's buffers in the context's arena and records its step. */
  RuleStep prepare(RuleContext context);
}
