package lemniscate.optim;

import static lemniscate.config.ValueType.integer;

import java.util.List;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.KeyGroup;

/** A linear rise, as configurations know it. */
public final class LinearWarmupFamily implements ScheduleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("optim", Aspect.SCHEDULE);

  /** Length of the rise, a key of every schedule that has one. */
  public static final ConfigKey<Integer> STEPS =
      KEYS.key("warmupSteps", integer(0), 0, "Steps of linear rise to the learning rate.");

  /** For ServiceLoader. */
  public LinearWarmupFamily() {}

  @Override
  public String name() {
    return "linear-warmup";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public LearningRateSchedule schedule(Config config, long steps, long perEpoch) {
    if (config.get(STEPS) == 0) {
      throw new BadInputException(
          "optim.schedule is linear-warmup, but optim.warmupSteps is 0; set it to the length of the"
              + " rise, such as 100.");
    }
    return new LearningRateSchedule.LinearWarmup(config.get(STEPS));
  }
}
