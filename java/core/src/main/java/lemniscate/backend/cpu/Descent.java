package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.Gemm;
import lemniscate.tensor.Tensor;

/**
 * A step of gradient descent that a product takes as it makes the gradient: W ← (1 − s·decay) W −
 * s·G with s = rateFactor · rate and G = alpha · op(A) · op(B). The gradient is neither stored nor
 * read again, which for a wide layer takes as long as a good part of the product.
 *
 * @param gradient the product that makes G
 * @param rate a scalar, read in every run
 * @param rateFactor of the parameter
 * @param decay decoupled weight decay
 */
record Descent(Gemm gradient, MemorySegment rate, double rateFactor, double decay) {

  /** The product with its result in the weight. */
  Gemm into(Tensor weight) {
    return new Gemm(
        gradient.alpha(),
        gradient.a(),
        gradient.transposeA(),
        gradient.b(),
        gradient.transposeB(),
        1,
        weight);
  }

  /** Factor of the product in this run. */
  double alpha() {
    return -step() * gradient.alpha();
  }

  /** Factor of the weight in this run. */
  double beta() {
    return 1 - step() * decay;
  }

  private double step() {
    return rateFactor * CpuOperations.scalar(rate);
  }
}
