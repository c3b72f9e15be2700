package lemniscate.optim;

import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Declarations;
import lemniscate.config.ScheduleDeclaration;

/**
 * A schedule of the learning rate as the rest of the program meets it. An implementation has a
 * constructor without parameters and a line in {@code
 * META-INF/services/lemniscate.config.ScheduleDeclaration} of its jar. Its keys have the aspect
 * {@link lemniscate.config.Aspect#SCHEDULE}; one that rises first lists {@link
 * LinearWarmupFamily#STEPS} among them.
 */
public interface ScheduleFamily extends ScheduleDeclaration {

  /**
   * The schedule that a configuration describes.
   *
   * @param steps of the run
   * @param perEpoch steps of an epoch
   * @throws BadInputException if its keys do not go together
   */
  LearningRateSchedule schedule(Config config, long steps, long perEpoch);

  /**
   * The schedule that a configuration names.
   *
   * @param steps of the run
   * @param perEpoch steps of an epoch
   * @throws BadInputException if its keys do not go together, or its rise does not end in the run
   */
  static LearningRateSchedule chosen(Config config, long steps, long perEpoch) {
    String name = config.get(ConfigSchema.OPTIM_SCHEDULE);
    ScheduleFamily family =
        Declarations.schedules().stream()
            .filter(one -> one.name().equals(name))
            .map(ScheduleFamily.class::cast)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("optim.schedule of the schema: " + name));
    int warmup = config.get(LinearWarmupFamily.STEPS);
    boolean warms = family.keys().contains(LinearWarmupFamily.STEPS);
    if (warms && warmup >= steps) {
      throw new BadInputException(
          "optim.warmupSteps is "
              + warmup
              + ", but the run has "
              + steps
              + " steps; use a shorter rise, or more steps.");
    }
    if (!warms && warmup > 0) {
      throw new BadInputException(
          "optim.warmupSteps is "
              + warmup
              + ", but schedule "
              + name
              + " has no rise; use schedule linear-warmup, cosine, linear or wsd, or leave it out.");
    }
    return family.schedule(config, steps, perEpoch);
  }
}
