package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import lemniscate.backend.Descent;
import lemniscate.backend.Gemm;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Independent products. Each is cut along the longer side of its result, so that the larger operand
 * is shared out rather than read by every thread; or by rows of the batch, where a weight is so
 * small that every thread may read the whole of it.
 */
final class Products implements RowChain.Member, WorkerPool.Task {

  /** Below this many floating-point operations one thread is quicker. */
  private static final double PARALLEL_FROM = 400_000;

  /** Parts start at multiples of a cache line. */
  private static final int GRAIN = 16;

  /** Elements of a weight that every thread may pack for itself, as a BLAS does in each product. */
  private static final long SMALL_WEIGHT = 32_768;

  /** Elements of a packed weight that the threads have in a common cache, and each may read. */
  private static final long SMALL_PACKED_WEIGHT = 1 << 22;

  private static final int ROWS_WORTH_A_THREAD = 64;

  /**
   * A product and how it is made: by the library, unless there is more.
   *
   * @param descent step of gradient descent that it takes, with its weight as the result
   * @param weight packed, to multiply by
   * @param batch packed, for the transpose of the product
   */
  private record Making(
      Gemm gemm,
      @Nullable Descent descent,
      @Nullable PackedWeight weight,
      @Nullable PackedWeight batch) {}

  private final MatrixProduct engine;
  private final List<Making> makings;
  private final Product[] products;
  private final boolean large;

  /** Products by a library. */
  static Products of(MatrixProduct engine, OperationGroup group) {
    return new Products(
        engine,
        group.products().stream()
            .map(gemm -> new Making(gemm, group.descents().get(gemm), null, null)));
  }

  private Products(MatrixProduct engine, Stream<Making> makings) {
    this.engine = engine;
    this.makings = makings.toList();
    this.products = this.makings.stream().map(Product::new).toArray(Product[]::new);
    this.large = gemms().stream().mapToDouble(Gemm::flops).sum() >= PARALLEL_FROM;
  }

  List<Gemm> gemms() {
    return makings.stream().map(Making::gemm).toList();
  }

  /** Those whose weight has not been packed. */
  List<Gemm> unpacked() {
    return makings.stream().filter(one -> one.weight == null).map(Making::gemm).toList();
  }

  /** The same, with weights that have been packed; those for which there is none by the library. */
  Products with(Function<Gemm, @Nullable PackedWeight> packed) {
    return changed(one -> new Making(one.gemm, one.descent, packed.apply(one.gemm), one.batch));
  }

  /** The same, with batches that have been packed for products whose weights have not. */
  Products transposing(Function<Gemm, @Nullable PackedWeight> batches) {
    return changed(one -> new Making(one.gemm, one.descent, one.weight, batches.apply(one.gemm)));
  }

  private Products changed(UnaryOperator<Making> change) {
    return new Products(engine, makings.stream().map(change));
  }

  @Override
  public void run(WorkerPool pool) {
    if (large && pool.threads() > 1) {
      pool.run(this);
    } else {
      run(0, 1);
    }
  }

  @Override
  public void run(int part, int parts) {
    for (Product product : products) {
      product.run(engine, part, parts);
    }
  }

  @Override
  public int batch() {
    int rows = products[0].m;
    for (Product product : products) {
      if (product.m != rows || !product.leavesRowsApart()) {
        return 0;
      }
    }
    return rows;
  }

  @Override
  public List<Tensor> byRow() {
    return gemms().stream().flatMap(gemm -> Stream.of(gemm.a(), gemm.c())).toList();
  }

  @Override
  public List<Tensor> shared() {
    return gemms().stream().map(Gemm::b).toList();
  }

  @Override
  public void runRows(int part, int from, int to) {
    for (Product product : products) {
      product.runRows(engine, part, from, to - from);
    }
  }

