package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import lemniscate.tensor.DType;

/**
 * Products in plain Java, for platforms without a native library: panels of op(B) are copied to the
 * heap, where the compiler vectorises the inner loop by itself.
 */
final class JavaProduct implements MatrixProduct {

  /** Rows of op(B) in a panel: few enough that a panel of a wide layer stays in the cache. */
  private static final int PANEL = 128;

  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private final ThreadLocal<FloatScratch> floats = ThreadLocal.withInitial(FloatScratch::new);
  private final ThreadLocal<DoubleScratch> doubles = ThreadLocal.withInitial(DoubleScratch::new);

  private static final class FloatScratch {
    private float[] panel = {};
    private float[] row = {};
  }

  private static final class DoubleScratch {
    private double[] panel = {};
    private double[] row = {};
  }

  private final String reason;

  /** Says in its description why it is in use. */
  JavaProduct(String reason) {
    this.reason = reason;
  }

  @Override
  public String description() {
    return "plain Java products (" + reason + ")";
  }

  @Override
  public void multiply(
      DType dtype,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      long a,
      int lda,
      long b,
      int ldb,
      double beta,
      long c,
      int ldc) {
    // Strides of op(A) and op(B) between neighbours along each index.
    long aRow = transposeA ? 1 : lda;
    long aInner = transposeA ? lda : 1;
    long bInner = transposeB ? 1 : ldb;
    long bColumn = transposeB ? ldb : 1;
    for (int first = 0; first < k; first += PANEL) {
      int depth = Math.min(PANEL, k - first);
      double keep = first == 0 ? beta : 1;
      if (dtype == DType.FLOAT32) {
        floatPanel(
            m,
            n,
            depth,
            (float) alpha,
            a + 4 * first * aInner,
            aRow,
            aInner,
            b + 4 * first * bInner,
            bInner,
            bColumn,
            (float) keep,
            c,
            ldc);
      } else {
        doublePanel(
            m,
            n,
            depth,
            alpha,
            a + 8 * first * aInner,
            aRow,
            aInner,
            b + 8 * first * bInner,
            bInner,
            bColumn,
            keep,
            c,
            ldc);
      }
    }
  }

  private void floatPanel(
      int m,
      int n,
      int k,
      float alpha,
      long a,
      long aRow,
      long aInner,
      long b,
      long bInner,
      long bColumn,
      float keep,
      long c,
      int ldc) {
    FloatScratch scratch = floats.get();
    if (scratch.panel.length < k * n) {
      scratch.panel = new float[PANEL * n];
    }
    if (scratch.row.length < n) {
      scratch.row = new float[n];
    }
    float[] panel = scratch.panel;
    float[] row = scratch.row;
    for (int p = 0; p < k; p++) {
      for (int j = 0; j < n; j++) {
        panel[p * n + j] = MEMORY.get(ValueLayout.JAVA_FLOAT, b + 4 * (p * bInner + j * bColumn));
      }
    }
    for (int i = 0; i < m; i++) {
      Arrays.fill(row, 0, n, 0f);
      for (int p = 0; p < k; p++) {
        float factor = MEMORY.get(ValueLayout.JAVA_FLOAT, a + 4 * (i * aRow + p * aInner));
        int start = p * n;
        for (int j = 0; j < n; j++) {
          row[j] += factor * panel[start + j];
        }
      }
      long to = c + 4L * i * ldc;
      for (int j = 0; j < n; j++) {
        long at = to + 4L * j;
        // With keep 0 the former content, which may be NaN, is not read.
        float former = keep == 0 ? 0 : keep * MEMORY.get(ValueLayout.JAVA_FLOAT, at);
        MEMORY.set(ValueLayout.JAVA_FLOAT, at, former + alpha * row[j]);
      }
    }
  }

  private void doublePanel(
      int m,
      int n,
      int k,
      double alpha,
      long a,
      long aRow,
      long aInner,
      long b,
      long bInner,
      long bColumn,
      double keep,
      long c,
      int ldc) {
    DoubleScratch scratch = doubles.get();
    if (scratch.panel.length < k * n) {
      scratch.panel = new double[PANEL * n];
    }
    if (scratch.row.length < n) {
      scratch.row = new double[n];
    }
    double[] panel = scratch.panel;
    double[] row = scratch.row;
    for (int p = 0; p < k; p++) {
      for (int j = 0; j < n; j++) {
        panel[p * n + j] = MEMORY.get(ValueLayout.JAVA_DOUBLE, b + 8 * (p * bInner + j * bColumn));
      }
    }
    for (int i = 0; i < m; i++) {
      Arrays.fill(row, 0, n, 0);
      for (int p = 0; p < k; p++) {
        double factor = MEMORY.get(ValueLayout.JAVA_DOUBLE, a + 8 * (i * aRow + p * aInner));
        int start = p * n;
        for (int j = 0; j < n; j++) {
          row[j] += factor * panel[start + j];
        }
      }
      long to = c + 8L * i * ldc;
      for (int j = 0; j < n; j++) {
        long at = to + 8L * j;
        double former = keep == 0 ? 0 : keep * MEMORY.get(ValueLayout.JAVA_DOUBLE, at);
        MEMORY.set(ValueLayout.JAVA_DOUBLE, at, former + alpha * row[j]);
      }
    }
  }
}
