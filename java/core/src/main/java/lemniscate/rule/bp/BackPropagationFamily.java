package lemniscate.rule.bp;

import static lemniscate.rule.PublishedAccuracy.Paper.ICLR_2024;
import static lemniscate.rule.PublishedAccuracy.Paper.ICML_2022;
import static lemniscate.rule.PublishedAccuracy.confirmed;
import static lemniscate.rule.PublishedAccuracy.remembered;
import static lemniscate.rule.RulesTableRow.CIFAR;
import static lemniscate.rule.RulesTableRow.MNIST;
import static lemniscate.rule.RulesTableRow.RELU;
import static lemniscate.rule.RulesTableRow.USUAL;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.config.Config;
import lemniscate.rule.Contender;
import lemniscate.rule.Hue;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;
import lemniscate.rule.RulesTableRow;

/** Backpropagation, as configurations and studies know it. */
public final class BackPropagationFamily implements RuleFamily {

  /** For ServiceLoader. */
  public BackPropagationFamily() {}

  @Override
  public List<String> names() {
    return List.of(BackPropagation.NAME);
  }

  @Override
  public String title() {
    return "backpropagation";
  }

  @Override
  public LearningRule rule(String name, Config config) {
    return new BackPropagation();
  }

  @Override
  public Optional<LearningRule> lossGradients() {
    return Optional.of(new BackPropagation());
  }

  @Override
  public List<Contender> contenders() {
    return List.of(Contender.of(BackPropagation.NAME, Hue.BLUE, false));
  }

  @Override
  public List<RulesTableRow> tableRows() {
    return List.of(
        new RulesTableRow(
            "bp",
            Map.of("rule", "bp"),
            RELU,
            USUAL,
            List.of(
                confirmed(ICML_2022, MNIST, 98.63, .03),
                confirmed(ICML_2022, CIFAR, 55.27, .32),
                remembered(ICLR_2024, MNIST, 98.72),
                remembered(ICLR_2024, CIFAR, 57.60))));
  }

  @Override
  public Hue tableHue() {
    return Hue.GREEN;
  }
}
