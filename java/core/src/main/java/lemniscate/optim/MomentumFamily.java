package lemniscate.optim;

import static lemniscate.config.ValueType.fraction;

import java.util.List;
import lemniscate.config.Aspect;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.KeyGroup;

/** Heavy-ball momentum, as configurations know it. */
public final class MomentumFamily implements OptimizerFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("optim", Aspect.OPTIMISER);

  /** Factor of the velocity. */
  public static final ConfigKey<Double> MOMENTUM =
      KEYS.key("momentum", fraction("[0, 1)"), 0.9, "Momentum of 'momentum'.");

  /** For ServiceLoader. */
  public MomentumFamily() {}

  @Override
  public String name() {
    return "momentum";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public Optimizer optimizer(double weightDecay, boolean coupled, Config config) {
    return new Optimizer.Momentum(config.get(MOMENTUM), weightDecay, coupled);
  }
}
