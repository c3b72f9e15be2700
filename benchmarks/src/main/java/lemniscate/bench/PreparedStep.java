package lemniscate.bench;

import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.mup.OptimizerKind;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Arena;

/**
 * What the benchmarks of training steps time: a rule's step on a network 784-W-W-10 with tanh,
 * squared error and SGD, and a random batch.
 *
 * @param arena owner of all memory
 */
record PreparedStep(Arena arena, Network network, RuleStep step) implements AutoCloseable {

  static final int INPUTS = 784;
  static final int OUTPUTS = 10;

  /** T of a relaxation. */
  static final int RELAXATION_STEPS = 20;

  /** Rate of a relaxation. */
  static final double INFERENCE_RATE = 0.1;

  /** Damping of ridge feedback. */
  static final double DAMPING = 0.1;

  private static final int BASE_WIDTH = 64;

  /** Under μP with base width 64. */
  static PreparedStep of(
      Backend backend, LearningRule rule, int width, int batch, double learningRate) {
    Parameterization scaling =
        Parameterization.relative(Scheme.MUP, BASE_WIDTH, rule.creditRule(), OptimizerKind.SGD);
    return of(backend, rule, scaling, width, batch, learningRate);
  }

  /** Under a parameterisation of one's own. */
  static PreparedStep of(
      Backend backend,
      LearningRule rule,
      Parameterization scaling,
      int width,
      int batch,
      double learningRate) {
    Arena arena = backend.newArena();
    try {
      NetworkSpec spec = NetworkSpec.mlp(INPUTS, width, 2, OUTPUTS, Activation.TANH);
      Network network = Network.create(backend, arena, spec, scaling, 1);
      ParameterUpdate update = new ParameterUpdate(backend, arena, network, new Optimizer.Sgd());
      update.setLearningRate(learningRate);
      RuleStep step =
          rule.prepare(new RuleContext(backend, arena, network, Loss.MSE, batch, update));
      backend.run(
          ops -> {
            ops.randomNormal(2, 1, 1, step.input());
            ops.randomNormal(2, 2, 0.3, step.target());
          });
      return new PreparedStep(arena, network, step);
    } catch (RuntimeException | OutOfMemoryError e) {
      arena.close();
      throw e;
    }
  }

  @Override
  public void close() {
    step.close();
    arena.close();
  }
}
