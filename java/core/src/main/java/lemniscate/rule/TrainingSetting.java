package lemniscate.rule;

import lemniscate.backend.Activation;
import lemniscate.backend.Loss;
import lemniscate.network.ActivityNorm;
import lemniscate.optim.Optimizer;
import lemniscate.optim.UsualRates;

/**
 * What a rule's usual learning rate η′ depends on, and the rates that rules share. Rates are stated
 * at the base width.
 *
 * <p>Measured with the default run (tanh, two hidden layers, width 256 at base width 64, batch 128,
 * five epochs of the bundled images, inputs of mean 0 and variance 1).
 *
 * @param optimizer that moves the weights
 * @param loss at the output
 * @param activation of the hidden layers
 * @param norm that hidden activities are divided by
 */
public record TrainingSetting(
    Optimizer optimizer, Loss loss, Activation activation, ActivityNorm norm) {

  /** η′ with SGD that most rules bear. */
  public static final double SGD = 0.1;

  /**
   * Backpropagation with SGD and the squared error diverges between 0.1 and 0.2, so it gets half of
   * the former.
   */
  public static final double SGD_BACKPROPAGATION_MSE = 0.05;

  /** η′ with momentum. */
  public static final double MOMENTUM = 0.01;

  /** η′ with Adam. */
  public static final double ADAM = 0.001;

  /** With Adam and fixed feedback, whose output starts at order 1 and needs more. */
  public static final double ADAM_FIXED_FEEDBACK = 0.01;

  // Normed activities are far smaller than 1, and so are their products.
  private static final double NORM_OF_BATCH_SGD = 200;
  private static final double NORM_OF_BATCH_MOMENTUM = 50;
  private static final double NORM_OF_EXAMPLE_SGD = 2;
  private static final double NORM_OF_EXAMPLE_MOMENTUM = 0.5;

  /** The rate of the optimiser, out of those of the usual ones. */
  public double rate(double sgd, double momentum, double adam) {
    return optimizer.usualRate(new UsualRates(sgd, momentum, adam));
  }

  /**
   * The usual rate of a rule.
   *
   * @param sgdMse what it bears with SGD under the squared error
   * @param adam what it needs with Adam
   */
  public double usualRate(double sgdMse, double adam) {
    return switch (norm) {
      case NONE -> rate(loss == Loss.MSE ? sgdMse : SGD, MOMENTUM, adam);
      case BATCH -> rate(NORM_OF_BATCH_SGD, NORM_OF_BATCH_MOMENTUM, ADAM);
      case EXAMPLE -> rate(NORM_OF_EXAMPLE_SGD, NORM_OF_EXAMPLE_MOMENTUM, ADAM);
    };
  }
}
