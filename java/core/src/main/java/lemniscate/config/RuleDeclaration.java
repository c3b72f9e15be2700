package lemniscate.config;

import java.util.List;

/**
 * What the configuration knows of a family of learning rules: the names that {@code rule} takes and
 * the keys that belong to them. Found by ServiceLoader, so that a rule in a jar of its own takes
 * part in every command; {@code lemniscate.rule.RuleFamily} has the rest.
 */
public interface RuleDeclaration {

  /** The names of its rules in configurations, at least one; no other family has them. */
  List<String> names();

  /** What it is called in a sentence: "predictive coding". */
  String title();

  /** Its keys in the documented order, none without more. */
  default List<ConfigKey<?>> keys() {
    return List.of();
  }

  /**
   * Whether its rules train the network's own function of the inputs, so that their updates can be
   * compared with those of others.
   */
  default boolean isComparable() {
    return true;
  }

  /**
   * Checks what its keys say, whichever rule is chosen.
   *
   * @throws BadInputException if they do not agree with each other
   */
  default void check(Config config) {}
}
