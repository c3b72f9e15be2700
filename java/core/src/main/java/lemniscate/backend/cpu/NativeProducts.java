package lemniscate.backend.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import lemniscate.tensor.DType;

/**
 * The functions of {@code native/cpu/products.c} for one instruction set and element type, which
 * are described there. Memory is given by address, and trusted.
 */
final class NativeProducts {

  private static final ValueLayout.OfLong N = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfDouble FACTOR = ValueLayout.JAVA_DOUBLE;

  // The handles are constants and the function's address an argument: only calls through constant
  // handles are compiled to plain calls, others allocate. So would segments as arguments.
  private static final MethodHandle SIZE = handle(FunctionDescriptor.of(N));
  private static final MethodHandle PACK =
      handle(FunctionDescriptor.ofVoid(N, N, N, N, N, N, N, N));
  private static final MethodHandle MULTIPLY_PACKED =
      handle(FunctionDescriptor.ofVoid(N, N, FACTOR, N, N, N, FACTOR, N, N, N, N, N, N, N));
  private static final MethodHandle MULTIPLY_TRANSPOSED =
      handle(FunctionDescriptor.ofVoid(N, N, FACTOR, N, N, N, N, N, N, N, N));
  private static final MethodHandle MULTIPLY =
      handle(FunctionDescriptor.ofVoid(N, N, N, N, N, FACTOR, N, N, N, N, FACTOR, N, N, N));

  private final MemorySegment pack;
  private final MemorySegment multiplyPacked;
  private final MemorySegment multiplyTransposed;
  private final MemorySegment multiply;
  private final int panelColumns;
  private final long scratchBytes;

  NativeProducts(NativeCode code, DType dtype) {
    pack = code.function(dtype, "pack");
    multiplyPacked = code.function(dtype, "multiply_packed");
    multiplyTransposed = code.function(dtype, "multiply_transposed");
    multiply = code.function(dtype, "multiply_unpacked");
    panelColumns = Math.toIntExact(size(code.function(dtype, "panel_columns")));
    scratchBytes = size(code.function(dtype, "scratch_bytes"));
  }

  private static MethodHandle handle(FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(descriptor);
  }

  private static long size(MemorySegment function) {
    try {
      return (long) SIZE.invokeExact(function);
    } catch (Throwable failure) {
      throw new IllegalStateException("products.c", failure);
    }
  }

  /** Columns of a panel. */
  int panelColumns() {
    return panelColumns;
  }

  /** Bytes that a product needs to itself. */
  long scratchBytes() {
    return scratchBytes;
  }

  void pack(boolean transposed, long k, long n, long b, long ldb, long panels, long from, long to) {
    try {
      PACK.invokeExact(pack, transposed ? 1L : 0L, k, n, b, ldb, panels, from, to);
    } catch (Throwable failure) {
      throw new IllegalStateException("pack", failure);
    }
  }

  void multiplyPacked(
      long k,
      long n,
      double alpha,
      long a,
      long lda,
      long panels,
      double beta,
      long c,
      long ldc,
      long rowFrom,
      long rowTo,
      long panelFrom,
      long panelTo,
      long scratch) {
    try {
      MULTIPLY_PACKED.invokeExact(
          multiplyPacked,
          k,
          n,
          alpha,
          a,
          lda,
          panels,
          beta,
          c,
          ldc,
          rowFrom,
          rowTo,
          panelFrom,
          panelTo,
          scratch);
    } catch (Throwable failure) {
      throw new IllegalStateException("multiply_packed", failure);
    }
  }

  void multiplyTransposed(
      long k,
      long n,
      double alpha,
      long a,
      long lda,
      long panels,
      long c,
      long ldc,
      long from,
      long to,
      long scratch) {
    try {
      MULTIPLY_TRANSPOSED.invokeExact(
          multiplyTransposed, k, n, alpha, a, lda, panels, c, ldc, from, to, scratch);
    } catch (Throwable failure) {
      throw new IllegalStateException("multiply_transposed", failure);
    }
  }

  void multiply(
      boolean transposedA,
      boolean transposedB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long b,
      long ldb,
      double beta,
      long c,
      long ldc,
      long scratch) {
    long ta = transposedA ? 1 : 0;
    long tb = transposedB ? 1 : 0;
    try {
      MULTIPLY.invokeExact(multiply, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, scratch);
    } catch (Throwable failure) {
      throw new IllegalStateException("multiply_unpacked", failure);
    }
  }
}
