package lemniscate.optim;

import lemniscate.config.Config;

/** The rate that stays, as configurations know it. */
public final class ConstantFamily implements ScheduleFamily {

  /** For ServiceLoader. */
  public ConstantFamily() {}

  @Override
  public String name() {
    return "constant";
  }

  @Override
  public LearningRateSchedule schedule(Config config, long steps, long perEpoch) {
    return new LearningRateSchedule.Constant();
  }
}
