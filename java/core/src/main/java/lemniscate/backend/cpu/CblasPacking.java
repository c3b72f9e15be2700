package lemniscate.backend.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import lemniscate.tensor.DType;

/** {@link BlasPacking} by the functions that MKL has beside those of the CBLAS. */
final class CblasPacking implements BlasPacking {

  private static final int PACKED = 151;

  /** The right operand is the one that is packed. */
  private static final int B_MATRIX = 162;

  private static final List<String> FUNCTIONS = List.of("pack_get_size", "pack", "compute");

  private static final Linker LINKER = Linker.nativeLinker();

  private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong P = ValueLayout.JAVA_LONG;

  private static final MethodHandle SIZE =
      LINKER.downcallHandle(FunctionDescriptor.of(P, I, I, I, I));
  private static final MethodHandle SPACK = pack(ValueLayout.JAVA_FLOAT);
  private static final MethodHandle DPACK = pack(ValueLayout.JAVA_DOUBLE);
  private static final MethodHandle SCOMPUTE = compute(ValueLayout.JAVA_FLOAT);
  private static final MethodHandle DCOMPUTE = compute(ValueLayout.JAVA_DOUBLE);

  private final MemorySegment ssize;
  private final MemorySegment spack;
  private final MemorySegment scompute;
  private final MemorySegment dsize;
  private final MemorySegment dpack;
  private final MemorySegment dcompute;

  private CblasPacking(SymbolLookup library) {
    ssize = library.findOrThrow(name('s', FUNCTIONS.get(0)));
    spack = library.findOrThrow(name('s', FUNCTIONS.get(1)));
    scompute = library.findOrThrow(name('s', FUNCTIONS.get(2)));
    dsize = library.findOrThrow(name('d', FUNCTIONS.get(0)));
    dpack = library.findOrThrow(name('d', FUNCTIONS.get(1)));
    dcompute = library.findOrThrow(name('d', FUNCTIONS.get(2)));
  }

  private static String name(char type, String function) {
    return "cblas_" + type + "gemm_" + function;
  }

  private static MethodHandle pack(ValueLayout scalar) {
    return LINKER.downcallHandle(FunctionDescriptor.ofVoid(I, I, I, I, I, I, scalar, P, I, P));
  }

  private static MethodHandle compute(ValueLayout scalar) {
    return LINKER.downcallHandle(
        FunctionDescriptor.ofVoid(I, I, I, I, I, I, P, I, P, I, scalar, P, I));
  }

  /** Those of a library, if it has them. */
  static Optional<BlasPacking> of(SymbolLookup library) {
    for (String function : FUNCTIONS) {
      if (library.find(name('s', function)).isEmpty()
          || library.find(name('d', function)).isEmpty()) {
        return Optional.empty();
      }
    }
    return Optional.of(new CblasPacking(library));
  }

  @Override
  public long bytes(DType dtype, int m, int n, int k) {
    try {
      MemorySegment function = dtype == DType.FLOAT32 ? ssize : dsize;
      return (long) SIZE.invokeExact(function, B_MATRIX, m, n, k);
    } catch (Throwable failure) {
      throw new IllegalStateException("cblas gemm_pack_get_size", failure);
    }
  }

  @Override
  public void pack(
      DType dtype,
      boolean transpose,
      int m,
      int n,
      int k,
      double alpha,
      long b,
      int ldb,
      long packed) {
    int rows = CblasProduct.ROW_MAJOR;
    int t = transpose ? CblasProduct.TRANSPOSE : CblasProduct.NO_TRANSPOSE;
    try {
      if (dtype == DType.FLOAT32) {
        SPACK.invokeExact(spack, rows, B_MATRIX, t, m, n, k, (float) alpha, b, ldb, packed);
      } else {
        DPACK.invokeExact(dpack, rows, B_MATRIX, t, m, n, k, alpha, b, ldb, packed);
      }
    } catch (Throwable failure) {
      throw new IllegalStateException("cblas gemm_pack", failure);
    }
  }

  @Override
  public void multiply(
      DType dtype,
      int m,
      int n,
      int k,
      long a,
      int lda,
      long packed,
      double beta,
      long c,
      int ldc) {
    int rows = CblasProduct.ROW_MAJOR;
    int ta = CblasProduct.NO_TRANSPOSE;
    // Of what is packed the library knows the strides; it only wants one that could be right.
    int ldb = Math.max(n, k);
    try {
      if (dtype == DType.FLOAT32) {
        float beta32 = (float) beta;
        SCOMPUTE.invokeExact(
            scompute, rows, ta, PACKED, m, n, k, a, lda, packed, ldb, beta32, c, ldc);
      } else {
        DCOMPUTE.invokeExact(
            dcompute, rows, ta, PACKED, m, n, k, a, lda, packed, ldb, beta, c, ldc);
      }
    } catch (Throwable failure) {
      throw new IllegalStateException("cblas gemm_compute", failure);
    }
  }
}
