package lemniscate.backend;

import lemniscate.tensor.Tensor;

/** A backend without values: nothing is copied to or from it, and every value that is read is 0. */
public interface ValuelessBackend extends Backend {

  @Override
  default void upload(float[] source, Tensor target) {}

  @Override
  default void upload(double[] source, Tensor target) {}

  @Override
  default void download(Tensor source, double[] target) {}

  @Override
  default void download(Tensor source, float[] target) {}

  @Override
  default double scalar(Tensor source) {
    return 0;
  }

  @Override
  default void setScalar(double value, Tensor target) {}

  @Override
  default void synchronize() {}

  @Override
  default void close() {}
}
