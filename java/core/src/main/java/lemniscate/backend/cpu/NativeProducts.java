package lemniscate.backend.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import lemniscate.backend.Window;
import lemniscate.tensor.DType;

/**
 * The functions of {@code native/cpu/products.c} and {@code convolutions.c} for one instruction set
 * and element type, which are described there. Memory is given by address, and trusted.
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

  // Behind the window: its seven numbers and the channels of the result.
  private static final MethodHandle CONVOLVE =
      handle(FunctionDescriptor.ofVoid(N, N, N, N, N, N, N, N, FACTOR, N, N, N, N, N, N));
  private static final MethodHandle CONVOLUTION_GRADIENT =
      handle(
          FunctionDescriptor.ofVoid(
              N, N, N, N, N, N, N, N, FACTOR, N, N, N, FACTOR, N, N, N, N, N, N));

  private final MemorySegment pack;
  private final MemorySegment multiplyPacked;
  private final MemorySegment multiplyTransposed;
  private final MemorySegment multiply;
  private final MemorySegment convolve;
  private final MemorySegment convolveBack;
  private final MemorySegment convolutionGradient;
  private final int panelColumns;
  private final long scratchBytes;

  NativeProducts(NativeCode code, DType dtype) {
    pack = code.function(dtype, "pack");
    multiplyPacked = code.function(dtype, "multiply_packed");
    multiplyTransposed = code.function(dtype, "multiply_transposed");
    multiply = code.function(dtype, "multiply_unpacked");
    convolve = code.function(dtype, "convolve");
    convolveBack = code.function(dtype, "convolve_back");
    convolutionGradient = code.function(dtype, "convolution_gradient");
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

  void convolve(
      Window window,
      long out,
      double alpha,
      long x,
      long panels,
      long u,
      long from,
      long to,
      long scratch) {
    convolve(convolve, window, out, alpha, x, panels, u, from, to, scratch);
  }

  void convolveBack(
      Window window,
      long out,
      double alpha,
      long gated,
      long panels,
      long back,
      long from,
      long to,
      long scratch) {
    convolve(convolveBack, window, out, alpha, gated, panels, back, from, to, scratch);
  }

  private static void convolve(
      MemorySegment function,
      Window window,
      long out,
      double alpha,
      long source,
      long panels,
      long target,
      long from,
      long to,
      long scratch) {
    try {
      CONVOLVE.invokeExact(
          function,
          (long) window.image().height(),
          (long) window.image().width(),
          (long) window.image().channels(),
          (long) window.height(),
          (long) window.width(),
          (long) window.stride(),
          (long) window.padding(),
          out,
          alpha,
          source,
          panels,
          target,
          from,
          to,
          scratch);
    } catch (Throwable failure) {
      throw new IllegalStateException("convolve", failure);
    }
  }

  void convolutionGradient(
      Window window,
      long out,
      double alpha,
      long batch,
      long gated,
      long x,
      double beta,
      long gradient,
      long rowFrom,
      long rowTo,
      long panelFrom,
      long panelTo,
      long scratch) {
    try {
      CONVOLUTION_GRADIENT.invokeExact(
          convolutionGradient,
          (long) window.image().height(),
          (long) window.image().width(),
          (long) window.image().channels(),
          (long) window.height(),
          (long) window.width(),
          (long) window.stride(),
          (long) window.padding(),
          out,
          alpha,
          batch,
          gated,
          x,
          beta,
          gradient,
          rowFrom,
          rowTo,
          panelFrom,
          panelTo,
          scratch);
    } catch (Throwable failure) {
      throw new IllegalStateException("convolution_gradient", failure);
    }
  }
}
