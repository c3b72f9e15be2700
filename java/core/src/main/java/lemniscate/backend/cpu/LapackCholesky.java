package lemniscate.backend.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import lemniscate.tensor.DType;

/**
 * {@code potrf} and {@code potrs} of a LAPACK through its C interface. What is a lower triangle in
 * row-major order is an upper one in LAPACK's column-major order, and a row a column: nothing is
 * copied.
 */
final class LapackCholesky implements CholeskySolver {

  private static final int COLUMN_MAJOR = 102;
  private static final byte UPPER = 'U';

  private static final Linker LINKER = Linker.nativeLinker();

  // Constant handles, addresses as 64-bit integers: as in CblasProduct.
  private static final MethodHandle POTRF =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_BYTE,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final MethodHandle POTRS =
      LINKER.downcallHandle(
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_BYTE,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));

  private final MemorySegment spotrf;
  private final MemorySegment dpotrf;
  private final MemorySegment spotrs;
  private final MemorySegment dpotrs;

  private LapackCholesky(
      MemorySegment spotrf, MemorySegment dpotrf, MemorySegment spotrs, MemorySegment dpotrs) {
    this.spotrf = spotrf;
    this.dpotrf = dpotrf;
    this.spotrs = spotrs;
    this.dpotrs = dpotrs;
  }

  /** The solver of a library, or nothing where it is a BLAS without LAPACK's C interface. */
  static Optional<CholeskySolver> of(SymbolLookup library) {
    Optional<MemorySegment> spotrf = library.find("LAPACKE_spotrf_work");
    Optional<MemorySegment> dpotrf = library.find("LAPACKE_dpotrf_work");
    Optional<MemorySegment> spotrs = library.find("LAPACKE_spotrs_work");
    Optional<MemorySegment> dpotrs = library.find("LAPACKE_dpotrs_work");
    return spotrf.isPresent() && dpotrf.isPresent() && spotrs.isPresent() && dpotrs.isPresent()
        ? Optional.of(new LapackCholesky(spotrf.get(), dpotrf.get(), spotrs.get(), dpotrs.get()))
        : Optional.empty();
  }

  @Override
  public boolean factor(DType dtype, int n, long a) {
    try {
      MemorySegment function = dtype == DType.FLOAT32 ? spotrf : dpotrf;
      return (int) POTRF.invokeExact(function, COLUMN_MAJOR, UPPER, n, a, n) == 0;
    } catch (Throwable failure) {
      throw new IllegalStateException("lapack potrf", failure);
    }
  }

  @Override
  public void solve(DType dtype, int n, long factor, long rows, int count) {
    int info;
    try {
      MemorySegment function = dtype == DType.FLOAT32 ? spotrs : dpotrs;
      info = (int) POTRS.invokeExact(function, COLUMN_MAJOR, UPPER, n, count, factor, n, rows, n);
    } catch (Throwable failure) {
      throw new IllegalStateException("lapack potrs", failure);
    }
    if (info != 0) {
      throw new IllegalStateException("lapack potrs: argument " + -info);
    }
  }
}
