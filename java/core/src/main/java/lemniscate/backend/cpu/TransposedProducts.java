package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import lemniscate.backend.Gemm;

/**
 * Finds products of a batch and a weight that is used too seldom to be packed, and has them made
 * transposed: C = X Wᵀ as the transpose of W Xᵀ, with the batch packed instead. The weight is then
 * read once, row by row as it lies there, and a library's packing of it is saved, for that of the
 * batch and for transposing the result, which are both much smaller.
 */
final class TransposedProducts {

  /**
   * Which products are transposed.
   *
   * @param leastBatch rows of the batch below which a product is as long as reading the weight
   * @param mostBatch rows from which on a library makes up for its packing
   * @param leastFanIn length of the sums below which packing the batch shows
   * @param leastFanOut rows of the weight
   * @param filled share of the columns of panels that has to be filled
   */
  record Rule(int leastBatch, int mostBatch, int leastFanIn, int leastFanOut, double filled) {

    /** What was measured, see ADR 13. */
    static final Rule MEASURED = new Rule(8, 256, 256, 256, 0.85);

    /**
     * Whether a product is transposed.
     *
     * @param columns of the panels that it would go through, asked only where all else admits it; 0
     *     where there are none
     */
    boolean admits(Gemm gemm, IntSupplier columns) {
      return !gemm.transposeA()
          && gemm.transposeB()
          && gemm.beta() == 0
          && gemm.m() >= leastBatch
          && gemm.m() <= mostBatch
          && gemm.k() >= leastFanIn
          && gemm.n() >= leastFanOut
          && fills(gemm.m(), columns.getAsInt());
    }

    private boolean fills(int batch, int columns) {
      return columns > 0 && batch >= filled * ((batch + columns - 1) / columns * columns);
    }
  }

  private TransposedProducts() {}

  /**
   * Inserts the packing of the batches and lets the products use it.
   *
   * @param operations of a recording, in order, their weights packed where that is worth it
   * @param transposes which of the other products are transposed
   * @param packer makes the operation that packs the batch of a product
   */
  static List<CpuOperation> link(
      List<CpuOperation> operations,
      Predicate<Gemm> transposes,
      Function<Gemm, PackedWeight> packer) {
    List<CpuOperation> linked = new ArrayList<>();
    for (CpuOperation operation : operations) {
      if (operation instanceof Products products) {
        // Keys are compared by identity: equal products may stand in one list.
        Map<Gemm, PackedWeight> batches = new IdentityHashMap<>();
        for (Gemm gemm : products.unpacked()) {
          if (transposes.test(gemm)) {
            PackedWeight batch = packer.apply(gemm);
            batches.put(gemm, batch);
            linked.add(batch);
          }
        }
        linked.add(products.transposing(batches::get));
      } else {
        linked.add(operation);
      }
    }
    return linked;
  }
}
