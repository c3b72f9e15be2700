package lemniscate.train;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Loss;
import lemniscate.config.BadInputException;
import lemniscate.data.Augmentation;
import lemniscate.data.DataSplits;
import lemniscate.data.Normalization;
import lemniscate.mup.Parameterization;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.LearningRateSchedule;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;

/**
 * Everything that decides the weights of a run, apart from the data and the machine.
 *
 * @param network architecture
 * @param loss at the output
 * @param rule turns batches into gradients
 * @param parameterization how initialisation, multipliers and learning rates follow the width
 * @param optimizer turns gradients into updates
 * @param learningRate η′, at the base width
 * @param schedule factor of the learning rate by step
 * @param normalization of the inputs
 * @param augmentation random changes of the training images
 * @param batch examples of a step
 * @param steps number of steps
 * @param seed of weights, shuffles and changes of images
 */
public record TrainingSpec(
    NetworkSpec network,
    Loss loss,
    LearningRule rule,
    Parameterization parameterization,
    Optimizer optimizer,
    double learningRate,
    LearningRateSchedule schedule,
    Normalization.Kind normalization,
    Augmentation augmentation,
    int batch,
    long steps,
    long seed) {
  /** Of an array that every JVM can allocate. */
  private static final int MOST_NUMBERS = Integer.MAX_VALUE - 8;

  /** Checks what can be checked without the data. */
  public TrainingSpec {
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new BadInputException(
          "optim.lr is " + learningRate + "; expected a positive, finite number, such as 0.1.");
    }
    if (batch < 1) {
      throw new BadInputException("train.batch is " + batch + "; expected at least 1 example.");
    }
    if (steps < 1) {
      throw new BadInputException("train.steps is " + steps + "; expected at least 1 step.");
    }
    rule.check(network);
    if (!parameterization.creditRule().equals(rule.creditRule())
        || parameterization.optimizer() != optimizer.kind()) {
      throw new IllegalArgumentException(
          "parameterisation for "
              + parameterization.creditRule()
              + " and "
              + parameterization.optimizer()
              + ", but the rule is "
              + rule.creditRule()
              + " and the optimiser "
              + optimizer.kind());
    }
  }

  /**
   * Checks the spec against data.
   *
   * @return warnings for the user, usually none
   * @throws BadInputException if they do not go together, or the rule has no stable width limit
   */
  public List<String> check(DataSplits data) {
    if (loss == Loss.CROSS_ENTROPY && !data.train().classification()) {
      throw new BadInputException(
          "loss is ce, but "
              + data.name()
              + " has regression targets; expected class labels. Use loss mse.");
    }
    if (rule.learnsFromLabels() && !data.train().classification()) {
      throw new BadInputException(
          "rule "
              + rule.name()
              + " learns from class labels, but "
              + data.name()
              + " has regression targets; use another rule, or other data.");
    }
    augmentation.check(data.train());
    if (batch > data.train().size()) {
      throw new BadInputException(
          "train.batch is "
              + batch
              + ", but "
              + data.name()
              + " has "
              + data.train().size()
              + " training examples; use a batch of at most that.");
    }
    if ((long) batch * Math.max(network.inputs(), network.outputs()) > MOST_NUMBERS) {
      throw new BadInputException(
          "train.batch is %d, and an example of %s has %d inputs and %d outputs: more than the %d numbers that one array holds; use a batch of at most %d."
              .formatted(
                  batch,
                  data.name(),
                  network.inputs(),
                  network.outputs(),
                  MOST_NUMBERS,
                  MOST_NUMBERS / Math.max(network.inputs(), network.outputs())));
    }
    if (network.inputs() != data.train().features()
        || network.outputs() != data.train().outputs()) {
      throw new BadInputException(
          "the network takes "
              + network.inputs()
              + " inputs and gives "
              + network.outputs()
              + " outputs, but "
              + data.name()
              + " has "
              + data.train().features()
              + " features and "
              + data.train().outputs()
              + " outputs; the network must match the data.");
    }
    List<String> warnings = new ArrayList<>(rule.check(parameterization));
    warnings.addAll(rule.check(parameterization, network.size()));
    warnings.addAll(rule.check(network));
    warnings.addAll(DataWarnings.of(data, rule));
    return warnings;
  }

  /** The same with every hidden layer of one other width. */
  public TrainingSpec withHiddenWidth(int width) {
    return new TrainingSpec(
        network.withHiddenWidth(width),
        loss,
        rule,
        parameterization,
        optimizer,
        learningRate,
        schedule,
        normalization,
        augmentation,
        batch,
        steps,
        seed);
  }

  /** The same with another schedule. */
  TrainingSpec withSchedule(LearningRateSchedule other) {
    return new TrainingSpec(
        network,
        loss,
        rule,
        parameterization,
        optimizer,
        learningRate,
        other,
        normalization,
        augmentation,
        batch,
        steps,
        seed);
  }

  /** η′ times the schedule's factor at a step, from 0. */
  public double learningRate(long step) {
    return schedule.rate(learningRate, step);
  }
}
