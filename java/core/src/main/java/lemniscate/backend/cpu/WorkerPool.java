package lemniscate.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that run one task in parts, together with the caller. Workers wait by
 * spinning for a while before they sleep, since the operations of a step follow each other within
 * microseconds. Running a task allocates nothing.
 */
final class WorkerPool implements AutoCloseable {

  /** A task that can be done in independent parts. */
  interface Task {
    void run(int part, int parts);
  }

  /** How often a worker looks for work before it sleeps: some tens of microseconds. */
  private static final int SPINS = 20_000;

  private final Thread[] workers;
  private final AtomicInteger pending = new AtomicInteger();
  private volatile Task task = (part, parts) -> {};
  private final AtomicInteger generation = new AtomicInteger();
  private volatile @Nullable Throwable failure;
  private volatile boolean closed;

  /**
   * Starts the workers.
   *
   * @param threads number of parts, the caller's included
   */
  WorkerPool(int threads) {
    workers = new Thread[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      int part = i + 1;
      workers[i] = new Thread(() -> work(part), "lemniscate-cpu-" + part);
      workers[i].setDaemon(true);
      workers[i].start();
    }
  }

  int threads() {
    return workers.length + 1;
  }

  /** Runs all parts and returns when they are done. */
  void run(Task work) {
    if (workers.length == 0) {
      work.run(0, 1);
      return;
    }
    task = work;
    pending.set(workers.length);
    generation.incrementAndGet();
    for (Thread worker : workers) {
      LockSupport.unpark(worker);
    }
    try {
      work.run(0, workers.length + 1);
    } finally {
      while (pending.get() != 0) {
        Thread.onSpinWait();
      }
    }
    @Nullable Throwable failed = failure;
    if (failed != null) {
      failure = null;
      throw new IllegalStateException("a worker of the cpu backend failed", failed);
    }
  }

  private void work(int part) {
    int seen = 0;
    while (true) {
      int spins = 0;
      while (generation.get() == seen) {
        if (closed) {
          return;
        }
        if (++spins < SPINS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
          spins = 0;
        }
      }
      seen = generation.get();
      try {
        task.run(part, workers.length + 1);
      } catch (Throwable thrown) {
        failure = thrown;
      } finally {
        pending.decrementAndGet();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Thread worker : workers) {
      LockSupport.unpark(worker);
    }
  }
}
