package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import lemniscate.backend.Gemm;
import lemniscate.backend.cpu.CpuOperations.Lowered;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorMap;
import org.jspecify.annotations.Nullable;

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
    static final Rule MEASURED = new Rule(4, 8, 0, 1L << 24);

    private boolean admits(Gemm gemm) {
      return !gemm.transposeA()
          && gemm.k() >= leastSide
          && gemm.n() >= leastSide
          && gemm.b().elements() > moreThan
          && gemm.b().elements() <= largest;
    }
  }

  private final Rule rule;
  private final TensorMap<Run> open = new TensorMap<>();

  private PackedWeights(Rule rule) {
    this.rule = rule;
  }

  /**
   * Inserts the packing and lets products use it.
   *
   * @param rule which weights
   * @param lowered a recording, in order
   * @param packer makes the operation that packs the weight of a product
   */
  static List<CpuOperation> link(
      Rule rule, List<Lowered> lowered, Function<Gemm, PackedWeight> packer) {
    List<Map<Gemm, Run>> runs = runs(rule, lowered.stream().map(Lowered::group).toList());
    List<CpuOperation> linked = new ArrayList<>();
    Map<Run, PackedWeight> packed = new IdentityHashMap<>();
    for (int i = 0; i < lowered.size(); i++) {
      Map<Gemm, Run> ofThis = runs.get(i);
      for (Run run : ofThis.values()) {
        if (run.begin == i && run.packed(rule) && !packed.containsKey(run)) {
          PackedWeight weight = packer.apply(run.first);
          packed.put(run, weight);
          linked.add(weight);
        }
      }
      linked.add(
          lowered.get(i).operation() instanceof Products products
              ? products.with(gemm -> serving(packed.get(ofThis.get(gemm)), gemm))
              : lowered.get(i).operation());
    }
    return linked;
  }

  /**
   * What {@link #link} would do.
   *
   * @param packed the first product of each weight that is packed, as often as it is
   * @param others products with weights that are not
   */
  record Found(List<Gemm> packed, List<Gemm> others) {}

  /** What {@link #link} would do with a recording. */
  static Found find(Rule rule, List<OperationGroup> groups) {
    List<Map<Gemm, Run>> runs = runs(rule, groups);
    Set<Run> packed = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Gemm> others = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      for (Gemm gemm : groups.get(i).products()) {
        Run run = runs.get(i).get(gemm);
        if (run != null && run.packed(rule)) {
          packed.add(run);
        } else {
          others.add(gemm);
        }
      }
    }
    return new Found(packed.stream().map(run -> run.first).toList(), others);
  }

  /** For each operation the runs that its products belong to. */
  private static List<Map<Gemm, Run>> runs(Rule rule, List<OperationGroup> groups) {
    PackedWeights search = new PackedWeights(rule);
    List<Map<Gemm, Run>> runs = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      List<Gemm> products = groups.get(i).products();
      runs.add(search.uses(products, i));
      if (products.isEmpty()) {
        groups.get(i).tensors().forEach(search::close);
      } else {
        products.forEach(gemm -> search.close(gemm.c()));
      }
    }
    return runs;
  }

  private static @Nullable PackedWeight serving(@Nullable PackedWeight weight, Gemm gemm) {
    return weight != null && weight.serves(gemm.alpha()) ? weight : null;
  }

  private Map<Gemm, Run> uses(List<Gemm> products, int at) {
    // Keys are compared by identity: equal products may stand in one list.
    Map<Gemm, Run> runs = new IdentityHashMap<>();
    for (Gemm gemm : products) {
      if (rule.admits(gemm)) {
        Run run = run(gemm, at);
        run.uses++;
        runs.put(gemm, run);
      }
    }
    return runs;
  }

  private Run run(Gemm gemm, int at) {
    for (Run run : open.at(gemm.b())) {
      if (run.first.transposeB() == gemm.transposeB()) {
        return run;
      }
    }
    Run run = new Run(gemm, at);
    open.put(gemm.b(), run);
    return run;
  }

  private void close(Tensor written) {
    open.removeOverlapping(written);
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

    boolean packed(Rule rule) {
      return uses >= rule.leastUses;
    }
  }
}
