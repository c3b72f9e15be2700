package lemniscate.rule.feedback;

import static lemniscate.config.ValueType.bool;
import static lemniscate.config.ValueType.choice;
import static lemniscate.config.ValueType.positive;
import static lemniscate.rule.PublishedAccuracy.Paper.ICLR_2024;
import static lemniscate.rule.PublishedAccuracy.Paper.ICML_2022;
import static lemniscate.rule.PublishedAccuracy.remembered;
import static lemniscate.rule.RulesTableRow.CIFAR;
import static lemniscate.rule.RulesTableRow.MNIST;
import static lemniscate.rule.RulesTableRow.RELU;
import static lemniscate.rule.RulesTableRow.USUAL;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
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

/** Feedback alignment by its routes, as configurations and studies know it. */
public final class FeedbackFamily implements RuleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("feedback");

  public static final ConfigKey<Optional<Double>> SCALE =
      KEYS.unset(
          "scale",
          positive(),
          "1; 0.1 for an unbounded activation",
          "Factor on the standard deviation of the fixed weights of 'fa', 'dfa' and 'drtp'.");

  public static final ConfigKey<Optional<Boolean>> SHARED_MAPS =
      KEYS.unset(
          "sharedMaps",
          bool(),
          "true; false for drtp",
          "Whether the units of a residual stream share one map from the output in 'dfa' and 'drtp'.");

  public static final ConfigKey<String> MODE =
      KEYS.addedKey(
          "mode",
          choice(
              Stream.of(FeedbackMode.values())
                  .map(FeedbackMode::configName)
                  .toArray(String[]::new)),
          FeedbackMode.FIXED.configName(),
          "Weights of the feedback: fixed, learned beside the weights, or with their signs.");

  public static final ConfigKey<Double> RATE =
      KEYS.addedKey(
          "rate",
          positive(),
          1.0,
          "Learning rate of the direct maps of 'dfa' with mode 'kolen-pollack', over the weights'.");

  // With projected targets rectifiers grow as long as they are trained, and hardly learn.
  private static final String TANH = "tanh";

  /** For ServiceLoader. */
  public FeedbackFamily() {}

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public List<String> names() {
    return Stream.of(FeedbackRoute.values()).map(FeedbackRoute::ruleName).toList();
  }

  @Override
  public String title() {
    return "feedback alignment (layer by layer, direct, of targets)";
  }

  @Override
  public void check(Config config) {
    boolean followed =
        config.get(ConfigSchema.RULE).equals(FeedbackRoute.LAYERWISE.ruleName())
            && config.get(MODE).equals(FeedbackMode.KOLEN_POLLACK.configName());
    if (followed
        && config.get(ConfigSchema.OPTIM_DECAY).equals("coupled")
        && !config.get(ConfigSchema.OPTIM_NAME).equals("sgd")) {
      throw new BadInputException(
          "%s: optim.decay coupled with feedback.mode kolen-pollack: the velocity of a weight would"
                  .formatted(config.source(ConfigSchema.OPTIM_DECAY))
              + " take its decay up, which is not that of its feedback, and the two would not take"
              + " the same steps; use optim.decay decoupled.");
    }
  }

  @Override
  public LearningRule rule(String name, Config config) {
    FeedbackRoute route = FeedbackRoute.values()[names().indexOf(name)];
    Activation activation =
        config.choose(ConfigSchema.NET_ACTIVATION, Activation.values(), Activation::configName);
    FeedbackMode mode = config.choose(MODE, FeedbackMode.values(), FeedbackMode::configName);
    if (mode != FeedbackMode.FIXED) {
      FeedbackAlignment usual = FeedbackAlignment.of(route, mode);
      return new FeedbackAlignment(
          route,
          config.get(SCALE).orElse(usual.scale()),
          config.get(SHARED_MAPS).orElse(usual.sharedMaps()),
          mode,
          config.get(RATE));
    }
    return new FeedbackAlignment(
        route,
        config.get(SCALE).orElseGet(() -> FeedbackAlignment.usualScale(activation)),
        config.get(SHARED_MAPS).orElseGet(() -> FeedbackAlignment.usuallyShared(route)),
        mode,
        config.get(RATE));
  }

  @Override
  public List<Contender> contenders() {
    List<Hue> hues = List.of(Hue.ORANGE, Hue.GREEN, Hue.PURPLE);
    return Stream.of(FeedbackRoute.values())
        .map(route -> Contender.of(route.ruleName(), hues.get(route.ordinal()), true))
        .toList();
  }

  @Override
  public List<RulesTableRow> tableRows() {
    return List.of(
        new RulesTableRow(
            "fa",
            Map.of("rule", "fa"),
            RELU,
            USUAL,
            List.of(
                remembered(ICML_2022, MNIST, 98.42, .07),
                remembered(ICML_2022, CIFAR, 53.82, .24),
                remembered(ICLR_2024, MNIST, 98.48),
                remembered(ICLR_2024, CIFAR, 56.76))),
        new RulesTableRow("dfa", Map.of("rule", "dfa"), RELU, USUAL, List.of()),
        new RulesTableRow(
            "drtp",
            Map.of("rule", "drtp"),
            TANH,
            USUAL,
            List.of(
                remembered(ICML_2022, MNIST, 95.10, .10),
                remembered(ICML_2022, CIFAR, 45.89, .16),
                remembered(ICLR_2024, MNIST, 95.45),
                remembered(ICLR_2024, CIFAR, 46.92))));
  }

  @Override
  public Hue tableHue() {
    return Hue.ORANGE;
  }
}
