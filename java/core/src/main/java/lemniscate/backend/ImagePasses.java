package lemniscate.backend;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The typed way to write an {@link ImageOperation}. */
@FunctionalInterface
public interface ImagePasses {

  /** Enqueues an operation. */
  void add(ImageOperation operation);

  /** {@link ImageOperation.Patches}. */
  default void patches(Window window, Tensor x, Tensor patches) {
    add(new ImageOperation.Patches(window, x, patches));
  }

  /** {@link ImageOperation.SumPatches}. */
  default void sumPatches(Window window, Tensor patches, Tensor x) {
    add(new ImageOperation.SumPatches(window, patches, x));
  }

  /** {@link ImageOperation.Convolve}. */
  default void convolve(
      Window window, double alpha, Tensor x, Tensor weight, @Nullable Tensor scratch, Tensor u) {
    add(new ImageOperation.Convolve(window, alpha, x, weight, scratch, u));
  }

  /** {@link ImageOperation.ConvolveBack}. */
  default void convolveBack(
      Window window,
      double alpha,
      Tensor gated,
      Tensor weight,
      @Nullable Tensor scratch,
      Tensor back) {
    add(new ImageOperation.ConvolveBack(window, alpha, gated, weight, scratch, back));
  }

  /** {@link ImageOperation.ConvolutionGradient}. */
  default void convolutionGradient(
      Window window,
      double alpha,
      Tensor gated,
      Tensor x,
      @Nullable Tensor scratch,
      boolean accumulate,
      Tensor gradient) {
    add(
        new ImageOperation.ConvolutionGradient(
            window, alpha, gated, x, scratch, accumulate, gradient));
  }

  /** {@link ImageOperation.AveragePool}. */
  default void averagePool(Window window, Tensor x, Tensor y) {
    add(new ImageOperation.AveragePool(window, x, y));
  }

  /** {@link ImageOperation.AveragePoolBack}. */
  default void averagePoolBack(Window window, Tensor d, Tensor back) {
    add(new ImageOperation.AveragePoolBack(window, d, back));
  }

  /** {@link ImageOperation.MaxPool}. */
  default void maxPool(Window window, Tensor x, Tensor y, Tensor slot) {
    add(new ImageOperation.MaxPool(window, x, y, slot));
  }

  /** {@link ImageOperation.MaxPoolDifference}. */
  default void maxPoolDifference(
      Window window, Tensor x, Tensor y, Tensor z, Tensor difference, Tensor slot) {
    add(new ImageOperation.MaxPoolDifference(window, x, y, z, difference, slot));
  }

  /** {@link ImageOperation.MaxPoolBack}. */
  default void maxPoolBack(Window window, Tensor slot, Tensor d, Tensor back) {
    add(new ImageOperation.MaxPoolBack(window, slot, d, back));
  }
}
