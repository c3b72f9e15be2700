package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import lemniscate.backend.Gemm;
import lemniscate.tensor.Shape;

/**
 * Lays a weight out in {@link Panels} for the products that follow, each thread some of them; or
 * the batch of a product that is transposed.
 */
final class PackedWeight implements CpuOperation, WorkerPool.Task {

  private final boolean transpose;
  private final int k;
  private final int n;
  private final MemorySegment source;
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
    this(
        like.transposeB(),
        like.k(),
        like.n(),
        OffHeapStorage.segment(like.b()),
        byPart,
        room(byPart[0].elements(like.k(), like.n()), arena));
  }

  /** The batch of a product that is made as the transpose of weight times batch. */
  static PackedWeight batchOf(Gemm transposed, Panels[] byPart, CpuArena arena) {
    return new PackedWeight(
        true,
        transposed.k(),
        transposed.m(),
        OffHeapStorage.segment(transposed.a()),
        byPart,
        room(byPart[0].elements(transposed.k(), transposed.m()), arena));
  }

  /**
   * Takes memory.
   *
   * @return room for so many elements
   */
  static MemorySegment room(long elements, CpuArena arena) {
    return OffHeapStorage.segment(arena.allocate(new Shape(1, Math.toIntExact(elements))));
  }

  /**
   * Packs into memory that others use too.
   *
   * @param transpose whether op(B) is the transpose of B
   * @param k rows of op(B)
   * @param n columns of op(B)
   * @param source B
   * @param panels room for the panels
   */
  PackedWeight(
      boolean transpose,
      int k,
      int n,
      MemorySegment source,
      Panels[] byPart,
      MemorySegment panels) {
    this.transpose = transpose;
    this.k = k;
    this.n = n;
    this.source = source;
    this.byPart = byPart;
    this.count = byPart[0].count(n);
    this.panels = panels;
  }

  @Override
  public void run(WorkerPool pool) {
    pool.run(this);
  }

  @Override
  public void run(int part, int parts) {
    byPart[part].pack(transpose, k, n, source, panels, cut(part, parts), cut(part + 1, parts));
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

  /** C = alpha X Aᵀ for the batch X that was packed, by one thread, for some rows of A of m. */
  void multiplyTransposed(
      int part, int m, double alpha, MemorySegment a, MemorySegment c, int from, int to) {
    byPart[part].multiplyTransposed(k, n, m, alpha, a, panels, c, from, to);
  }

  /** Whether it can be used for a product with this factor. */
  boolean serves(double alpha) {
    return byPart[0].serves(alpha);
  }

  int panels() {
    return count;
  }
}
