package lemniscate.rule.pepita;

import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.fraction;
import static lemniscate.config.ValueType.integer;
import static lemniscate.config.ValueType.nonNegative;
import static lemniscate.config.ValueType.positive;
import static lemniscate.rule.PublishedAccuracy.Paper.ICLR_2024;
import static lemniscate.rule.PublishedAccuracy.Paper.ICML_2022;
import static lemniscate.rule.PublishedAccuracy.confirmed;
import static lemniscate.rule.PublishedAccuracy.remembered;
import static lemniscate.rule.RulesTableRow.CIFAR;
import static lemniscate.rule.RulesTableRow.MNIST;
import static lemniscate.rule.RulesTableRow.RELU;
import static lemniscate.rule.RulesTableRow.USUAL;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.KeyGroup;
import lemniscate.rule.Contender;
import lemniscate.rule.Hue;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;
import lemniscate.rule.RulesTableRow;
import org.jspecify.annotations.Nullable;

/** PEPITA, as configurations and studies know it. */
public final class PepitaFamily implements RuleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("pepita");

  public static final ConfigKey<String> VARIANT =
      KEYS.key(
          "variant",
          choice("modulated", "forward", "hebbian", "tl", "afa"),
          "modulated",
          "Which products of the two passes make an update.");
  public static final ConfigKey<String> SIGN =
      KEYS.key(
          "sign",
          choice("minus", "plus"),
          "minus",
          "Sign with which the projected output error f - y enters the input.");
  public static final ConfigKey<String> PROJECTION =
      KEYS.key(
          "projection",
          choice("uniform", "normal"),
          "uniform",
          "Entries of that projection: uniform, or a product of normal matrices, one a layer.");
  public static final ConfigKey<Optional<Double>> PROJECTION_SCALE =
      KEYS.unset(
          "projectionScale",
          positive(),
          "0.05; 1 for variant tl",
          "Their standard deviation over the square root of 2/inputs.");
  public static final ConfigKey<Double> DROPOUT =
      KEYS.key(
          "dropout",
          fraction("[0, 1)"),
          0.0,
          "Probability that a hidden unit is silent in both passes.");

  public static final ConfigKey<String> SIGNAL =
      KEYS.key(
          "signal",
          choice("error", "sign"),
          "error",
          "What enters the input: the output error, or its sign through a tenth of the"
              + " projection.");
  public static final ConfigKey<Integer> MIRROR_EVERY =
      KEYS.key(
          "mirrorEvery",
          integer(0),
          0,
          "Epochs between two in which the projection mirrors the weights; 0 for none.");
  public static final ConfigKey<Integer> MIRROR_WARMUP_EPOCHS =
      KEYS.key(
          "mirrorWarmupEpochs",
          integer(0),
          0,
          "Epochs at the start in which it does nothing else.");
  public static final ConfigKey<Double> MIRROR_LR =
      KEYS.key("mirrorLr", positive(), 0.1, "Learning rate of the mirroring at the base width.");
  public static final ConfigKey<Double> MIRROR_DECAY =
      KEYS.key("mirrorDecay", nonNegative(), 0.5, "Weight decay of the mirroring.");

  // Where the batch is brought to norm 1, activities are smaller by about the root of batch times
  // width.
  private static final List<String> NORMED = List.of("3", "10", "30", "100", "300");
  // Each half of the update is far larger than what they leave.
  private static final List<String> TIME_LOCAL = List.of("0.0003", "0.001", "0.003", "0.01");
  // Twice an update that nearly cancels bears more.
  private static final List<String> HEBBIAN = List.of("0.03", "0.1", "0.3", "1");
  private static final Map<String, String> PEPITA = Map.of("rule", "pepita");
  private static final Map<String, String> DECAY =
      Map.of("optim.weightDecay", "1e-4", "optim.decay", "coupled");
  private static final Map<String, String> MIRROR =
      Map.of("pepita.projection", "normal", "pepita.mirrorEvery", "1");
  private static final Map<String, String> NORM = Map.of("net.norm", "batch");

  /** For ServiceLoader. */
  public PepitaFamily() {}

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public List<String> names() {
    return List.of(Pepita.NAME);
  }

  @Override
  public String title() {
    return "PEPITA";
  }

  @Override
  public LearningRule rule(String name, Config config) {
    Variant variant = config.choose(VARIANT, Variant.values(), Variant::configName);
    Projection.Kind kind =
        config.get(PROJECTION).equals("normal") ? Projection.Kind.NORMAL : Projection.Kind.UNIFORM;
    return new Pepita(
        variant,
        config.get(SIGN).equals("minus") ? -1 : 1,
        new Projection(kind, config.get(PROJECTION_SCALE).orElse(variant.usualProjection())),
        config.get(DROPOUT),
        config.get(SIGNAL).equals("sign") ? ErrorSignal.SIGN : ErrorSignal.ERROR,
        mirroring(config));
  }

  private static @Nullable Mirroring mirroring(Config config) {
    int warmup = config.get(MIRROR_WARMUP_EPOCHS);
    int every = config.get(MIRROR_EVERY);
    if (warmup == 0 && every == 0) {
      refuse(config, MIRROR_LR);
      refuse(config, MIRROR_DECAY);
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
    return new Mirroring(warmup, every, config.get(MIRROR_LR), config.get(MIRROR_DECAY));
  }

  private static void refuse(Config config, ConfigKey<Double> key) {
    if (!config.get(key).equals(key.defaultValue())) {
      throw new BadInputException(
          key.name()
              + " "
              + config.get(key)
              + ": nothing mirrors; set pepita.mirrorEvery or pepita.mirrorWarmupEpochs, or leave"
              + " it out.");
    }
  }

  @Override
  public List<Contender> contenders() {
    return List.of(Contender.of(Pepita.NAME, Hue.BLUE, true));
  }

  @Override
  public List<RulesTableRow> tableRows() {
    return List.of(
        new RulesTableRow(
            "pepita",
            PEPITA,
            RELU,
            USUAL,
            List.of(
                confirmed(ICML_2022, MNIST, 98.01, .09),
                confirmed(ICML_2022, CIFAR, 52.57, .36),
                remembered(ICLR_2024, MNIST, 98.02),
                remembered(ICLR_2024, CIFAR, 52.45))),
        new RulesTableRow(
            "pepita+wd",
            union(PEPITA, DECAY),
            RELU,
            USUAL,
            List.of(remembered(ICLR_2024, MNIST, 98.1), remembered(ICLR_2024, CIFAR, 53.1))),
        new RulesTableRow("pepita+wm", union(PEPITA, MIRROR), RELU, USUAL, List.of()),
        new RulesTableRow(
            "pepita+wd+wm",
            union(PEPITA, DECAY, MIRROR),
            RELU,
            USUAL,
            List.of(remembered(ICLR_2024, MNIST, 98.1), remembered(ICLR_2024, CIFAR, 53.4))),
        new RulesTableRow(
            "pepita+norm",
            union(PEPITA, NORM),
            RELU,
            NORMED,
            List.of(remembered(ICLR_2024, MNIST, 98.4), remembered(ICLR_2024, CIFAR, 53.5))),
        new RulesTableRow(
            "pepita+norm+wm",
            union(PEPITA, NORM, MIRROR),
            RELU,
            NORMED,
            List.of(remembered(ICLR_2024, MNIST, 98.42), remembered(ICLR_2024, CIFAR, 53.80))),
        new RulesTableRow(
            "pepita-hebbian",
            union(PEPITA, Map.of("pepita.variant", "hebbian")),
            RELU,
            HEBBIAN,
            List.of()),
        new RulesTableRow(
            "pepita-tl",
            union(PEPITA, Map.of("pepita.variant", "tl")),
            RELU,
            TIME_LOCAL,
            List.of(remembered(ICLR_2024, MNIST, 96.3))));
  }

  @SafeVarargs
  private static Map<String, String> union(Map<String, String>... parts) {
    Map<String, String> all = new LinkedHashMap<>();
    for (Map<String, String> part : parts) {
      // Immutable maps have no fixed order, and the order shows in the store.
      part.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(e -> all.put(e.getKey(), e.getValue()));
    }
    return all;
  }

  @Override
  public Hue tableHue() {
    return Hue.BLUE;
  }
}
