package lemniscate.cuda.device;

import static lemniscate.cuda.device.CublasStatus.check;

import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.runtime.cudaStream_t;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Product;
import lemniscate.tensor.DType;

/** cuBLAS 12 through JCublas. */
final class JCublasEngine implements ProductEngine {

  private final cublasHandle handle = new cublasHandle();
  private final String description;

  /**
   * Starts the library on the current context.
   *
   * @param library loaded, of major version 12
   * @param workspace address of {@link ProductEngine#WORKSPACE_BYTES}
   * @throws UnsatisfiedLinkError when JCublas cannot be loaded
   */
  JCublasEngine(CublasLibrary library, WorkStream stream, long workspace) {
    JCublas2.initialize();
    check("cublasCreate", JCublas2.cublasCreate(handle));
    try {
      description = library.description(configure(stream, workspace)) + " by JCublas";
    } catch (CudaException failure) {
      JCublas2.cublasDestroy(handle);
      throw failure;
    }
  }

  // Returns the version.
  private int configure(WorkStream stream, long workspace) {
    int[] version = new int[1];
    check("cublasGetVersion", JCublas2.cublasGetVersion(handle, version));
    check("cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(stream)));
    // After the stream, which brings the library's own workspace back.
    check(
        "cublasSetWorkspace",
        JCublas2.cublasSetWorkspace(handle, new DeviceAddress(workspace), WORKSPACE_BYTES));
    check("cublasSetMathMode", JCublas2.cublasSetMathMode(handle, DEFAULT_MATH));
    check("cublasSetAtomicsMode", JCublas2.cublasSetAtomicsMode(handle, ATOMICS_NOT_ALLOWED));
    setPointerMode(POINTER_MODE_HOST);
    return version[0];
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public void multiply(Product product) {
    if (!product.readsFactors()) {
      Precision precision = product.precision();
      multiply(product, factor(product.alpha(), precision), factor(product.beta(), precision));
      return;
    }
    setPointerMode(POINTER_MODE_DEVICE);
    try {
      multiply(
          product, new DeviceAddress(product.factors()), new DeviceAddress(product.betaAddress()));
    } finally {
      setPointerMode(POINTER_MODE_HOST);
    }
  }

  private void setPointerMode(int mode) {
    check("cublasSetPointerMode", JCublas2.cublasSetPointerMode(handle, mode));
  }

  private void multiply(Product product, Pointer alpha, Pointer beta) {
    ColumnMajorProduct p = ColumnMajorProduct.of(product);
    int element = ColumnMajorProduct.elementType(product.precision());
    int compute = ColumnMajorProduct.computeType(product.precision());
    if (p.count() == 1) {
      check(
          "cublasGemmEx",
          JCublas2.cublasGemmEx_new(
              handle,
              p.transposeFirst(),
              p.transposeSecond(),
              p.rows(),
              p.columns(),
              p.k(),
              alpha,
              new DeviceAddress(p.first()),
              element,
              p.leadingFirst(),
              new DeviceAddress(p.second()),
              element,
              p.leadingSecond(),
              beta,
              new DeviceAddress(p.result()),
              element,
              p.leadingResult(),
              compute,
              ColumnMajorProduct.ALGORITHM));
    } else {
      check(
          "cublasGemmStridedBatchedEx",
          JCublas2.cublasGemmStridedBatchedEx_new(
              handle,
              p.transposeFirst(),
              p.transposeSecond(),
              p.rows(),
              p.columns(),
              p.k(),
              alpha,
              new DeviceAddress(p.first()),
              element,
              p.leadingFirst(),
              p.strideFirst(),
              new DeviceAddress(p.second()),
              element,
              p.leadingSecond(),
              p.strideSecond(),
              beta,
              new DeviceAddress(p.result()),
              element,
              p.leadingResult(),
              p.strideResult(),
              p.count(),
              compute,
              ColumnMajorProduct.ALGORITHM));
    }
  }

  // Factors have the type of the sums.
  private static Pointer factor(double value, Precision precision) {
    return precision.dtype() == DType.FLOAT64
        ? Pointer.to(new double[] {value})
        : Pointer.to(new float[] {(float) value});
  }

  @Override
  public void close() {
    check("cublasDestroy", JCublas2.cublasDestroy(handle));
  }
}
