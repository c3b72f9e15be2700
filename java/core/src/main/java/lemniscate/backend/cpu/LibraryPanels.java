package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.Gemm;
import lemniscate.tensor.DType;

/**
 * {@link Panels} of one weight that a library packs and multiplies by: one for each thread, since a
 * product is shared out by panels. A library has its own ways to sum, which may depend on how many
 * rows and columns it is given.
 *
 * <p>All threads may use one instance. The factor of the products is packed with the weight.
 */
final class LibraryPanels implements Panels {

  /** Panels begin at multiples, so that no two threads write to one cache line of a result. */
  private static final int GRAIN = 16;

  private final BlasPacking library;
  private final DType dtype;
  private final int rows;
  private final double alpha;
  private final int columns;
  private final long stride;

  /**
   * Lays nothing out yet.
   *
   * @param like a product with the weight
   * @param threads that share the products out
   */
  LibraryPanels(BlasPacking library, Gemm like, int threads) {
    this.library = library;
    this.dtype = like.b().dtype();
    this.rows = like.m();
    this.alpha = like.alpha();
    this.columns = Math.ceilDiv(Math.ceilDiv(like.n(), GRAIN), threads) * GRAIN;
    int widest = Math.min(columns, like.n());
    int last = like.n() - (count(like.n()) - 1) * columns;
    long bytes =
        Math.max(
            library.bytes(dtype, rows, widest, like.k()),
            library.bytes(dtype, rows, last, like.k()));
    this.stride = Math.ceilDiv(bytes, (long) CpuArena.ALIGNMENT) * CpuArena.ALIGNMENT;
  }

  @Override
  public int columns() {
    return columns;
  }

  @Override
  public long elements(int k, int n) {
    return count(n) * stride / dtype.bytes();
  }

  @Override
  public boolean serves(double factor) {
    return factor == alpha;
  }

  @Override
  public void pack(
      boolean transpose, int k, int n, MemorySegment b, MemorySegment panels, int from, int to) {
    int ldb = transpose ? k : n;
    for (int panel = from; panel < to; panel++) {
      int first = panel * columns;
      long start = transpose ? (long) first * ldb : first;
      library.pack(
          dtype,
          transpose,
          rows,
          Math.min(columns, n - first),
          k,
          alpha,
          b.address() + start * dtype.bytes(),
          ldb,
          panels.address() + panel * stride);
    }
  }

  @Override
  public void multiply(
      int k,
      int n,
      double factor,
      MemorySegment a,
      MemorySegment panels,
      double beta,
      MemorySegment c,
      int rowFrom,
      int rowTo,
      int panelFrom,
      int panelTo) {
    if (rowFrom == rowTo) {
      return;
    }
    for (int panel = panelFrom; panel < panelTo; panel++) {
      int first = panel * columns;
      library.multiply(
          dtype,
          rowTo - rowFrom,
          Math.min(columns, n - first),
          k,
          a.address() + (long) rowFrom * k * dtype.bytes(),
          k,
          panels.address() + panel * stride,
          beta,
          c.address() + ((long) rowFrom * n + first) * dtype.bytes(),
          n);
    }
  }
}
