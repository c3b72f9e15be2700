package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Gemm;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Product;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/** Independent products: those of one kind at constant distances become one strided batch. */
final class ProductList {

  private final WorkList work;
  private final Precision precision;
  private final Map<Gemm, Long> factors;

  /**
   * A list.
   *
   * @param factors addresses of alpha and beta of the products that take a step, by identity
   */
  ProductList(WorkList work, Precision precision, Map<Gemm, Long> factors) {
    this.work = work;
    this.precision = precision;
    this.factors = factors;
  }

  void add(List<Gemm> independent) {
    List<Gemm> waiting = new ArrayList<>(independent);
    while (!waiting.isEmpty()) {
      work.add(batch(waiting));
    }
  }

  // Takes the first product and all that follow it at its distance.
  private Product batch(List<Gemm> waiting) {
    Gemm first = waiting.removeFirst();
    long[] strides = new long[3];
    int count = 1;
    for (int i = 0; i < waiting.size(); ) {
      Gemm next = waiting.get(i);
      if (alike(first, next) && fits(first, next, count, strides)) {
        waiting.remove(i);
        count++;
      } else {
        i++;
      }
    }
    return new Product(
        precision,
        first.transposeA(),
        first.transposeB(),
        first.m(),
        first.n(),
        first.k(),
        first.alpha(),
        WorkList.address(first.a()),
        strides[0],
        WorkList.address(first.b()),
        strides[1],
        first.beta(),
        WorkList.address(first.c()),
        strides[2],
        count,
        factors.getOrDefault(first, 0L));
  }

  private boolean alike(Gemm first, Gemm next) {
    return factors.getOrDefault(first, 0L).equals(factors.getOrDefault(next, 0L))
        && first.transposeA() == next.transposeA()
        && first.transposeB() == next.transposeB()
        && first.m() == next.m()
        && first.n() == next.n()
        && first.k() == next.k()
        && first.alpha() == next.alpha()
        && first.beta() == next.beta();
  }

  // The second of a batch sets the distances, the others must keep to them.
  private boolean fits(Gemm first, Gemm next, int count, long[] strides) {
    long[] found = {
      distance(first.a(), next.a()), distance(first.b(), next.b()), distance(first.c(), next.c())
    };
    if (count == 1) {
      System.arraycopy(found, 0, strides, 0, found.length);
      // cuBLAS takes no negative distance of results.
      return found[2] > 0 && found[0] >= 0 && found[1] >= 0;
    }
    for (int i = 0; i < found.length; i++) {
      if (found[i] != count * strides[i]) {
        return false;
      }
    }
    return true;
  }

  private long distance(Tensor from, Tensor to) {
    long bytes = WorkList.address(to) - WorkList.address(from);
    DType dtype = from.dtype();
    // Allocations are aligned to more than an element.
    return bytes / dtype.bytes();
  }
}
