package lemniscate.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
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
            .paramLabel(key.leaf().toUpperCase(Locale.ROOT))
            .type(String.class)
            // Descriptions are format strings.
            .description(meaning.replace("%", "%%"));
    return (toggle ? option.arity("0..1").fallbackValue("true") : option.arity("1")).build();
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
    Config assigned = Config.defaults();
    List<String> assignments = parsed.matchedOptionValue(SET, List.of());
    for (String assignment : assignments) {
      config = config.withAssignment(assignment, SET);
      assigned = assigned.withAssignment(assignment, SET);
    }
    requireMeaning(parsed.commandSpec(), assigned, explained);
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (sets(parsed, key)) {
        String value = parsed.matchedOptionValue(key.options().getLast(), "");
        config = config.with(key.name(), value, key.options().getFirst());
      }
    }
    return config;
  }

  private static void requireMeaning(
      CommandSpec spec, Config assigned, Predicate<ConfigKey<?>> explained) {
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (assigned.isSet(key) && !explained.test(key) && !takes(spec, key)) {
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

  private static boolean takes(CommandSpec spec, ConfigKey<?> key) {
    OptionSpec option = spec.findOption(key.options().getLast());
    return option != null && option.type() == String.class;
  }

  /** The keys that options of the command line set, by dotted name. */
  static Map<String, String> given(ParseResult parsed) {
    Map<String, String> values = new LinkedHashMap<>();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (sets(parsed, key)) {
        values.put(key.name(), parsed.matchedOptionValue(key.options().getLast(), ""));
      }
    }
    return values;
  }

  // By the dotted name: a command may use the short one for something of its own. Where that is the
  // same, an option of its own takes a list.
  private static boolean sets(ParseResult parsed, ConfigKey<?> key) {
    OptionSpec option = parsed.matchedOption(key.options().getLast());
    return option != null && option.type() == String.class;
  }
}
