package lemniscate.config;

/**
 * What the configuration knows of a family of learning rules: the names that {@code rule} takes and
 * the keys that belong to them; {@code lemniscate.rule.RuleFamily} has the rest.
 */
public interface RuleDeclaration extends Declaration {

  /** What it is called in a sentence: "predictive coding". */
  String title();

  /**
   * Whether its rules train the network's own function of the inputs, so that their updates can be
   * compared with those of others.
   */
  default boolean isComparable() {
    return true;
  }
}
