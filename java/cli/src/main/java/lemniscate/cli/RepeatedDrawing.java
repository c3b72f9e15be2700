package lemniscate.cli;

/** Draws again and again until it is closed, on a thread that keeps no process alive. */
final class RepeatedDrawing implements AutoCloseable {

  private final Thread thread;

  private RepeatedDrawing(Thread thread) {
    this.thread = thread;
  }

  /** Draws at once and then whenever so many milliseconds have passed. */
  static RepeatedDrawing start(Runnable draw, long millis) {
    return new RepeatedDrawing(
        Thread.ofPlatform()
            .daemon()
            .name("display")
            .start(
                () -> {
                  try {
                    while (true) {
                      draw.run();
                      Thread.sleep(millis);
                    }
                  } catch (InterruptedException e) {
                    // Closed.
                  }
                }));
  }

  /** Ends it; nothing is drawn once this returns. */
  @Override
  public void close() {
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
