package lemniscate.rule;

import java.util.Map;

/**
 * A rule as studies of several rules name and draw it.
 *
 * @param name for people, such as {@code dtp}
 * @param keys of the configuration that make it, with their values
 * @param hue of its lines
 * @param light whether they are of the lighter shade
 */
public record Contender(String name, Map<String, String> keys, Hue hue, boolean light) {

  /** Copies the keys. */
  public Contender {
    keys = Map.copyOf(keys);
  }

  /** A rule under its own name. */
  public static Contender of(String rule, Hue hue, boolean light) {
    return new Contender(rule, Map.of("rule", rule), hue, light);
  }
}
