package lemniscate.train;

import lemniscate.backend.Activation;
import lemniscate.backend.Loss;
import lemniscate.mup.OptimizerKind;
import lemniscate.network.ActivityNorm;
import lemniscate.rule.LearningRule;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.ff.ForwardForward;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.TargetPropagation;

/**
 * The learning rate η′ where {@code optim.lr} is not given, stated at the base width.
 *
 * <p>Measured with the default run (tanh, two hidden layers, width 256 at base width 64, batch 128,
 * five epochs of the bundled images, inputs of mean 0 and variance 1). Backpropagation with SGD and
 * the squared error diverges between 0.1 and 0.2, so it gets half of the former; predictive coding
 * bears twice as much, and so do PEPITA and target propagation with ridge feedback. Feedback
 * alignment is like backpropagation under SGD; with Adam it and PEPITA need more, as their output
 * starts at order 1. Where a rule updates T times a batch, each update gets a T-th, so that a batch
 * moves the weights as far.
 */
public final class DefaultLearningRates {

  private static final double SGD = 0.1;
  private static final double SGD_BACKPROPAGATION_MSE = 0.05;
  private static final double MOMENTUM = 0.01;
  private static final double ADAM = 0.001;
  private static final double ADAM_FIXED_FEEDBACK = 0.01;
  // Its halves are far larger than what they leave; with momentum a half moves less at a time.
  private static final double TIME_LOCAL_SGD = 0.02;
  private static final double TIME_LOCAL_MOMENTUM = 0.003;
  // With an unbounded activation: fixed feedback under the squared error, and of targets.
  private static final double UNBOUNDED_SGD_MSE = 0.02;
  private static final double UNBOUNDED_ADAM_MSE = 0.0001;
  private static final double UNBOUNDED_TARGETS_SGD = 0.003;
  // Normed activities are far smaller than 1, and so are their products.
  private static final double NORM_OF_BATCH_SGD = 200;
  private static final double NORM_OF_BATCH_MOMENTUM = 50;
  private static final double NORM_OF_EXAMPLE_SGD = 2;
  private static final double NORM_OF_EXAMPLE_MOMENTUM = 0.5;
  // Local errors are not small where the network is nearly right, and inputs are of order 1.
  private static final double FORWARD_FORWARD_SGD = 0.02;
  private static final double FORWARD_FORWARD_MOMENTUM = 0.001;
  private static final double FEEDBACK_SGD = 0.05;
  private static final double FEEDBACK_MOMENTUM = 0.005;

  private DefaultLearningRates() {}

  /**
   * η′ of a rule with an optimiser under a loss.
   *
   * @param activation of the hidden layers
   * @param norm that hidden activities are divided by
   */
  public static double of(
      LearningRule rule,
      OptimizerKind optimizer,
      Loss loss,
      Activation activation,
      ActivityNorm norm) {
    if (rule instanceof ForwardForward) {
      return switch (optimizer) {
        case SGD -> FORWARD_FORWARD_SGD;
        case MOMENTUM -> FORWARD_FORWARD_MOMENTUM;
        case ADAM -> ADAM;
      };
    }
    if (rule instanceof FeedbackAlignment feedback && !activation.isBounded()) {
      return ofUnbounded(feedback, optimizer, loss);
    }
    if (norm != ActivityNorm.NONE) {
      return ofNormed(norm, optimizer);
    }
    if (isTimeLocal(rule) && optimizer != OptimizerKind.ADAM) {
      return optimizer == OptimizerKind.SGD ? TIME_LOCAL_SGD : TIME_LOCAL_MOMENTUM;
    }
    double perBatch =
        switch (optimizer) {
          case SGD -> loss == Loss.MSE && !isMild(rule) ? SGD_BACKPROPAGATION_MSE : SGD;
          case MOMENTUM -> MOMENTUM;
          case ADAM -> hasFixedFeedback(rule) ? ADAM_FIXED_FEEDBACK : ADAM;
        };
    return perBatch / updatesPerBatch(rule);
  }

  private static double ofUnbounded(FeedbackAlignment rule, OptimizerKind optimizer, Loss loss) {
    boolean targets = rule.route() == FeedbackRoute.DIRECT_TARGET;
    double descent = targets ? UNBOUNDED_TARGETS_SGD : loss == Loss.MSE ? UNBOUNDED_SGD_MSE : SGD;
    return switch (optimizer) {
      case SGD -> descent;
      case MOMENTUM -> descent * MOMENTUM / SGD;
      case ADAM -> loss == Loss.MSE ? UNBOUNDED_ADAM_MSE : ADAM_FIXED_FEEDBACK;
    };
  }

  private static double ofNormed(ActivityNorm norm, OptimizerKind optimizer) {
    boolean batch = norm == ActivityNorm.BATCH;
    return switch (optimizer) {
      case SGD -> batch ? NORM_OF_BATCH_SGD : NORM_OF_EXAMPLE_SGD;
      case MOMENTUM -> batch ? NORM_OF_BATCH_MOMENTUM : NORM_OF_EXAMPLE_MOMENTUM;
      case ADAM -> ADAM;
    };
  }

  /** η_Q of feedback that learns. */
  public static double ofFeedback(OptimizerKind optimizer) {
    return switch (optimizer) {
      case SGD -> FEEDBACK_SGD;
      case MOMENTUM -> FEEDBACK_MOMENTUM;
      case ADAM -> ADAM;
    };
  }

  // Whether errors shrink during an inference, against those of backpropagation, or are in the span
  // of the batch's activities.
  private static boolean isMild(LearningRule rule) {
    return relaxes(rule)
        || rule instanceof Pepita
        || rule instanceof TargetPropagation tp && tp.feedback() instanceof Feedback.Ridge;
  }

  private static boolean relaxes(LearningRule rule) {
    return rule instanceof PredictiveCoding pc
        && !(pc.inference() instanceof Inference.FixedPrediction)
        && !(pc.inference() instanceof Inference.ZeroDivergence);
  }

  private static boolean isTimeLocal(LearningRule rule) {
    return rule instanceof Pepita pepita && pepita.variant() == Variant.TIME_LOCAL;
  }

  private static boolean hasFixedFeedback(LearningRule rule) {
    return rule instanceof FeedbackAlignment || rule instanceof Pepita;
  }

  private static int updatesPerBatch(LearningRule rule) {
    return rule instanceof PredictiveCoding pc
            && pc.inference() instanceof Inference.Incremental incremental
        ? incremental.steps()
        : 1;
  }
}
