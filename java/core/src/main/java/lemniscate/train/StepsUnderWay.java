package lemniscate.train;

import lemniscate.backend.Backend;
import lemniscate.backend.ScalarReadings;
import lemniscate.rule.RuleStep;
import lemniscate.tensor.Tensor;

/**
 * Steps that have been enqueued and whose loss and energy are looked at some steps later, in a
 * ring: the same number of steps later in every run, so that a run does not depend on time. Where a
 * backend works within its calls it is none.
 */
final class StepsUnderWay implements AutoCloseable {

  /**
   * Steps by which the numbers may lag. More than the copies of batches under way, of which three
   * make a step.
   */
  static final int LAG = 4;

  private final RuleStep rule;
  private final int batch;
  private final int lag;
  private final ScalarReadings readings;
  private final long[] epochs;
  private final double[] rates;
  private final boolean[] read;
  private final double[] losses;
  private final double[] energies;
  private int first;
  private int count;

  StepsUnderWay(Backend backend, RuleStep rule, int batch) {
    this.rule = rule;
    this.batch = batch;
    this.lag = backend.runsApart() ? LAG : 0;
    int room = lag + 1;
    this.readings = backend.readings(2 * room);
    this.epochs = new long[room];
    this.rates = new double[room];
    this.read = new boolean[2 * room];
    this.losses = new double[room];
    this.energies = new double[room];
  }

  /** Adds the step that the rule has just run. */
  void add(long epoch, double rate) {
    int slot = (first + count) % epochs.length;
    count++;
    epochs[slot] = epoch;
    rates[slot] = rate;
    Tensor lossSum = rule.lossSum();
    read[2 * slot] = lossSum != null;
    if (lossSum != null) {
      readings.enqueue(2 * slot, lossSum);
    } else {
      losses[slot] = rule.loss();
    }
    Tensor energySum = rule.energySum();
    read[2 * slot + 1] = energySum != null;
    if (energySum != null) {
      readings.enqueue(2 * slot + 1, energySum);
    } else {
      energies[slot] = rule.energy();
    }
  }

  /** Steps whose numbers have not been looked at. */
  int count() {
    return count;
  }

  /** Whether it is time to look at the oldest. */
  boolean due() {
    return count > lag;
  }

  /** Epoch of the oldest, from 0. */
  long epoch() {
    return epochs[first];
  }

  /** Learning rate of the oldest. */
  double rate() {
    return rates[first];
  }

  /** Loss of the oldest, mean over the examples. */
  double loss() {
    return read[2 * first] ? readings.value(2 * first) / batch : losses[first];
  }

  /** Energy of the oldest, mean over the examples; NaN where the rule has none. */
  double energy() {
    return (read[2 * first + 1] ? readings.value(2 * first + 1) : energies[first]) / batch;
  }

  /** Forgets the oldest. */
  void remove() {
    first = (first + 1) % epochs.length;
    count--;
  }

  @Override
  public void close() {
    readings.close();
  }
}
