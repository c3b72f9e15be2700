package lemniscate.bench;

import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.timing.TimedStep;

/**
 * What the benchmarks of training steps time: a rule's step on a network 784-W-W-10 with tanh,
 * squared error and SGD, and a random batch.
 */
final class PreparedStep {

  static final int INPUTS = 784;
  static final int OUTPUTS = 10;

  /** T of a relaxation. */
  static final int RELAXATION_STEPS = 20;

  /** Rate of a relaxation. */
  static final double INFERENCE_RATE = 0.1;

  /** Damping of ridge feedback. */
  static final double DAMPING = 0.1;

  private static final int HIDDEN_LAYERS = 2;
  private static final int BASE_WIDTH = 64;

  private PreparedStep() {}

  /** On a backend, as in {@link #setup(LearningRule, int, int, double)}. */
  static TimedStep of(
      Backend backend, LearningRule rule, int width, int batch, double learningRate) {
    return TimedStep.of(backend, setup(rule, width, batch, learningRate));
  }

  /** Under μP with base width 64. */
  static TimedStep.Setup setup(LearningRule rule, int width, int batch, double learningRate) {
    return setup(
        rule,
        Parameterization.relative(Scheme.MUP, BASE_WIDTH, rule.creditRule(), StepClass.SGD_LIKE),
        width,
        batch,
        learningRate);
  }

  /** Under a parameterisation of one's own. */
  static TimedStep.Setup setup(
      LearningRule rule, Parameterization scaling, int width, int batch, double learningRate) {
    return new TimedStep.Setup(
        NetworkSpec.mlp(INPUTS, width, HIDDEN_LAYERS, OUTPUTS, Activation.TANH),
        rule,
        scaling,
        new Optimizer.Sgd(),
        Loss.MSE,
        batch,
        learningRate);
  }
}
