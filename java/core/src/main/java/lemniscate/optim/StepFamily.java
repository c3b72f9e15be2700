package lemniscate.optim;

import static lemniscate.config.ValueType.fraction;
import static lemniscate.config.ValueType.integer;
import static lemniscate.config.ValueType.oneOrMore;

import java.util.List;
import java.util.Optional;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.KeyGroup;

/** Drops after some steps or epochs, as configurations know them. */
public final class StepFamily implements ScheduleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("optim", Aspect.SCHEDULE);

  private static final ConfigKey<Optional<Integer>> EVERY =
      KEYS.unset(
          "stepEvery",
          integer(1),
          "required by schedule 'step' without optim.stepEpochs",
          "Steps between the drops of schedule 'step'.");

  /** Epochs after which the rate drops. */
  public static final ConfigKey<Optional<List<Integer>>> EPOCHS =
      KEYS.unset(
          "stepEpochs",
          oneOrMore(integer(1)),
          "optim.stepEvery decides",
          "Epochs after which schedule 'step' drops.");

  private static final ConfigKey<Double> FACTOR =
      KEYS.key(
          "stepFactor",
          fraction("(0, 1]"),
          0.1,
          "Factor on the learning rate at each drop of schedule 'step'.");

  /** For ServiceLoader. */
  public StepFamily() {}

  @Override
  public String name() {
    return "step";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public void check(Config config) {
    boolean every = config.get(EVERY).isPresent();
    boolean epochs = config.get(EPOCHS).isPresent();
    if (every && epochs) {
      throw new BadInputException(
          "%s: optim.stepEpochs is given beside optim.stepEvery; expected one of them. Leave one out."
              .formatted(config.source(EPOCHS)));
    }
    if (config.get(ConfigSchema.OPTIM_SCHEDULE).equals(name()) && !every && !epochs) {
      throw new BadInputException(
          "%s: optim.schedule is 'step', but optim.stepEvery is unset; expected %s. Set it to the"
                  .formatted(config.source(ConfigSchema.OPTIM_SCHEDULE), EVERY.type().expected())
              + " steps between two drops of the learning rate, or optim.stepEpochs to the epochs"
              + " after which it drops.");
    }
  }

  @Override
  public LearningRateSchedule schedule(Config config, long steps, long perEpoch) {
    double factor = config.get(FACTOR);
    Optional<List<Integer>> epochs = config.get(EPOCHS);
    if (epochs.isEmpty()) {
      return new LearningRateSchedule.Step(config.get(EVERY).orElseThrow(), factor);
    }
    List<Integer> after = epochs.get();
    for (int i = 1; i < after.size(); i++) {
      if (after.get(i) <= after.get(i - 1)) {
        throw new BadInputException(
            "optim.stepEpochs "
                + after
                + ": expected growing numbers of epochs, such as [60, 90]; put them in order.");
      }
    }
    return new LearningRateSchedule.Milestones(
        after.stream().map(epoch -> epoch * perEpoch).toList(), factor);
  }
}
