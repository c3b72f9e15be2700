package lemniscate.train;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.network.ActivityNorm;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.TargetPropagation;

/**
 * What a run measures of itself beside losses and accuracies; nothing of it moves a weight.
 *
 * @param angleTo rules whose updates are compared with those of the rule in training
 * @param feedback whether the rule in training is asked for its {@link
 *     lemniscate.rule.RuleStep#diagnostics}
 */
public record DiagnosticsSpec(List<LearningRule> angleTo, boolean feedback) {

  /** Measures nothing. */
  public static final DiagnosticsSpec NONE = new DiagnosticsSpec(List.of(), false);

  /** Copies the list. */
  public DiagnosticsSpec {
    angleTo = List.copyOf(angleTo);
  }

  /**
   * What the group {@code metrics} asks for; rules have the keys of the same configuration.
   *
   * @throws BadInputException for a rule that only training makes what it is
   */
  static DiagnosticsSpec of(Config config) {
    List<LearningRule> rules = new ArrayList<>();
    List<String> names = config.get(ConfigSchema.METRICS_ANGLE_TO).orElse(List.of());
    if (!names.isEmpty() && Experiment.rule(config).learnsFromLabels()) {
      throw new BadInputException(
          "metrics.angleTo "
              + String.join(", ", names)
              + " with rule "
              + config.get(ConfigSchema.RULE)
              + ": it trains another function of the weights, of inputs that carry labels, so that"
              + " there is no angle; leave it out.");
    }
    for (String name : names.stream().distinct().toList()) {
      LearningRule rule =
          Experiment.rule(config.with(ConfigSchema.RULE, name, "metrics.angleTo " + name));
      if (rule instanceof TargetPropagation tp && tp.feedback() instanceof Feedback.Learned) {
        throw new BadInputException(
            "metrics.angleTo "
                + name
                + ": the feedback of this target propagation is learned, and a rule that is only"
                + " compared with does not learn; use tp.feedback ridge, pinv, transpose or random,"
                + " or another rule, such as bp.");
      }
      if (rule instanceof Pepita pepita
          && pepita.mirroring() != null
          && !name.equals(config.get(ConfigSchema.RULE))) {
        throw new BadInputException(
            "metrics.angleTo "
                + name
                + ": its projection mirrors the weights in training, and a rule that is only compared"
                + " with does not learn; leave out pepita.mirrorEvery and"
                + " pepita.mirrorWarmupEpochs, or compare with another rule, such as bp.");
      }
      if (!config.get(ConfigSchema.NET_NORM).equals(ActivityNorm.NONE.configName())
          && !(rule instanceof Pepita)) {
        throw new BadInputException(
            "metrics.angleTo "
                + name
                + " with net.norm "
                + config.get(ConfigSchema.NET_NORM)
                + ": that rule does not differentiate through a norm; leave out one of them.");
      }
      rules.add(rule);
    }
    return new DiagnosticsSpec(rules, config.get(ConfigSchema.METRICS_FEEDBACK));
  }

  /** Whether nothing is asked for. */
  boolean isEmpty() {
    return angleTo.isEmpty() && !feedback;
  }
}
