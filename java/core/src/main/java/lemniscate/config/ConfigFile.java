package lemniscate.config;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import lemniscate.text.Shown;

/** Finds the keys of the configuration in a YAML document, be they nested or dotted. */
final class ConfigFile {
  private final Map<String, String> places = new HashMap<>();
  private final Map<ConfigKey<?>, YamlTree> values = new LinkedHashMap<>();

  private ConfigFile() {}

  /**
   * The keys with what stands under them, in the document's order; none for an empty one.
   *
   * @throws BadInputException if it holds an unknown key, one twice, or no keys where some belong
   */
  static Map<ConfigKey<?>, YamlTree> values(YamlTree root) {
    ConfigFile file = new ConfigFile();
    switch (root) {
      case YamlTree.Keys map -> file.read(map, "");
      case YamlTree.Text empty when empty.text() == null -> {}
      default ->
          throw new BadInputException(
              "%s: the file is %s; expected keys with values. Write for example 'net: {width: 256}'."
                  .formatted(
                      root.at(), root instanceof YamlTree.Items ? "a list" : "a single value"));
    }
    return file.values;
  }

  private void read(YamlTree.Keys map, String prefix) {
    map.nodes().forEach((leaf, value) -> read(prefix + leaf, value));
  }

  private void read(String name, YamlTree value) {
    boolean group = ConfigSchema.isGroup(name);
    String first = places.putIfAbsent(name, value.at());
    if (first != null) { // nested and dotted
      throw YamlReader.twice(value.at(), name, first, group);
    }
    if (!group) {
      values.put(ConfigSchema.key(name, value.at()), value);
      return;
    }
    switch (value) {
      case YamlTree.Keys map -> read(map, name + ".");
      case YamlTree.Text empty when empty.text() == null -> {} // an empty group says nothing
      default ->
          throw new BadInputException(
              "%s: %s is %s; expected keys below it: %s. Indent them under %s."
                  .formatted(
                      value.at(),
                      name,
                      value.kind(),
                      String.join(", ", ConfigSchema.leaves(name)),
                      Shown.quoted(name + ":")));
    }
  }
}
