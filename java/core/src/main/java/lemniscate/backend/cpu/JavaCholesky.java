package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import lemniscate.tensor.DType;

/**
 * Cholesky in plain Java, row by row, so that every inner loop runs along rows; sums in double. For
 * platforms without LAPACK, and for the (C, C) systems of single examples.
 */
final class JavaCholesky implements CholeskySolver {

  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  @Override
  public boolean factor(DType dtype, int n, long a) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double rest = get(dtype, a, index(n, i, j)) - dot(dtype, a, n, i, j);
        if (j < i) {
          set(dtype, a, index(n, i, j), rest / get(dtype, a, index(n, j, j)));
        } else if (rest > 0) {
          set(dtype, a, index(n, i, i), Math.sqrt(rest));
        } else {
          // Where it is not finite, the caller is to see that.
          set(dtype, a, index(n, i, i), rest);
          return false;
        }
      }
    }
    return true;
  }

  // Σ_{k<j} L_ik L_jk.
  private static double dot(DType dtype, long a, int n, int i, int j) {
    double sum = 0;
    for (int k = 0; k < j; k++) {
      sum += get(dtype, a, index(n, i, k)) * get(dtype, a, index(n, j, k));
    }
    return sum;
  }

  @Override
  public void solve(DType dtype, int n, long factor, long rows, int count) {
    for (int row = 0; row < count; row++) {
      long x = rows + (long) row * n * dtype.bytes();
      for (int i = 0; i < n; i++) {
        double rest = get(dtype, x, i);
        for (int k = 0; k < i; k++) {
          rest -= get(dtype, factor, index(n, i, k)) * get(dtype, x, k);
        }
        set(dtype, x, i, rest / get(dtype, factor, index(n, i, i)));
      }
      // Lᵀ by columns, which are rows of L.
      for (int i = n - 1; i >= 0; i--) {
        double y = get(dtype, x, i) / get(dtype, factor, index(n, i, i));
        set(dtype, x, i, y);
        for (int k = 0; k < i; k++) {
          set(dtype, x, k, get(dtype, x, k) - get(dtype, factor, index(n, i, k)) * y);
        }
      }
    }
  }

  private static long index(int n, int row, int column) {
    return (long) row * n + column;
  }

  static double get(DType dtype, long address, long i) {
    return dtype == DType.FLOAT32
        ? MEMORY.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address + 4 * i)
        : MEMORY.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, address + 8 * i);
  }

  private static void set(DType dtype, long address, long i, double value) {
    if (dtype == DType.FLOAT32) {
      MEMORY.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address + 4 * i, (float) value);
    } else {
      MEMORY.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, address + 8 * i, value);
    }
  }
}
