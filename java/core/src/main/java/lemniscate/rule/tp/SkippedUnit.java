package lemniscate.rule.tp;

import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;

/**
 * A residual unit that displacements go around: g(y) = y.
 *
 * @param plain whether targets go through, and not their differences
 * @param activity h_l
 * @param displacement D_l
 * @param below h_{l−1} and D_{l−1}
 */
record SkippedUnit(boolean plain, Tensor activity, Tensor displacement, FlatRidge.Reached below)
    implements RidgeMap {

  @Override
  public void kernel(Operations ops) {
    // Nothing is solved.
  }

  @Override
  public void descend(Operations ops) {
    ops.copy(displacement, below.displacement());
    if (plain) {
      ops.axpy(1, activity, below.displacement());
      ops.axpy(-1, below.activity(), below.displacement());
    }
  }
}
