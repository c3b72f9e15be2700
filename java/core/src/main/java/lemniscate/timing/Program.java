package lemniscate.timing;

/** Something that takes a step again and again, here or in another process. */
@FunctionalInterface
public interface Program {

  /**
   * Takes steps.
   *
   * @param times how many
   * @return seconds that one took
   */
  double seconds(int times);

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
}
