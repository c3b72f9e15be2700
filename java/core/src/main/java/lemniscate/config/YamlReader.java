package lemniscate.config;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.reader.ReaderException;

/** Reads a {@link YamlTree}, refusing what is malformed. */
final class YamlReader {
  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  // Deeper than anything that has a meaning, and less than the stack takes.
  private static final int DEEPEST = 50;

  private final String text;
  private final IntFunction<String> place;
  private final BiFunction<Integer, Integer, String> character;
  private final Iterator<Event> events;

  /**
   * Of a text.
   *
   * @param place of a line, counted from 1
   * @param character the same of a line and a column
   */
  YamlReader(
      String text, IntFunction<String> place, BiFunction<Integer, Integer, String> character) {
    this.text = text;
    this.place = place;
    this.character = character;
    this.events = new Yaml().parse(new StringReader(text)).iterator();
  }

  YamlTree read() {
    try {
      YamlTree root = new YamlTree.Text(place.apply(1), null);
      int documents = 0;
      while (events.hasNext()) {
        Event event = events.next();
        if (event.is(Event.ID.DocumentStart)) {
          if (documents++ > 0) {
            throw new BadInputException(
                at(event) + ": a second YAML document starts; expected one. Remove the '---'.");
          }
          Event first = events.next();
          root = tree(first, at(first), "", 0);
        }
      }
      return root;
    } catch (YAMLException e) {
      throw malformed(e);
    }
  }

  private YamlTree tree(Event event, String at, String path, int depth) {
    if (depth > DEEPEST) {
      throw new BadInputException(
          "%s: is nested more than %d deep; expected a configuration. Take brackets away."
              .formatted(at, DEEPEST));
    }
    return switch (event) {
      case ScalarEvent scalar -> new YamlTree.Text(at, isNull(scalar) ? null : scalar.getValue());
      case AliasEvent alias -> new YamlTree.Alias(at, alias.getAnchor());
      case SequenceStartEvent _ -> {
        List<YamlTree> items = new ArrayList<>();
        for (Event item = events.next(); !item.is(Event.ID.SequenceEnd); item = events.next()) {
          items.add(tree(item, at(item), path, depth + 1));
        }
        yield new YamlTree.Items(at, items);
      }
      case MappingStartEvent _ -> new YamlTree.Keys(at, nodes(path, depth));
      default -> throw new IllegalStateException("YAML event " + event);
    };
  }

  private Map<String, YamlTree> nodes(String path, int depth) {
    Map<String, YamlTree> nodes = new LinkedHashMap<>();
    Map<String, Integer> lines = new HashMap<>();
    for (Event event = events.next(); !event.is(Event.ID.MappingEnd); event = events.next()) {
      if (!(event instanceof ScalarEvent key)) {
        throw malformed(event.getStartMark(), "a key that is not plain text", null);
      }
      String name = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
      YamlTree value = tree(events.next(), at(key), name, depth + 1);
      Integer first = lines.putIfAbsent(key.getValue(), line(key));
      if (first != null) {
        throw twice(at(key), name, "line " + first, value instanceof YamlTree.Keys);
      }
      nodes.put(key.getValue(), value);
    }
    return nodes;
  }

  /** What to say of a key that is there already. */
  static BadInputException twice(String at, String name, String first, boolean group) {
    return new BadInputException(
        "%s: %s is given twice, first in %s; expected once. %s"
            .formatted(at, name, first, group ? "Put its keys together." : "Remove one."));
  }

  private static boolean isNull(ScalarEvent scalar) {
    return scalar.getScalarStyle() == DumperOptions.ScalarStyle.PLAIN
        && scalar.getTag() == null
        && NULLS.contains(scalar.getValue());
  }

  private String at(Event event) {
    return place.apply(line(event));
  }

  private static int line(Event event) {
    return event.getStartMark().getLine() + 1; // marks count from zero
  }

  private BadInputException malformed(YAMLException e) {
    if (e instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
      String problem = marked.getProblem();
      if (marked.getContext() != null && marked.getContextMark() != null) {
        // An unclosed quote or bracket is only found out further down.
        problem +=
            " " + marked.getContext() + " of line " + (marked.getContextMark().getLine() + 1);
      }
      return malformed(marked.getProblemMark(), problem, e);
    }
    if (e instanceof ReaderException unreadable) {
      String before = text.substring(0, text.offsetByCodePoints(0, unreadable.getPosition()));
      int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
      int column = before.length() - before.lastIndexOf('\n');
      return malformed(line, column, "special characters are not allowed", e);
    }
    return malformed(1, 1, String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
  }

  private BadInputException malformed(Mark mark, String problem, @Nullable YAMLException cause) {
    return malformed(mark.getLine() + 1, mark.getColumn() + 1, problem, cause);
  }

  private BadInputException malformed(
      int line, int column, String problem, @Nullable YAMLException cause) {
    List<String> rows = text.lines().toList();
    boolean tab =
        line <= rows.size()
            && column <= rows.get(line - 1).length()
            && rows.get(line - 1).charAt(column - 1) == '\t';
    return new BadInputException(
        "%s: malformed YAML: %s. %s"
            .formatted(
                character.apply(line, column),
                problem,
                tab
                    ? "Indent with spaces instead of tabs."
                    : "Expected lines of the form 'key: value', nested by spaces; correct this"
                        + " place."),
        cause);
  }
}
