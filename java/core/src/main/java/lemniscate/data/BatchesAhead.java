package lemniscate.data;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Batches of training examples in order, each prepared by a thread of its own while the one before
 * it is trained on: for backends that work while the program goes on. What they hold is what {@link
 * BatchIterator#fill} gives. Once it runs nothing is allocated.
 */
public final class BatchesAhead implements AutoCloseable {

  /**
   * A batch.
   *
   * @param features (B, features), row-major
   * @param targets (B, outputs), row-major
   */
  public record Batch(float[] features, float[] targets) {}

  private static final long NONE = -1;

  private final BatchIterator batches;
  private final Batch[] slots = new Batch[2];
  private final Thread preparer;

  // Numbers of batches from the start of training. The preparer writes a slot between the two.
  private volatile long wanted = NONE;
  private volatile long prepared = NONE;
  private volatile @Nullable Throwable failure;
  private volatile @Nullable Thread waiting;
  private volatile boolean closed;

  /**
   * Starts the thread.
   *
   * @param batches used by that thread alone
   * @param features of an example
   * @param outputs of an example
   */
  public BatchesAhead(BatchIterator batches, int features, int outputs) {
    this.batches = batches;
    for (int i = 0; i < slots.length; i++) {
      slots[i] =
          new Batch(
              new float[Math.multiplyExact(batches.batch(), features)],
              new float[Math.multiplyExact(batches.batch(), outputs)]);
    }
    this.preparer = Thread.ofPlatform().daemon().name("batches-ahead").start(this::prepare);
  }

  /**
   * A batch, to be used until the next is asked for; the one after it is prepared from now on.
   *
   * @param number of the batch, counted through all epochs from 0; after each other is quickest
   */
  public Batch next(long number) {
    waitFor(wanted);
    if (prepared != number) {
      ask(number);
      waitFor(number);
    }
    Batch batch = slots[slot(number)];
    ask(number + 1);
    return batch;
  }

  private static int slot(long number) {
    return (int) (number % 2);
  }

  private void ask(long number) {
    wanted = number;
    LockSupport.unpark(preparer);
  }

  private void waitFor(long number) {
    waiting = Thread.currentThread();
    while (prepared != number && failure == null) {
      LockSupport.park(this);
    }
    waiting = null;
    switch (failure) {
      case null -> {}
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      case Throwable other -> throw new IllegalStateException(other);
    }
  }

  private void prepare() {
    try {
      while (!closed) {
        long number = wanted;
        if (number == prepared) {
          LockSupport.park(this);
          continue;
        }
        Batch batch = slots[slot(number)];
        int each = batches.batchesPerEpoch();
        batches.fill(number / each, (int) (number % each), batch.features(), batch.targets());
        prepared = number;
        LockSupport.unpark(waiting);
      }
    } catch (RuntimeException | Error thrown) {
      failure = thrown;
      LockSupport.unpark(waiting);
    }
  }

  /** Ends the thread. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(preparer);
    boolean interrupted = false;
    while (preparer.isAlive()) {
      try {
        preparer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
