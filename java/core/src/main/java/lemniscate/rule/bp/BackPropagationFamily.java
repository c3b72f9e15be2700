package lemniscate.rule.bp;

import java.util.List;
import lemniscate.config.Config;
import lemniscate.rule.Contender;
import lemniscate.rule.Hue;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;

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
  public List<Contender> contenders() {
    return List.of(Contender.of(BackPropagation.NAME, Hue.BLUE, false));
  }
}
