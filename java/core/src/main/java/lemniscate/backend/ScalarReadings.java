package lemniscate.backend;

import lemniscate.tensor.Tensor;

/**
 * Values of scalars that are looked at some time after they were made, so that a program need not
 * wait for a backend that works while it goes on ({@link Backend#runsApart}).
 */
public interface ScalarReadings extends AutoCloseable {

  /**
   * Keeps the value that a one-element tensor has after what was enqueued before.
   *
   * @param slot from 0; what it held is forgotten
   */
  void enqueue(int slot, Tensor source);

  /** The value kept in a slot; waits where it has not arrived. */
  double value(int slot);

  @Override
  void close();
}
