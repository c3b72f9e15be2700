package lemniscate.optim;

import lemniscate.config.Config;

/** Plain descent, as configurations know it. */
public final class SgdFamily implements OptimizerFamily {

  /** For ServiceLoader. */
  public SgdFamily() {}

  @Override
  public String name() {
    return "sgd";
  }

  @Override
  public Optimizer optimizer(double weightDecay, boolean coupled, Config config) {
    return new Optimizer.Sgd(weightDecay);
  }
}
