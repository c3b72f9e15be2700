package lemniscate.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.network.ActivityNorm;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;

/**
 * What a run measures of itself beside losses and accuracies; nothing of it moves a weight.
 *
 * @param angleTo rules whose updates are compared with those of the rule in training
 * @param feedback whether the rule in training is asked for its {@link
 *     lemniscate.rule.RuleStep#diagnostics}
 * @param reach whether {@link lemniscate.rule.CreditReach} is measured
 */
public record DiagnosticsSpec(List<LearningRule> angleTo, boolean feedback, boolean reach) {

  /** Measures nothing. */
  public static final DiagnosticsSpec NONE = new DiagnosticsSpec(List.of(), false);

  /** Without reach. */
  public DiagnosticsSpec(List<LearningRule> angleTo, boolean feedback) {
    this(angleTo, feedback, false);
  }

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
      rule.checkComparable(name.equals(config.get(ConfigSchema.RULE)));
      if (!config.get(ConfigSchema.NET_NORM).equals(ActivityNorm.NONE.configName())
          && !rule.takesNorm()) {
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

  /**
   * The same, and reach where it is asked for, or left open and worth its cost.
   *
   * @throws BadInputException if it is asked of a rule whose gradients are of another function
   */
  DiagnosticsSpec withReach(Config config, LearningRule rule, NetworkSpec network) {
    Optional<Boolean> asked = config.get(ConfigSchema.METRICS_REACH);
    boolean comparable = !rule.learnsFromLabels() && (rule.takesNorm() || !network.isNormed());
    if (asked.orElse(false) && rule.learnsFromLabels()) {
      throw new BadInputException(
          "metrics.reach is true with rule %s: it trains another function of the weights than backpropagation, so that there is nothing to compare; leave it out."
              .formatted(rule.name()));
    }
    boolean measured = asked.orElseGet(() -> comparable && rule.losesCredit(network.layers()));
    return new DiagnosticsSpec(angleTo, feedback, measured);
  }

  /** Whether nothing but reach is asked for. */
  boolean isEmpty() {
    return angleTo.isEmpty() && !feedback;
  }
}
