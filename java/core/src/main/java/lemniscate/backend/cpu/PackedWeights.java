package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import lemniscate.backend.Gemm;
import lemniscate.tensor.Tensor;

/**
 * Finds the weights that a recording multiplies by again and again while they stay the same, as all
 * steps of a relaxation do, and has each packed once, before its first product. A library packs a
 * weight in every product, which for a batch of some tens of rows takes as long as a good part of
 * the product.
 */
final class PackedWeights {

  /**
   * Which weights are packed.
   *
   * @param leastUses fewer products in a row do not make up for the packing
   * @param leastSide products with a shorter side spend their time outside the innermost loop
   * @param moreThan elements of a weight up to which a library's packing hardly shows
   * @param largest elements of the largest weight; what is packed takes as much memory again
   */
  record Rule(int leastUses, int leastSide, long moreThan, long largest) {

    /** What was measured: packing costs up to half a product. See ADR 13. */
    static final Rule MEASURED = new Rule(4, 32, 1L << 13, 1L << 24);

    private boolean admits(Gemm gemm) {
      return !gemm.transposeA()
          && gemm.k() >= leastSide
          && gemm.n() >= leastSide
          && gemm.b().elements() > moreThan
          && gemm.b().elements() <= largest;
    }
  }

  private final Rule rule;
  private final List<Run> open = new ArrayList<>();

  private PackedWeights(Rule rule) {
    this.rule = rule;
  }

  /**
   * Inserts the packing and lets products use it.
   *
   * @param rule which weights
   * @param operations of a recording, in order
   * @param touched of each what it may read or write, empty where that is not known
   * @param packer makes the operation that packs the weight of a product
   */
  static List<CpuOperation> link(
      Rule rule,
      List<CpuOperation> operations,
      List<List<Tensor>> touched,
      Function<Gemm, PackedWeight> packer) {
    PackedWeights search = new PackedWeights(rule);
    List<Map<Gemm, Run>> runs = new ArrayList<>();
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i) instanceof Products products) {
        runs.add(search.uses(products, i));
        products.gemms().forEach(gemm -> search.close(gemm.c()));
      } else {
        runs.add(Map.of());
        if (touched.get(i).isEmpty()) {
          search.open.clear();
        }
        touched.get(i).forEach(search::close);
      }
    }
    List<CpuOperation> linked = new ArrayList<>();
    Map<Run, PackedWeight> packed = new IdentityHashMap<>();
    for (int i = 0; i < operations.size(); i++) {
      Map<Gemm, Run> ofThis = runs.get(i);
      for (Run run : ofThis.values()) {
        if (run.begin == i && run.uses >= rule.leastUses && !packed.containsKey(run)) {
          PackedWeight weight = packer.apply(run.first);
          packed.put(run, weight);
          linked.add(weight);
        }
      }
      linked.add(
          operations.get(i) instanceof Products products
              ? products.with(gemm -> packed.get(ofThis.get(gemm)))
              : operations.get(i));
    }
    return linked;
  }

  private Map<Gemm, Run> uses(Products products, int at) {
    // Keys are compared by identity: equal products may stand in one list.
    Map<Gemm, Run> runs = new IdentityHashMap<>();
    for (Gemm gemm : products.gemms()) {
      if (rule.admits(gemm)) {
        Run run = run(gemm, at);
        run.uses++;
        runs.put(gemm, run);
      }
    }
    return runs;
  }

  private Run run(Gemm gemm, int at) {
    for (Run run : open) {
      if (run.first.transposeB() == gemm.transposeB() && run.first.b().isSameView(gemm.b())) {
        return run;
      }
    }
    Run run = new Run(gemm, at);
    open.add(run);
    return run;
  }

  private void close(Tensor written) {
    open.removeIf(run -> run.first.b().overlaps(written));
  }

  /** Uses of one weight, in one direction, from the first to the last before it may change. */
  private static final class Run {
    private final Gemm first;
    private final int begin;
    private int uses;

    Run(Gemm first, int begin) {
      this.first = first;
      this.begin = begin;
    }
  }
}
