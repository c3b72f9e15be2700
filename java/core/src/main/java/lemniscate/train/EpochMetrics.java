package lemniscate.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

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
 * @param diagnostics what else is measured, by name, such as {@code angleTo.bp}; in a fixed order,
 *     usually nothing. A name that ends in {@code .layer} and a number belongs to that layer
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
    Map<String, Double> diagnostics,
    double examplesPerSecond,
    double seconds) {

  /** Copies the map. */
  public EpochMetrics {
    diagnostics = Collections.unmodifiableMap(new LinkedHashMap<>(diagnostics));
  }
}
