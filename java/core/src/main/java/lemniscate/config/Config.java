package lemniscate.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lemniscate.config.ConfigKey.Presence;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a run: a value for every key of {@link ConfigSchema}. Immutable; each {@code
 * with…} returns a new configuration in which what is given last wins. Two configurations are equal
 * if all their values are, whoever gave them.
 */
public final class Config {
  private static final Config DEFAULTS = new Config(Map.of());

  private final Map<ConfigKey<?>, Given> given;

  private Config(Map<ConfigKey<?>, Given> given) {
    this.given = Map.copyOf(given);
  }

  /** A value that somebody gave, and where. */
  private record Given(Object value, String source) {}

  /** The configuration in which nothing is given. */
  public static Config defaults() {
    return DEFAULTS;
  }

  /**
   * This configuration with the keys of a YAML file (UTF-8) on top.
   *
   * @throws BadInputException if the file cannot be read, is malformed, or holds an unknown key or
   *     a value that its key does not take; the message names the line
   */
  public Config withYaml(Path file) {
    String text = YamlTree.textOf(file, "a configuration", "Check the path given to --config.");
    return withYaml(text, file.toString());
  }

  /**
   * This configuration with the keys of a YAML text on top. Keys are nested ({@code net: {width:
   * 8}}) or dotted ({@code net.width: 8}); an empty text changes nothing.
   *
   * @param sourceName what errors call the text, usually the file
   * @throws BadInputException as {@link #withYaml(Path)}
   */
  public Config withYaml(String text, String sourceName) {
    Map<ConfigKey<?>, Given> changed = new HashMap<>(given);
    ConfigFile.values(YamlTree.read(text, sourceName))
        .forEach((key, value) -> put(changed, key, value));
    return new Config(changed);
  }

  /**
   * This configuration with one key changed. The text {@code unset} takes an optional key back.
   *
   * @param key the dotted name
   * @param value the value, as it would stand in YAML
   * @param source what errors name: "--set", "--width"
   * @throws BadInputException if there is no such key or it does not take the value
   */
  public Config with(String key, String value, String source) {
    return withAll(Map.of(key, value), source);
  }

  /** This configuration with one key changed by the program. */
  public <T> Config with(ConfigKey<T> key, T value, String source) {
    return with(key.name(), key.type().text(value), source);
  }

  /** This configuration with several keys, named by their dotted names, changed at once. */
  public Config withAll(Map<String, String> values, String source) {
    Map<ConfigKey<?>, Given> changed = new HashMap<>(given);
    values.forEach((name, value) -> put(changed, ConfigSchema.key(name, source), value, source));
    return new Config(changed);
  }

  /**
   * This configuration with an assignment {@code pc.steps=20}, as {@code --set} takes it.
   *
   * @throws BadInputException also if there is no {@code =}
   */
  public Config withAssignment(String assignment, String source) {
    int equals = assignment.indexOf('=');
    if (equals < 0) {
      throw new BadInputException(
          "%s: %s has no '='; expected KEY=VALUE. Write for example %s."
              .formatted(source, Shown.quoted(assignment), Shown.quoted(source + " pc.steps=20")));
    }
    return with(assignment.substring(0, equals).strip(), assignment.substring(equals + 1), source);
  }

  /** The value of a key: the given one, else the default. */
  @SuppressWarnings("unchecked") // put() stores under a key only what that key parsed
  public <T> T get(ConfigKey<T> key) {
    Given found = given.get(key);
    return found == null ? key.defaultValue() : (T) found.value();
  }

