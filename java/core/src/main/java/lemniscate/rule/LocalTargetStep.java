package lemniscate.rule;

import lemniscate.tensor.Tensor;

/** A step whose targets, local losses and buffers are {@link LocalTargets}. */
public interface LocalTargetStep extends TargetStep {

  /** What the step shares with other rules. */
  LocalTargets targets();

  @Override
  default double[] displacement(int l) {
    return targets().values(targets().displacement(l));
  }

  @Override
  default Tensor input() {
    return targets().forward().input();
  }

  @Override
  default Tensor target() {
    return targets().target();
  }

  @Override
  default double loss() {
    return targets().loss();
  }

  @Override
  default Tensor lossSum() {
    return targets().lossSum();
  }

  @Override
  default Objective objective() {
    return targets().objective();
  }
}
