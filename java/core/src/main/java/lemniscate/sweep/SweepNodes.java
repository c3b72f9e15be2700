package lemniscate.sweep;

import java.util.List;
import java.util.function.BiConsumer;
import lemniscate.config.BadInputException;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.config.Spelling;
import lemniscate.config.YamlTree;
import lemniscate.text.Shown;

/**
 * What may stand at a place of a sweep's file: lists, keys, words, numbers. What does not is
 * refused with its line.
 */
final class SweepNodes {

  private SweepNodes() {}

  /** Calls for each key of the configuration, be it nested or dotted. */
  static void leaves(YamlTree node, String prefix, BiConsumer<String, YamlTree> action) {
    if (node instanceof YamlTree.Text empty && empty.text() == null) {
      return;
    }
    if (!(node instanceof YamlTree.Keys map)) {
      throw new BadInputException(
          "%s: is %s; expected keys of the configuration with values. Write for example 'net: {width: 256}'."
              .formatted(node.at(), node.kind()));
    }
    map.nodes()
        .forEach(
            (name, child) -> {
              String full = prefix + name;
              boolean known = ConfigSchema.find(full).isPresent();
              if (!known && child instanceof YamlTree.Keys nested && !nested.nodes().isEmpty()) {
                leaves(child, full + ".", action);
              } else {
                ConfigSchema.key(full, child.at()); // refuses an unknown one
                action.accept(full, child);
              }
            });
  }

  static String value(YamlTree node, ConfigKey<?> key) {
    String text = node instanceof YamlTree.Alias ? null : key.textOf(node);
    if (text == null) {
      throw bad(node, key.name(), key.type().expected());
    }
    return text;
  }

  static List<YamlTree> few(List<YamlTree> items, String name, int most) {
    if (items.size() > most) {
      throw new BadInputException(
          "%s: %s has %d values; expected at most %d. Shorten the list."
              .formatted(items.get(most).at(), name, items.size(), most));
    }
    return items;
  }

  static List<YamlTree> items(YamlTree node, String name) {
    if (node instanceof YamlTree.Items list) {
      return list.items();
    }
    throw bad(node, name, "a list; write it in brackets, [1, 2]");
  }

  static YamlTree.Keys keys(YamlTree node, String name, List<String> known) {
    if (!(node instanceof YamlTree.Keys map)) {
      throw bad(node, name, "keys out of " + String.join(", ", known));
    }
    map.nodes()
        .forEach(
            (key, child) -> {
              if (!known.contains(key)) {
                throw new BadInputException(
                    "%s: unknown key %s in %s; expected one of %s, the nearest is %s. Correct or remove it."
                        .formatted(
                            child.at(),
                            Shown.quoted(key),
                            name,
                            String.join(", ", known),
                            Shown.quoted(Spelling.nearest(key, known))));
              }
            });
    return map;
  }

  static YamlTree required(YamlTree.Keys keys, String name, String group) {
    YamlTree node = keys.nodes().get(name);
    if (node == null) {
      throw new BadInputException(
          "%s: %s has no %s; expected one. Add it."
              .formatted(keys.at(), group, Shown.quoted(name)));
    }
    return node;
  }

  static String word(YamlTree node, String name, List<String> words) {
    if (node instanceof YamlTree.Text text && words.contains(text.text())) {
      return String.valueOf(text.text());
    }
    throw bad(
        node,
        name,
        String.join(" or ", words),
        node instanceof YamlTree.Text text && text.text() != null
            ? Shown.quoted(text.text())
            : node.kind());
  }

  static double number(YamlTree node, String name, String expected) {
    try {
      if (node instanceof YamlTree.Text text && text.text() != null) {
        double number = Double.parseDouble(text.text());
        if (Double.isFinite(number)) {
          return number;
        }
      }
    } catch (NumberFormatException e) {
      // As anything else that is no number.
    }
    throw bad(node, name, expected);
  }

  static long integer(YamlTree node, String name, long low, long high) {
    String expected =
        low == Long.MIN_VALUE ? "an integer" : "an integer from " + low + " to " + high;
    try {
      if (node instanceof YamlTree.Text text && text.text() != null) {
        long number = Long.parseLong(text.text());
        if (number >= low && number <= high) {
          return number;
        }
      }
    } catch (NumberFormatException e) {
      // As anything else that is no integer.
    }
    throw bad(node, name, expected);
  }

  static BadInputException bad(YamlTree node, String name, String expected) {
    return bad(node, name, expected, node.kind());
  }

  static BadInputException bad(YamlTree node, String name, String expected, String found) {
    return new BadInputException(
        "%s: %s is %s; expected %s. Correct it.".formatted(node.at(), name, found, expected));
  }
}
