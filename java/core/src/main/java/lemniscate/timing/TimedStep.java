package lemniscate.timing;

import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.mup.Parameterization;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Arena;

/**
 * A rule's training step on a network and a batch of random numbers, ready to be run again and
 * again.
 *
 * @param backend where it runs
 * @param arena owner of all memory
 * @param network that is trained
 * @param step the step
 */
public record TimedStep(Backend backend, Arena arena, Network network, RuleStep step)
    implements AutoCloseable, Program {

  /** Of the targets, about as large as the outputs of a fresh network. */
  private static final double TARGET_DEVIATION = 0.3;

  private static final long WEIGHT_SEED = 1;
  private static final long BATCH_SEED = 2;

  /**
   * What is timed.
   *
   * @param network widths, activation, biases
   * @param rule learning rule
   * @param parameterization of the network
   * @param optimizer what moves the parameters
   * @param loss at the output
   * @param batch number of examples B
   * @param learningRate η′; small, so that many steps on one batch do not diverge
   */
  public record Setup(
      NetworkSpec network,
      LearningRule rule,
      Parameterization parameterization,
      Optimizer optimizer,
      Loss loss,
      int batch,
      double learningRate) {}

  /** Allocates and prepares. */
  public static TimedStep of(Backend backend, Setup setup) {
    Arena arena = backend.newArena();
    try {
      Network network =
          Network.create(backend, arena, setup.network(), setup.parameterization(), WEIGHT_SEED);
      ParameterUpdate update = new ParameterUpdate(backend, arena, network, setup.optimizer());
      update.setLearningRate(setup.learningRate());
      RuleStep step =
          setup
              .rule()
              .prepare(
                  new RuleContext(backend, arena, network, setup.loss(), setup.batch(), update));
      backend.run(
          ops -> {
            ops.randomNormal(BATCH_SEED, 1, 1, step.input());
            ops.randomNormal(BATCH_SEED, 2, TARGET_DEVIATION, step.target());
          });
      return new TimedStep(backend, arena, network, step);
    } catch (RuntimeException | OutOfMemoryError e) {
      arena.close();
      throw e;
    }
  }

  @Override
  public double seconds(int times) {
    return Program.secondsOf(step::run, backend::synchronize, times);
  }

  @Override
  public void close() {
    step.close();
    arena.close();
  }
}
