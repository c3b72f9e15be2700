package lemniscate.optim;

import lemniscate.config.Config;

/** The schedule of the benchmarks of predictive coding, as configurations know it. */
public final class PcxFamily implements ScheduleFamily {

  /** For ServiceLoader. */
  public PcxFamily() {}

  @Override
  public String name() {
    return "pcx";
  }

  @Override
  public LearningRateSchedule schedule(Config config, long steps, long perEpoch) {
    return new LearningRateSchedule.RiseAndCosine(steps);
  }
}
