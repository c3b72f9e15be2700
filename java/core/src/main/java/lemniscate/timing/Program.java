package lemniscate.timing;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Something that takes a step again and again, here or in another process. */
@FunctionalInterface
public interface Program {

  /**
   * Takes steps.
   *
   * @param times how many
   * @return seconds that one took
   * @throws Ended if the program cannot take any more
   */
  double seconds(int times);

  /**
   * Takes steps, and counts processor time too; by default that of the calling thread.
   *
   * @param times how many
   * @throws Ended if the program cannot take any more
   */
  default Sample sample(int times) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    if (!threads.isCurrentThreadCpuTimeSupported()) {
      return new Sample(seconds(times), Double.NaN);
    }
    long before = threads.getCurrentThreadCpuTime();
    double seconds = seconds(times);
    return new Sample(seconds, (threads.getCurrentThreadCpuTime() - before) / 1e9 / times);
  }

  /**
   * What one step took.
   *
   * @param seconds by the clock
   * @param cpuSeconds of processor time, NaN where it is unknown
   */
  record Sample(double seconds, double cpuSeconds) {}

  /**
   * Seconds of one of some runs.
   *
   * @param run enqueues a step
   * @param finish waits for what was enqueued
   */
  static double secondsOf(Runnable run, Runnable finish, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      run.run();
    }
    finish.run();
    return (System.nanoTime() - start) / 1e9 / times;
  }

  /** A program has ended before its time. */
  final class Ended extends IllegalStateException {

    private static final long serialVersionUID = 1;

    /**
     * With a reason.
     *
     * @param message says how it ended
     */
    public Ended(String message) {
      super(message);
    }
  }
}
