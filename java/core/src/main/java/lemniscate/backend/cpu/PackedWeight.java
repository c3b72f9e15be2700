package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.Gemm;
import lemniscate.tensor.Shape;

/** Lays a weight out in {@link Panels} for the products that follow, each thread some of them. */
final class PackedWeight implements CpuOperation, WorkerPool.Task {

  private final boolean transpose;
  private final int k;
  private final int n;
  private final MemorySegment weight;
  private final Panels[] byPart;
  private final int count;
  private final MemorySegment panels;

  /**
   * Takes memory.
   *
   * @param like a product with this weight
   * @param byPart layout, with the room that each thread needs
   * @param arena where the panels go
   */
  PackedWeight(Gemm like, Panels[] byPart, CpuArena arena) {
    this.transpose = like.transposeB();
    this.k = like.k();
    this.n = like.n();
    this.weight = OffHeapStorage.segment(like.b());
    this.byPart = byPart;
    this.count = byPart[0].count(n);
    int elements = Math.toIntExact(byPart[0].elements(k, n));
    this.panels = OffHeapStorage.segment(arena.allocate(new Shape(1, elements)));
  }

  @Override
  public void run(WorkerPool pool) {
    pool.run(this);
  }

  @Override
  public void run(int part, int parts) {
    byPart[part].pack(transpose, k, n, weight, panels, cut(part, parts), cut(part + 1, parts));
  }

  /** First panel of a part. */
  int cut(int part, int parts) {
    return (int) ((long) count * part / parts);
  }

  /** C = alpha A op(B) + beta C, by one thread, for some rows and panels. */
  void multiply(
      int part,
      double alpha,
      MemorySegment a,
      double beta,
      MemorySegment c,
      int rowFrom,
      int rowTo,
      int panelFrom,
      int panelTo) {
    byPart[part].multiply(k, n, alpha, a, panels, beta, c, rowFrom, rowTo, panelFrom, panelTo);
  }

  /** Whether it can be used for a product with this factor. */
  boolean serves(double alpha) {
    return byPart[0].serves(alpha);
  }

  int panels() {
    return count;
  }
}