  /** The one of some choices that a key names; the key lets no other name through. */
  public <E> E choose(ConfigKey<String> key, E[] choices, Function<E, String> name) {
    String chosen = get(key);
    return Stream.of(choices)
        .filter(one -> name.apply(one).equals(chosen))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(key + " of the schema: " + chosen));
  }

  /** Whether the key was given a value, be it the default one. */
  public boolean isSet(ConfigKey<?> key) {
    return given.containsKey(key);
  }

  /** Where the value of a key comes from: "run.yaml:3", "--set", or "default". */
  public String source(ConfigKey<?> key) {
    Given found = given.get(key);
    return found == null ? "default" : found.source();
  }

  /**
   * This configuration, if its values also agree with each other; to be called once all are given.
   *
   * @throws BadInputException if a rule, an optimiser or a schedule finds that its keys do not
   */
  public Config checked() {
    ConfigSchema.declarations().forEach(declared -> declared.check(this));
    return this;
  }

  /**
   * All values as nested YAML, in the order of the schema and without the unset keys. Reading it
   * back gives an equal configuration.
   */
  public String toYaml() {
    return toYaml(key -> key.presence() != Presence.RETIRED);
  }

  /**
   * {@link #toYaml()} with the keys of earlier versions, for what is stored under a name made of
   * it.
   */
  public String identity() {
    return toYaml(key -> true);
  }

  /** All values in nested maps, as JSON wants them, without the unset keys. */
  public Map<String, Object> toMap() {
    Map<String, Object> top = new LinkedHashMap<>();
    Map<String, Map<String, Object>> groups = new HashMap<>();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      Object value = isPartOfRun(key) ? plain(key) : null;
      if (value == null) {
        continue;
      }
      if (key.group().isEmpty()) {
        top.put(key.leaf(), value);
      } else {
        Map<String, Object> group =
            groups.computeIfAbsent(key.group(), name -> new LinkedHashMap<>());
        group.put(key.leaf(), value);
        top.put(key.group(), group);
      }
    }
    return top;
  }

  /** The text of every value that {@link #toYaml()} has, as {@link #with} takes it, by its key. */
  public Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (isPartOfRun(key) && plain(key) != null) {
        texts.put(key.name(), text(key));
      }
    }
    return texts;
  }

  /** The text of a value, as {@link #with} takes it; {@code unset} of one that is. */
  public <T> String text(ConfigKey<T> key) {
    return key.type().text(get(key));
  }

  /** The keys that have other values here than there, in the order of the schema. */
  public List<ConfigKey<?>> differences(Config other) {
    return ConfigSchema.KEYS.stream().filter(key -> !get(key).equals(other.get(key))).toList();
  }

  /**
   * SHA-256, in hexadecimal, of the YAML with the keys of those aspects that are {@link
   * Aspect#isHashed hashed}: configurations with the same hash train the same weights.
   */
  public String hash() {
    try {
      String yaml = toYaml(key -> key.aspect().isHashed());
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(yaml.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Config that && differences(that).isEmpty();
  }

  @Override
  public int hashCode() {
    return ConfigSchema.KEYS.stream().map(this::get).toList().hashCode();
  }

  /** The YAML of {@link #toYaml()}. */
  @Override
  public String toString() {
    return toYaml();
  }

  private static <T> void put(
      Map<ConfigKey<?>, Given> values, ConfigKey<T> key, String text, String source) {
    put(values, key, key.parse(text, source), source);
  }

  private static <T> void put(Map<ConfigKey<?>, Given> values, ConfigKey<T> key, YamlTree node) {
    put(values, key, key.parse(node), node.at());
  }

  private static <T> void put(
      Map<ConfigKey<?>, Given> values, ConfigKey<T> key, T value, String source) {
    if (key.type().plain(value) == null) {
      values.remove(key);
    } else {
      values.put(key, new Given(value, source));
    }
  }

  private String toYaml(Predicate<ConfigKey<?>> included) {
    StringBuilder yaml = new StringBuilder();
    String group = "";
    for (ConfigKey<?> key : ConfigSchema.WITH_RETIRED) {
      String value = included.test(key) && isPartOfRun(key) ? yaml(key) : null;
      if (value == null) {
        continue;
      }
      if (!key.group().equals(group)) {
        group = key.group();
        yaml.append(group.isEmpty() ? "" : group + ":\n");
      }
      yaml.append(group.isEmpty() ? "" : "  ");
      yaml.append(key.leaf()).append(": ").append(value).append('\n');
    }
    return yaml.toString();
  }

  // A jar on the class path, with keys of its own, changes no run that does not choose what it
  // brings.
  private boolean isPartOfRun(ConfigKey<?> key) {
    // Beside a list of layers a width means another one, and a depth nothing.
    boolean replaced = key == ConfigSchema.NET_WIDTH || key == ConfigSchema.NET_DEPTH;
    if (replaced && get(ConfigSchema.NET_LAYERS).isPresent()) {
      return isSet(key);
    }
    return isSet(key)
        || switch (key.presence()) {
          case ALWAYS, RETIRED -> true;
          case WHERE_CHOSEN -> ConfigSchema.isOfChosen(key, this);
          case WHERE_SET -> false;
        };
  }

  private <T> @Nullable Object plain(ConfigKey<T> key) {
    return key.type().plain(get(key));
  }

  private <T> @Nullable String yaml(ConfigKey<T> key) {
    return key.type().yaml(get(key));
  }
}
