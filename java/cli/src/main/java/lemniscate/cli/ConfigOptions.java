package lemniscate.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The options that set keys of the configuration. All are made from the schema: every key has its
 * dotted name as a long option, the frequent ones a short name too.
 */
final class ConfigOptions {

  private static final String FILE = "--config";
  private static final String SET = "--set";

  private static final String CHOICES = "one of ";
  private static final Pattern WORD = Pattern.compile("[\\w.-]+");

  /** By key; every command asks for those of every option. */
  private static final Map<String, List<String>> CANDIDATES =
      ConfigSchema.KEYS.stream().collect(Collectors.toMap(ConfigKey::name, ConfigOptions::words));

  private ConfigOptions() {}

  /** Adds {@code --config}, {@code --set} and the options of some keys to a command. */
  static void addTo(CommandSpec spec, Predicate<ConfigKey<?>> wanted) {
    spec.addOption(
        OptionSpec.builder(FILE)
            .paramLabel("FILE.yaml")
            .type(Path.class)
            .description("Read keys from a YAML file.")
            .build());
    spec.addOption(
        OptionSpec.builder(SET)
            .paramLabel("KEY=VALUE")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("Set a key; goes over --config, and options go over it. Repeatable.")
            .build());
    addKeys(spec, wanted);
  }

  /** Adds the options of some keys to a command. */
  static void addKeys(CommandSpec spec, Predicate<ConfigKey<?>> wanted) {
    ConfigSchema.KEYS.stream().filter(wanted).forEach(key -> spec.addOption(option(spec, key)));
  }

  private static OptionSpec option(CommandSpec spec, ConfigKey<?> key) {
    // A command may have an option of its own by the short name.
    List<String> names =
        key.options().stream().filter(name -> spec.findOption(name) == null).toList();
    boolean toggle = key.defaultValue() instanceof Boolean;
    String meaning =
        key.description() + " " + key.type().expected() + " [" + key.defaultText() + "]";
    OptionSpec.Builder option =
        OptionSpec.builder(names.toArray(String[]::new))
            .paramLabel(label(key))
            .type(String.class)
            // Descriptions are format strings.
            .description(meaning.replace("%", "%%"));
    if (!candidates(key).isEmpty()) {
      option.completionCandidates(candidates(key));
    }
    return (toggle ? option.arity("0..1").fallbackValue("true") : option.arity("1")).build();
  }

  // Scripts of completion know the values of an option by its label, so that no two may share one.
  private static String label(ConfigKey<?> key) {
    boolean leads = key.group().isEmpty() || key.options().size() > 1;
    boolean alone =
        leads
            || candidates(key).isEmpty()
            || ConfigSchema.KEYS.stream()
                .filter(other -> other != key && !candidates(other).isEmpty())
                .noneMatch(other -> other.leaf().equals(key.leaf()));
    return (alone ? key.leaf() : key.name()).toUpperCase(Locale.ROOT);
  }

  /** Values for shells to complete: of a key that takes one of some words, these. */
  static List<String> candidates(ConfigKey<?> key) {
    return CANDIDATES.getOrDefault(key.name(), List.of());
  }

  private static List<String> words(ConfigKey<?> key) {
    String expected = key.type().expected();
    if (key.defaultValue() instanceof Boolean) {
      return List.of("true", "false");
    }
    if (!expected.startsWith(CHOICES)) {
      return List.of();
    }
    List<String> words = List.of(expected.substring(CHOICES.length()).split(", ", -1));
    return words.stream().allMatch(word -> WORD.matcher(word).matches()) ? words : List.of();
  }

  /**
   * The configuration of a command line: options over {@code --set} over the file over defaults.
   *
   * @throws BadInputException if {@code --set} names a key that the command does not take; a file
   *     may hold keys for other commands
   */
  static Config read(ParseResult parsed) {
    return read(parsed, _ -> false);
  }

  /**
   * The same for a command that says itself what is wrong with some keys that it does not take.
   *
   * @param explained these keys
   */
  static Config read(ParseResult parsed, Predicate<ConfigKey<?>> explained) {
    Config config = Config.defaults();
    Path file = parsed.matchedOptionValue(FILE, null);
    if (file != null) {
      config = config.withYaml(file);
    }
    List<String> assignments = parsed.matchedOptionValue(SET, List.of());
    for (String assignment : assignments) {
      config = config.withAssignment(assignment, SET);
    }
    requireMeaning(parsed.commandSpec(), config, explained);
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (sets(parsed, key)) {
        String value = parsed.matchedOptionValue(name(key), "");
        config = config.with(key.name(), value, key.options().getFirst());
      }
    }
    return config;
  }

  private static void requireMeaning(
      CommandSpec spec, Config config, Predicate<ConfigKey<?>> explained) {
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      boolean assigned = config.isSet(key) && config.source(key).equals(SET);
      if (assigned && !explained.test(key) && !isOfKey(spec.findOption(name(key)))) {
        String list = "--" + key.leaf() + "s";
        throw new BadInputException(
            "%s: %s has no meaning for %s; %s."
                .formatted(
                    SET,
                    key,
                    spec.name(),
                    spec.findOption(list) == null ? "leave it out" : "use " + list));
      }
    }
  }

  /** The keys that options of the command line set, by dotted name. */
  static Map<String, String> given(ParseResult parsed) {
    Map<String, String> values = new LinkedHashMap<>();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (sets(parsed, key)) {
        values.put(key.name(), parsed.matchedOptionValue(name(key), ""));
      }
    }
    return values;
  }

  private static boolean sets(ParseResult parsed, ConfigKey<?> key) {
    return isOfKey(parsed.matchedOption(name(key)));
  }

  // The dotted name: a command may use the short one for something of its own.
  private static String name(ConfigKey<?> key) {
    return key.options().getLast();
  }

  // Where the names are the same, an option of a command's own takes a list.
  private static boolean isOfKey(@Nullable OptionSpec option) {
    return option != null && option.type() == String.class;
  }
}
