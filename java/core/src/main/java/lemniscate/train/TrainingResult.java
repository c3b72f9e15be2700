package lemniscate.train;

/**
 * How a run ended.
 *
 * @param epochs passes over the training examples; a fraction where the last one was not finished
 * @param steps number of steps done
 * @param trainLoss mean of the batch losses of the last epoch
 * @param testLoss mean over the test examples at the last evaluation; NaN if there was none
 * @param testAccuracy at the last evaluation; NaN for regression
 * @param seconds wall-clock time over all sessions of the run
 * @param examplesPerSecond training speed, without evaluations
 * @param interrupted whether a stop was asked for before the last step
 */
public record TrainingResult(
    double epochs,
    long steps,
    double trainLoss,
    double testLoss,
    double testAccuracy,
    double seconds,
    double examplesPerSecond,
    boolean interrupted) {}
