package lemniscate.rule.feedback;

import static lemniscate.config.ValueType.positive;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.KeyGroup;
import lemniscate.rule.Contender;
import lemniscate.rule.Hue;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;

/** Feedback alignment by its routes, as configurations and studies know it. */
public final class FeedbackFamily implements RuleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("feedback");

  public static final ConfigKey<Optional<Double>> SCALE =
      KEYS.unset(
          "scale",
          positive(),
          "1; 0.1 for an unbounded activation",
          "Factor on the standard deviation of the fixed weights of 'fa', 'dfa' and 'drtp'.");

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
  public LearningRule rule(String name, Config config) {
    FeedbackRoute route = FeedbackRoute.values()[names().indexOf(name)];
    Activation activation =
        config.choose(ConfigSchema.NET_ACTIVATION, Activation.values(), Activation::configName);
    return new FeedbackAlignment(
        route, config.get(SCALE).orElseGet(() -> FeedbackAlignment.usualScale(activation)));
  }

  @Override
  public List<Contender> contenders() {
    List<Hue> hues = List.of(Hue.ORANGE, Hue.GREEN, Hue.PURPLE);
    return Stream.of(FeedbackRoute.values())
        .map(route -> Contender.of(route.ruleName(), hues.get(route.ordinal()), true))
        .toList();
  }
}
