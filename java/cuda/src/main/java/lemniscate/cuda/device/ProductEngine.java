package lemniscate.cuda.device;

import lemniscate.cuda.driver.Product;

/**
 * cuBLAS, bound in one way or another: on one stream, with a workspace of its own (so that it
 * allocates nothing in a recording and gives the same bits each time), without atomics, in the
 * arithmetic that a product names.
 */
interface ProductEngine {

  /**
   * Bytes of workspace. NVIDIA's recommendation for compute capability 9 and above, where the
   * products that split sums need more than before.
   */
  long WORKSPACE_BYTES = 32L << 20;

  /** CUBLAS_DEFAULT_MATH: the compute type alone decides; float32 stays float32. */
  int DEFAULT_MATH = 0;

  /** CUBLAS_ATOMICS_NOT_ALLOWED. */
  int ATOMICS_NOT_ALLOWED = 0;

  /** CUBLAS_POINTER_MODE_HOST: factors are read when a product is enqueued. */
  int POINTER_MODE_HOST = 0;

  /** CUBLAS_POINTER_MODE_DEVICE: factors are read when a product runs. */
  int POINTER_MODE_DEVICE = 1;

  /** Library, version and how it is bound, for people. */
  String description();

  /**
   * Enqueues products.
   *
   * @throws CudaException when cuBLAS refuses
   */
  void multiply(Product product);

  /** Gives the library's resources back; the workspace belongs to the caller. */
  void close();
}
