package lemniscate.timing;

import java.util.List;

/**
 * How long a step of one program took, by round. Both lists are empty where the program ended
 * before its time.
 *
 * @param seconds by the clock
 * @param cpuSeconds of processor time, NaN where it is unknown; of a program in this process those
 *     of the calling thread, which is all of it only if no other thread takes part
 */
public record Times(List<Double> seconds, List<Double> cpuSeconds) {

  private static final double MILLIS = 1e3;

  /** Median by the clock, in milliseconds. */
  public double medianMs() {
    return MILLIS * Turns.median(seconds);
  }

  /** Median of processor time in milliseconds, NaN where it is unknown. */
  public double medianCpuMs() {
    return MILLIS * Turns.median(cpuSeconds);
  }

  /** Quotients of two programs by the clock, round by round. */
  public Ratio over(Times other) {
    List<Double> rounds = Turns.ratios(seconds, other.seconds);
    return new Ratio(
        Turns.median(seconds) / Turns.median(other.seconds),
        Turns.quantile(rounds, Turns.LOW),
        Turns.quantile(rounds, Turns.HIGH));
  }

  /**
   * One program's time over another's.
   *
   * @param value ratio of the medians
   * @param low lower quartile of the rounds' ratios
   * @param high upper quartile of the rounds' ratios
   */
  public record Ratio(double value, double low, double high) {

    /** A wider one says more about the machine than about the programs. */
    public static final double WIDE = 0.15;

    /** Distance of the quartiles over the ratio. */
    public double spread() {
      return (high - low) / value;
    }
  }
}
