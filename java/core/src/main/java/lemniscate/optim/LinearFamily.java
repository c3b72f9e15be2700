package lemniscate.optim;

import java.util.List;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;

/** A straight line down, as configurations know it. */
public final class LinearFamily implements ScheduleFamily {

  /** For ServiceLoader. */
  public LinearFamily() {}

  @Override
  public String name() {
    return "linear";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return List.of(LinearWarmupFamily.STEPS, CosineFamily.FINAL_FACTOR);
  }

  @Override
  public LearningRateSchedule schedule(Config config, long steps, long perEpoch) {
    return new LearningRateSchedule.Linear(
        steps, config.get(LinearWarmupFamily.STEPS), config.get(CosineFamily.FINAL_FACTOR));
  }
}
