package lemniscate.cli;

import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;

/**
 * What a session of a sweep has to do, and has done, by what trials cost and not by their number: a
 * wide network takes a hundred times as long as a narrow one.
 *
 * @param cost of a trial by its index, in seconds of one worker on a usual machine, or in any unit
 *     where nothing is expected of it
 * @param total of the trials that the session has to run
 * @param done of those that are finished
 * @param expected how much of the total is believed of the expectation: counts as if it had been
 *     done at the expected speed; 0 where costs are no seconds
 * @param workers trials side by side
 */
record SweepWork(
    IntToDoubleFunction cost, double total, double done, double expected, int workers) {

  /** The first trials are slow, for code is compiled as it runs: a tenth outweighs them. */
  private static final double BELIEF = 0.1;

  /** Of trials that are taken to cost the same. */
  static SweepWork even(int begun, int ended) {
    return new SweepWork(_ -> 1, begun, ended, 0, 1);
  }

  /** Of trials whose costs are seconds. */
  static SweepWork of(IntToDoubleFunction cost, double total, double done, int workers) {
    return new SweepWork(cost, total, done, BELIEF * total, workers);
  }

  /** What a trial costs. */
  double cost(int index) {
    return cost.applyAsDouble(index);
  }

  /**
   * Seconds left if the rest goes as fast as what is done; empty before anything is known.
   *
   * @param seconds since the session began
   * @param underWay cost of what trials that are not finished have done
   */
  OptionalDouble secondsLeft(double seconds, double underWay) {
    double all = done + underWay;
    if (all + expected <= 0) {
      return OptionalDouble.empty();
    }
    double speed = (all + expected) / (seconds + expected / workers);
    return OptionalDouble.of(Math.max(0, total - all) / speed);
  }
}
