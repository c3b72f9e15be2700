package lemniscate.backend;

import lemniscate.tensor.Tensor;

/** Values that are there at once. */
final class ImmediateReadings implements ScalarReadings {

  private final Backend backend;
  private final double[] values;

  ImmediateReadings(Backend backend, int slots) {
    this.backend = backend;
    this.values = new double[slots];
  }

  @Override
  public void enqueue(int slot, Tensor source) {
    values[slot] = backend.scalar(source);
  }

  @Override
  public double value(int slot) {
    return values[slot];
  }

  @Override
  public void close() {}
}
