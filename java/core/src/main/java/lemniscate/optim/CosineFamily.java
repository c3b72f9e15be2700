package lemniscate.optim;

import static lemniscate.config.ValueType.fraction;

import java.util.List;
import lemniscate.config.Aspect;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.KeyGroup;

/** Half a cosine, as configurations know it. */
public final class CosineFamily implements ScheduleFamily {

  /** Where it ends, a key of every schedule that falls to some value. */
  static final ConfigKey<Double> FINAL_FACTOR =
      KeyGroup.ofEveryRun("optim", Aspect.SCHEDULE)
          .key(
              "finalFactor",
              fraction("[0, 1]"),
              0.0,
              "End of schedules 'cosine', 'linear' and 'wsd', as a fraction of the learning rate.");

  /** For ServiceLoader. */
  public CosineFamily() {}

  @Override
  public String name() {
    return "cosine";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return List.of(LinearWarmupFamily.STEPS, FINAL_FACTOR);
  }

  @Override
  public LearningRateSchedule schedule(Config config, long steps, long perEpoch) {
    return new LearningRateSchedule.Cosine(
        steps, config.get(LinearWarmupFamily.STEPS), config.get(FINAL_FACTOR));
  }
}
