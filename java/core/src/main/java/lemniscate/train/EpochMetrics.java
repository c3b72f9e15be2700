package lemniscate.train;

/**
 * What is known at the end of an epoch, or of a run that ends within one.
 *
 * @param epoch the epoch, from 1
 * @param epochs number of epochs begun by the end of the run
 * @param step number of steps done
 * @param trainLoss mean of the losses of the epoch's batches, each before its update
 * @param testLoss mean over the test examples; NaN if they were not evaluated
 * @param testAccuracy fraction of the test examples classified correctly; NaN for regression or if
 *     they were not evaluated
 * @param examplesPerSecond training speed so far, without evaluations
 * @param seconds since the start of the run, over all its sessions
 */
public record EpochMetrics(
    long epoch,
    long epochs,
    long step,
    double trainLoss,
    double testLoss,
    double testAccuracy,
    double examplesPerSecond,
    double seconds) {}
