package lemniscate.rule.tp;

import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetOperation.RidgeSystem;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A regression of whole activities, with the examples of the batch as examples.
 *
 * @param plain whether targets go through, and not their differences
 * @param system of h_l
 * @param displacement D_l
 * @param coefficients P of shape (B, B)
 * @param reached the layers below
 * @param difference room for h_{l−1} − h_l, of the only layer reached, where the map is drawn
 *     towards the identity; else null
 */
record FlatRidge(
    boolean plain,
    RidgeSystem system,
    Tensor displacement,
    Tensor coefficients,
    List<Reached> reached,
    @Nullable Tensor difference)
    implements RidgeMap {

  /** Activity and displacement of a layer. */
  record Reached(Tensor activity, Tensor displacement) {}

  @Override
  public void kernel(Operations ops) {
    ops.target().ridgeKernel(system);
  }

  @Override
  public void descend(Operations ops) {
    ops.target().ridgeCoefficients(plain, system, displacement, coefficients);
    if (difference == null) {
      for (Reached layer : reached) {
        ops.gemm(Gemm.backward(1, coefficients, layer.activity(), layer.displacement()));
      }
      return;
    }
    // Plain, the coefficients of h_{l−1} − h_l are the same: what (Q − I) h_l leaves of it.
    Reached below = reached.getFirst();
    ops.copy(below.activity(), difference);
    ops.axpy(-1, system.activity(), difference);
    ops.copy(displacement, below.displacement());
    ops.gemm(new Gemm(1, coefficients, false, difference, false, 1, below.displacement()));
  }
}
