package lemniscate.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Declares the keys of a {@link Declaration}, which stand together under one name. */
public final class KeyGroup {

  private final String name;
  private final Aspect aspect;
  private final ConfigKey.Presence presence;
  private final List<ConfigKey<?>> declared = new ArrayList<>();

  private KeyGroup(String name, Aspect aspect, ConfigKey.Presence presence) {
    this.name = name;
    this.aspect = aspect;
    this.presence = presence;
  }

  /** A group of a family of rules, that runs of other rules know nothing of. */
  public static KeyGroup of(String name) {
    return of(name, Aspect.RULE);
  }

  /** A group that only runs that choose what it belongs to know of. */
  public static KeyGroup of(String name, Aspect aspect) {
    return new KeyGroup(name, aspect, ConfigKey.Presence.WHERE_CHOSEN);
  }

  /** As the other method, of a family of rules. */
  public static KeyGroup ofEveryRun(String name) {
    return ofEveryRun(name, Aspect.RULE);
  }

  /**
   * A group that is part of every run and its hash, whatever is chosen. So are those of the first
   * version; a new one would change the hashes of all runs.
   */
  public static KeyGroup ofEveryRun(String name, Aspect aspect) {
    return new KeyGroup(name, aspect, ConfigKey.Presence.ALWAYS);
  }

  /**
   * Declares a key.
   *
   * @param leaf its name without that of the group
   * @param type the values that it takes
   * @param defaultValue the one where none is given
   * @param description what it is, in a sentence on one line
   */
  public <T> ConfigKey<T> key(String leaf, ValueType<T> type, T defaultValue, String description) {
    return declare(leaf, type, defaultValue, description, presence);
  }

  /**
   * Declares a key that came when there were runs of the group's rules already: it is part of a run
   * and its hash only where it is set, so that theirs stay as they are.
   *
   * @param leaf its name without that of the group
   * @param type the values that it takes
   * @param defaultValue the one where none is given; what those runs did
   * @param description what it is, in a sentence on one line
   */
  public <T> ConfigKey<T> addedKey(
      String leaf, ValueType<T> type, T defaultValue, String description) {
    return declare(leaf, type, defaultValue, description, ConfigKey.Presence.WHERE_SET);
  }

  private <T> ConfigKey<T> declare(
      String leaf,
      ValueType<T> type,
      T defaultValue,
      String description,
      ConfigKey.Presence presenceOfKey) {
    return declare(
        new ConfigKey<>(
            aspect, name + "." + leaf, null, type, defaultValue, null, description, presenceOfKey));
  }

  /**
   * Declares a key that may be unset.
   *
   * @param leaf its name without that of the group
   * @param type the values that it takes
   * @param meaning what being unset stands for
   * @param description what it is, in a sentence on one line
   */
  public <T> ConfigKey<Optional<T>> unset(
      String leaf, ValueType<T> type, String meaning, String description) {
    return declare(
        new ConfigKey<>(
            aspect,
            name + "." + leaf,
            null,
            type.optional(),
            Optional.empty(),
            meaning,
            description,
            presence));
  }

  /** The keys declared so far, in their order. */
  public List<ConfigKey<?>> keys() {
    return List.copyOf(declared);
  }

  private <T> ConfigKey<T> declare(ConfigKey<T> key) {
    declared.add(key);
    return key;
  }
}
