package lemniscate.train;

import lemniscate.backend.Loss;
import lemniscate.mup.OptimizerKind;

/**
 * The learning rate η′ where {@code optim.lr} is not given, stated at the base width.
 *
 * <p>Measured with the default run (tanh, two hidden layers, base width 64, batch 128, five epochs of
 * the bundled images, inputs of mean 0 and variance 1), about a factor two below the value of the
 * lowest test loss. They serve as a start on other problems.
 */
public final class DefaultLearningRates {

  private DefaultLearningRates() {}

  /** η′ of an optimiser under a loss. */
  public static double of(OptimizerKind optimizer, Loss loss) {
    return switch (optimizer) {
      case SGD -> loss == Loss.MSE ? 0.1 : 0.1;
      case MOMENTUM -> loss == Loss.MSE ? 0.01 : 0.01;
      case ADAM -> 0.001;
    };
  }
}
