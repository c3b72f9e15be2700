package lemniscate.optim;

import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.fraction;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.config.Aspect;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.KeyGroup;

/** Warm-up, a stable phase and a decay, as configurations know it. */
public final class WsdFamily implements ScheduleFamily {

  private static final KeyGroup KEYS = KeyGroup.of("wsd", Aspect.SCHEDULE);

  private static final ConfigKey<Double> COOLDOWN =
      KEYS.key(
          "cooldown",
          fraction("(0, 1]"),
          0.2,
          "Part of the run over which schedule 'wsd' decays at its end.");
  private static final ConfigKey<String> SHAPE =
      KEYS.key(
          "shape",
          choice("linear", "sqrt"),
          "linear",
          "How 'wsd' decays: with the part of the decay that is over, or with its square root.");

  /** For ServiceLoader. */
  public WsdFamily() {}

  @Override
  public String name() {
    return "wsd";
  }

  @Override
  public List<ConfigKey<?>> keys() {
    return Stream.concat(
            Stream.of(LinearWarmupFamily.STEPS, CosineFamily.FINAL_FACTOR), KEYS.keys().stream())
        .toList();
  }

  @Override
  public LearningRateSchedule schedule(Config config, long steps, long perEpoch) {
    int warmup = config.get(LinearWarmupFamily.STEPS);
    long cooldown = Math.max(1, Math.round(config.get(COOLDOWN) * steps));
    if (warmup + cooldown > steps) {
      throw new BadInputException(
          "wsd.cooldown %s of %d steps and optim.warmupSteps %d overlap; use a shorter rise or decay."
              .formatted(config.get(COOLDOWN), steps, warmup));
    }
    return new LearningRateSchedule.WarmupStableDecay(
        steps,
        warmup,
        cooldown,
        config.get(SHAPE).equals("sqrt"),
        config.get(CosineFamily.FINAL_FACTOR));
  }
}
