package lemniscate.config;

import java.util.List;

/**
 * What the configuration knows of something that a jar on the class path may bring: the names that
 * choose it and the keys that belong to it. Found by ServiceLoader. A class that implements it may
 * not need {@link ConfigSchema} before its keys are declared.
 */
public interface Declaration {

  /**
   * The names that a configuration chooses it by, at least one; nothing else of its kind has them.
   */
  List<String> names();

  /** Its keys in the documented order, none without more; others of its kind may have them too. */
  default List<ConfigKey<?>> keys() {
    return List.of();
  }

  /**
   * Checks what its keys say, whichever name is chosen.
   *
   * @throws BadInputException if they do not agree with each other
   */
  default void check(Config config) {}
}
