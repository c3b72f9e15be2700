package lemniscate.study;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;

/** Parts of the YAML of a sweep that a study writes. */
final class SweepText {

  private SweepText() {}

  /** The part {@code base}: every key that is set, but for some; empty if there is none. */
  static String base(Config config, Set<ConfigKey<?>> without) {
    Map<String, Object> all = config.toMap();
    StringBuilder yaml = new StringBuilder();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (config.isSet(key) && !without.contains(key)) {
        yaml.append("  %s: %s\n".formatted(key, scalar(valueOf(all, key))));
      }
    }
    return yaml.isEmpty() ? "" : "base:\n" + yaml;
  }

  /** An item of the part {@code cases}. */
  static String oneCase(Map<String, String> values) {
    return values.entrySet().stream()
        .map(e -> e.getKey() + ": " + text(e.getValue()))
        .collect(Collectors.joining(", ", "  - {", "}\n"));
  }

  // A list stays one; anything else is quoted, as a name may hold anything.
  private static String text(String value) {
    return value.startsWith("[") ? value : scalar(value);
  }

  private static Object valueOf(Map<String, Object> all, ConfigKey<?> each) {
    Object value =
        each.group().isEmpty()
            ? all.get(each.leaf())
            : all.get(each.group()) instanceof Map<?, ?> group ? group.get(each.leaf()) : null;
    if (value == null) {
      throw new IllegalStateException(each + " is set and has no value");
    }
    return value;
  }

  private static String scalar(Object value) {
    return value instanceof String text
        ? '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"'
        : value.toString();
  }
}
