package lemniscate.train;

import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.rule.pepita.ErrorSignal;
import lemniscate.rule.pepita.Mirroring;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Projection;
import lemniscate.rule.pepita.Variant;
import org.jspecify.annotations.Nullable;

/** The keys of the group {@code pepita}, as a rule. */
final class PepitaKeys {

  private PepitaKeys() {}

  /**
   * The rule that a configuration names.
   *
   * @throws BadInputException if its keys do not go together
   */
  static Pepita rule(Config config) {
    Variant variant =
        Experiment.named(
            config, ConfigSchema.PEPITA_VARIANT, Variant.values(), Variant::configName);
    Projection.Kind kind =
        config.get(ConfigSchema.PEPITA_PROJECTION).equals("normal")
            ? Projection.Kind.NORMAL
            : Projection.Kind.UNIFORM;
    return new Pepita(
        variant,
        config.get(ConfigSchema.PEPITA_SIGN).equals("minus") ? -1 : 1,
        new Projection(
            kind,
            config.get(ConfigSchema.PEPITA_PROJECTION_SCALE).orElse(variant.usualProjection())),
        config.get(ConfigSchema.PEPITA_DROPOUT),
        config.get(ConfigSchema.PEPITA_SIGNAL).equals("sign")
            ? ErrorSignal.SIGN
            : ErrorSignal.ERROR,
        mirroring(config));
  }

  private static @Nullable Mirroring mirroring(Config config) {
    int warmup = config.get(ConfigSchema.PEPITA_MIRROR_WARMUP_EPOCHS);
    int every = config.get(ConfigSchema.PEPITA_MIRROR_EVERY);
    if (warmup == 0 && every == 0) {
      refuse(config, ConfigSchema.PEPITA_MIRROR_LR);
      refuse(config, ConfigSchema.PEPITA_MIRROR_DECAY);
      return null;
    }
    if (config.get(ConfigSchema.TRAIN_STEPS).isEmpty()
        && warmup >= config.get(ConfigSchema.TRAIN_EPOCHS)) {
      throw new BadInputException(
          "pepita.mirrorWarmupEpochs "
              + warmup
              + ": the run has "
              + config.get(ConfigSchema.TRAIN_EPOCHS)
              + " epochs, so the network would never learn; use fewer, or more train.epochs.");
    }
    return new Mirroring(
        warmup,
        every,
        config.get(ConfigSchema.PEPITA_MIRROR_LR),
        config.get(ConfigSchema.PEPITA_MIRROR_DECAY));
  }

  private static void refuse(Config config, ConfigKey<Double> key) {
    if (!config.get(key).equals(key.defaultValue())) {
      throw new BadInputException(
          key.name()
              + " "
              + config.get(key)
              + ": nothing mirrors; set pepita.mirrorEvery or pepita.mirrorWarmupEpochs, or leave it"
              + " out.");
    }
  }
}
