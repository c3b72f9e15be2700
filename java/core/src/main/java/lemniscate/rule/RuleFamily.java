package lemniscate.rule;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.RuleDeclaration;

/**
 * A learning rule, or several that are alike, as the rest of the program meets it: training,
 * studies, commands and docs iterate over families and know no rule by name. An implementation has
 * a constructor without parameters and a line in {@code
 * META-INF/services/lemniscate.config.RuleDeclaration} of its jar.
 */
public interface RuleFamily extends RuleDeclaration {

  /**
   * The rule that a configuration describes.
   *
   * @param name one of {@link #names}, which need not be the one that the configuration chooses
   * @throws BadInputException if its keys do not go together
   */
  LearningRule rule(String name, Config config);

  /**
   * The configuration of a run with choices filled in that are the family's and depend on other
   * keys, so that what is kept with the run says them; without more the configuration itself.
   *
   * @param config that chooses a rule of the family
   */
  default Config completed(Config config) {
    return config;
  }

  /** What a run with it is called: its name, without more. */
  default String label(String name, Config config) {
    return name;
  }

  /**
   * Variants to be checked one by one.
   *
   * @param key that chooses
   * @param values of it
   */
  record Variants(ConfigKey<String> key, List<String> values) {
    /** Copies the values. */
    public Variants {
      values = List.copyOf(values);
    }
  }

  /** What {@code gradcheck} checks one by one where the key is not given. */
  default Optional<Variants> variants() {
    return Optional.empty();
  }

  /** Keys that {@code gradcheck} sets where they are not given, with their values. */
  default Map<String, String> gradcheckDefaults() {
    return Map.of();
  }

  /** Its rules as studies of several rules name and draw them. */
  default List<Contender> contenders() {
    return names().stream().map(name -> Contender.of(name, Hue.GREY, true)).toList();
  }

  /**
   * Whether its targets, or losses of its own, do not fade towards the input, so that many inputs
   * hold the learning rate of the first layer back.
   */
  default boolean hasUnfadingErrors() {
    return false;
  }

  /** Its rows in the table of rules side by side, with what papers report; none without more. */
  default List<RulesTableRow> tableRows() {
    return List.of();
  }

  /** Hue of those rows. */
  default Hue tableHue() {
    return Hue.PURPLE;
  }

  /** The rule whose gradients are those of the loss, if it is one of the family. */
  default Optional<LearningRule> lossGradients() {
    return Optional.empty();
  }

  /** All families, in the order of their register. */
  static List<RuleFamily> all() {
    return ConfigSchema.ruleFamilies().stream()
        .filter(RuleFamily.class::isInstance)
        .map(RuleFamily.class::cast)
        .toList();
  }

  /**
   * The family of a rule.
   *
   * @throws IllegalArgumentException if there is none; a configuration lets no such name through
   */
  static RuleFamily of(String name) {
    return all().stream()
        .filter(family -> family.names().contains(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no rule family has " + name));
  }
}
