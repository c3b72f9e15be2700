package lemniscate.rule.gnt;

import static lemniscate.config.ValueType.nonNegative;
import static lemniscate.config.ValueType.positive;

import java.util.List;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.KeyGroup;
import lemniscate.rule.Contender;
import lemniscate.rule.Hue;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;

/** Gauss-Newton targets, as configurations and studies know them. */
public final class GntFamily implements RuleFamily {

  private static final KeyGroup KEYS = KeyGroup.ofEveryRun("gnt");

  public static final ConfigKey<Double> DAMPING =
      KEYS.key(
          "damping", nonNegative(), 1e-3, "Added to J J' at the base width; 0 for exact targets.");
  public static final ConfigKey<Double> TARGET_STEP =
      KEYS.key("targetStep", positive(), 1.0, "Output target: this much of the output error.");

  /** For ServiceLoader. */
  public GntFamily() {}

  @Override
  public List<ConfigKey<?>> keys() {
    return KEYS.keys();
  }

  @Override
  public List<String> names() {
    return List.of(GaussNewtonTargets.NAME);
  }

  @Override
  public String title() {
    return "Gauss-Newton targets";
  }

  @Override
  public LearningRule rule(String name, Config config) {
    return new GaussNewtonTargets(config.get(DAMPING), config.get(TARGET_STEP));
  }

  @Override
  public boolean hasUnfadingErrors() {
    return true;
  }

  @Override
  public List<Contender> contenders() {
    return List.of(Contender.of(GaussNewtonTargets.NAME, Hue.GREEN, false));
  }
}