  private static final class Product {
    private final DType dtype;
    private final boolean transposeA;
    private final boolean transposeB;
    private final int m;
    private final int n;
    private final int k;
    private final double alpha;
    private final double beta;
    private final @Nullable Descent descent;
    private final @Nullable MemorySegment rate;
    private final long b;
    private final int lda;
    private final int ldb;
    private final int ldc;
    private final MemorySegment left;
    private final MemorySegment result;
    private final MemorySegment right;
    private final @Nullable PackedWeight packed;
    private final @Nullable PackedWeight transposed;

    Product(Making making) {
      Gemm gemm = making.gemm;
      dtype = gemm.c().dtype();
      transposeA = gemm.transposeA();
      transposeB = gemm.transposeB();
      m = gemm.m();
      n = gemm.n();
      k = gemm.k();
      alpha = gemm.alpha();
      beta = gemm.beta();
      left = OffHeapStorage.segment(gemm.a());
      result = OffHeapStorage.segment(gemm.c());
      right = OffHeapStorage.segment(gemm.b());
      b = right.address();
      lda = gemm.a().columns();
      ldb = gemm.b().columns();
      ldc = gemm.c().columns();
      descent = making.descent;
      rate = descent == null ? null : OffHeapStorage.segment(descent.step().rate());
      packed = making.weight;
      transposed = making.batch;
    }

    private double alpha() {
      return descent == null || rate == null ? alpha : descent.alpha(CpuOperations.scalar(rate));
    }

    private double beta() {
      return descent == null || rate == null ? beta : descent.beta(CpuOperations.scalar(rate));
    }

    // A batch through a small weight is cut by rows, as the elementwise loops are: what a thread
    // writes it then reads itself, and packing the weight twice costs less than fetching half of
    // the rows.
    private boolean rowsStayWithTheirThread(int parts) {
      return leavesRowsApart() && m >= ROWS_WORTH_A_THREAD * parts;
    }

    boolean leavesRowsApart() {
      return !transposeA
          && transposed == null
          && (long) k * n <= (packed == null ? SMALL_WEIGHT : SMALL_PACKED_WEIGHT);
    }

    void run(MatrixProduct engine, int part, int parts) {
      if (transposed != null) {
        transposed.multiplyTransposed(
            part, n, alpha(), right, result, cut(n, part, parts), cut(n, part + 1, parts));
        return;
      }
      if (packed != null && !rowsStayWithTheirThread(parts)) {
        packed.multiply(
            part,
            alpha(),
            left,
            beta(),
            result,
            0,
            m,
            packed.cut(part, parts),
            packed.cut(part + 1, parts));
        return;
      }
      boolean byColumns = n >= m && !rowsStayWithTheirThread(parts);
      int side = byColumns ? n : m;
      int from = cut(side, part, parts);
      int size = cut(side, part + 1, parts) - from;
      if (size == 0) {
        return;
      }
      long bytes = dtype.bytes();
      if (byColumns) {
        long firstB = transposeB ? (long) from * ldb : from;
        engine.multiply(
            dtype,
            transposeA,
            transposeB,
            m,
            size,
            k,
            alpha(),
            left.address(),
            lda,
            b + bytes * firstB,
            ldb,
            beta(),
            result.address() + bytes * from,
            ldc);
      } else {
        runRows(engine, part, from, size);
      }
    }

    void runRows(MatrixProduct engine, int part, int from, int size) {
      if (packed != null) {
        packed.multiply(part, alpha(), left, beta(), result, from, from + size, 0, packed.panels());
        return;
      }
      long bytes = dtype.bytes();
      long firstA = transposeA ? from : (long) from * lda;
      engine.multiply(
          dtype,
          transposeA,
          transposeB,
          size,
          n,
          k,
          alpha(),
          left.address() + bytes * firstA,
          lda,
          b,
          ldb,
          beta(),
          result.address() + bytes * from * ldc,
          ldc);
    }

    private static int cut(int side, int part, int parts) {
      return part == parts ? side : (int) ((long) side * part / parts / GRAIN * GRAIN);
    }
  }
}
