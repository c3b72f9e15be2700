package lemniscate.cuda.device;

import static lemniscate.cuda.device.CublasStatus.check;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import lemniscate.cuda.driver.Product;
import lemniscate.tensor.DType;

/** Any cuBLAS from version 11.4 on through the foreign-function interface. */
final class ForeignCublasEngine implements ProductEngine {

  private static final ValueLayout I = ValueLayout.JAVA_INT;
  private static final ValueLayout L = ValueLayout.JAVA_LONG;
  // Handles, streams and device memory go as numbers.
  private static final ValueLayout P = ValueLayout.JAVA_LONG;
  private static final ValueLayout FACTOR = ValueLayout.ADDRESS;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment alpha = arena.allocate(ValueLayout.JAVA_DOUBLE);
  private final MemorySegment beta = arena.allocate(ValueLayout.JAVA_DOUBLE);
  private final MethodHandle destroy;
  private final MethodHandle gemm;
  private final MethodHandle batchedGemm;
  private final MethodHandle setPointerMode;
  private final long handle;
  private final String description;

  /**
   * Starts the library on the current context.
   *
   * @param library loaded
   * @param stream handle of the stream
   * @param workspace address of {@link ProductEngine#WORKSPACE_BYTES}
   */
  ForeignCublasEngine(CublasLibrary library, long stream, long workspace) {
    destroy = function(library, "cublasDestroy_v2", P);
    gemm =
        function(
            library,
            "cublasGemmEx",
            P,
            I,
            I,
            I,
            I,
            I,
            FACTOR,
            P,
            I,
            I,
            P,
            I,
            I,
            FACTOR,
            P,
            I,
            I,
            I,
            I);
    batchedGemm =
        function(
            library,
            "cublasGemmStridedBatchedEx",
            P,
            I,
            I,
            I,
            I,
            I,
            FACTOR,
            P,
            I,
            I,
            L,
            P,
            I,
            I,
            L,
            FACTOR,
            P,
            I,
            I,
            L,
            I,
            I,
            I);
    setPointerMode = function(library, "cublasSetPointerMode_v2", P, I);
    MemorySegment word = arena.allocate(ValueLayout.JAVA_LONG);
    call("cublasCreate", function(library, "cublasCreate_v2", FACTOR), word);
    handle = word.get(ValueLayout.JAVA_LONG, 0);
    try {
      description =
          library.description(configure(library, stream, workspace))
              + " by the foreign-function API";
    } catch (CudaException failure) {
      close();
      throw failure;
    }
  }

  // Returns the version.
  private int configure(CublasLibrary library, long stream, long workspace) {
    MemorySegment word = arena.allocate(ValueLayout.JAVA_INT);
    call("cublasGetVersion", function(library, "cublasGetVersion_v2", P, FACTOR), handle, word);
    call("cublasSetStream", function(library, "cublasSetStream_v2", P, P), handle, stream);
    // After the stream, which brings the library's own workspace back.
    call(
        "cublasSetWorkspace",
        function(library, "cublasSetWorkspace_v2", P, P, L),
        handle,
        workspace,
        WORKSPACE_BYTES);
    call("cublasSetMathMode", function(library, "cublasSetMathMode", P, I), handle, DEFAULT_MATH);
    call(
        "cublasSetAtomicsMode",
        function(library, "cublasSetAtomicsMode", P, I),
        handle,
        ATOMICS_NOT_ALLOWED);
    call("cublasSetPointerMode", setPointerMode, handle, POINTER_MODE_HOST);
    return word.get(ValueLayout.JAVA_INT, 0);
  }

  // Every function of cuBLAS returns a status.
  private static MethodHandle function(
      CublasLibrary library, String name, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(
            library.symbols().findOrThrow(name),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters));
  }

  private static void call(String operation, MethodHandle function, Object... arguments) {
    int status;
    try {
      status = (int) function.invokeWithArguments(arguments);
    } catch (Throwable failure) {
      throw new IllegalStateException(operation, failure);
    }
    check(operation, status);
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public void multiply(Product product) {
    if (product.readsFactors()) {
      call("cublasSetPointerMode", setPointerMode, handle, POINTER_MODE_DEVICE);
      try {
        multiply(
            product,
            MemorySegment.ofAddress(product.factors()),
            MemorySegment.ofAddress(product.betaAddress()));
      } finally {
        call("cublasSetPointerMode", setPointerMode, handle, POINTER_MODE_HOST);
      }
      return;
    }
    // Factors have the type of the sums.
    if (product.precision().dtype() == DType.FLOAT64) {
      alpha.set(ValueLayout.JAVA_DOUBLE, 0, product.alpha());
      beta.set(ValueLayout.JAVA_DOUBLE, 0, product.beta());
    } else {
      alpha.set(ValueLayout.JAVA_FLOAT, 0, (float) product.alpha());
      beta.set(ValueLayout.JAVA_FLOAT, 0, (float) product.beta());
    }
    multiply(product, alpha, beta);
  }

  private void multiply(Product product, MemorySegment alphaOf, MemorySegment betaOf) {
    ColumnMajorProduct p = ColumnMajorProduct.of(product);
    int element = ColumnMajorProduct.elementType(product.precision());
    int compute = ColumnMajorProduct.computeType(product.precision());
    if (p.count() == 1) {
      call(
          "cublasGemmEx",
          gemm,
          handle,
          p.transposeFirst(),
          p.transposeSecond(),
          p.rows(),
          p.columns(),
          p.k(),
          alphaOf,
          p.first(),
          element,
          p.leadingFirst(),
          p.second(),
          element,
          p.leadingSecond(),
          betaOf,
          p.result(),
          element,
          p.leadingResult(),
          compute,
          ColumnMajorProduct.ALGORITHM);
    } else {
      call(
          "cublasGemmStridedBatchedEx",
          batchedGemm,
          handle,
          p.transposeFirst(),
          p.transposeSecond(),
          p.rows(),
          p.columns(),
          p.k(),
          alphaOf,
          p.first(),
          element,
          p.leadingFirst(),
          p.strideFirst(),
          p.second(),
          element,
          p.leadingSecond(),
          p.strideSecond(),
          betaOf,
          p.result(),
          element,
          p.leadingResult(),
          p.strideResult(),
          p.count(),
          compute,
          ColumnMajorProduct.ALGORITHM);
    }
  }

  @Override
  public void close() {
    try {
      call("cublasDestroy", destroy, handle);
    } finally {
      arena.close();
    }
  }
}
