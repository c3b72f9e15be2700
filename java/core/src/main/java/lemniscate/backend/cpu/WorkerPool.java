package lemniscate.backend.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that run one task in parts, together with the caller. Running a task
 * allocates nothing.
 *
 * <p>How a task is cut depends on the number of threads alone, so that results do too; which thread
 * takes a part does not matter. Whoever is free takes the next part: on a busy machine the caller
 * does the work of a worker that the system does not let run. Workers wait by spinning for a while
 * before they sleep, since the operations of a step follow each other within microseconds.
 */
final class WorkerPool implements AutoCloseable {

  /** A task that can be done in independent parts. */
  interface Task {
    void run(int part, int parts);
  }

  /** How often a worker looks for work before it sleeps: some tens of microseconds. */
  private static final int SPINS_BEFORE_SLEEP = 20_000;

  /**
   * How often the caller looks whether the others are done before it lets them have its processor.
   */
  private static final int SPINS_BEFORE_YIELD = 2_000;

  private static final long PART_BITS = 16;
  private static final long PART_MASK = (1L << PART_BITS) - 1;

  private final Worker[] workers;
  private final int parts;

  /** Number of the task in the high bits, next part to take in the low ones. */
  private final AtomicLong ticket = new AtomicLong();

  private final AtomicInteger unfinished = new AtomicInteger();
  private volatile Task task = (part, of) -> {};
  private volatile @Nullable Throwable failure;
  private volatile boolean closed;

  /**
   * Starts the workers.
   *
   * @param threads number of parts, the caller's included
   */
  WorkerPool(int threads) {
    parts = threads;
    ticket.set(threads);
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].thread.start();
    }
  }

  int threads() {
    return parts;
  }

  /** Runs all parts and returns when they are done. To be called from one thread at a time. */
  void run(Task work) {
    if (workers.length == 0) {
      work.run(0, 1);
      return;
    }
    task = work;
    unfinished.set(parts);
    ticket.set(((ticket.get() >>> PART_BITS) + 1) << PART_BITS);
    for (Worker worker : workers) {
      if (worker.asleep) {
        LockSupport.unpark(worker.thread);
      }
    }
    while (takePart()) {
      // Until none is left.
    }
    for (int spins = 0; unfinished.get() != 0; spins++) {
      if (spins < SPINS_BEFORE_YIELD) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
    Throwable failed = failure;
    if (failed != null) {
      failure = null;
      throw new IllegalStateException("an operation of the cpu backend failed", failed);
    }
  }

  private boolean partLeft() {
    return (ticket.get() & PART_MASK) < parts;
  }

  /** Does one part of the present task, if one is left. */
  private boolean takePart() {
    while (true) {
      long seen = ticket.get();
      int part = (int) (seen & PART_MASK);
      if (part >= parts) {
        return false;
      }
      // Read before the ticket is taken: should the next task have begun, taking it fails.
      Task work = task;
      if (ticket.compareAndSet(seen, seen + 1)) {
        try {
          work.run(part, parts);
        } catch (Throwable thrown) {
          failure = thrown;
        } finally {
          unfinished.decrementAndGet();
        }
        return true;
      }
    }
  }

  private final class Worker implements Runnable {
    private final Thread thread;
    private volatile boolean asleep;

    Worker(int number) {
      thread = new Thread(this, "lemniscate-cpu-" + number);
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      int spins = 0;
      while (!closed) {
        if (takePart()) {
          spins = 0;
        } else if (++spins < SPINS_BEFORE_SLEEP) {
          Thread.onSpinWait();
        } else {
          asleep = true;
          // The caller publishes a task before it looks whether anyone sleeps.
          if (!partLeft() && !closed) {
            LockSupport.park(WorkerPool.this);
          }
          asleep = false;
          spins = 0;
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker.thread);
    }
  }
}
