package lemniscate.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * Reads nested YAML as a flat list of keys with the text and the line of each value. Everything
 * that concerns the shape of the file is refused here (unknown and repeated keys, maps and lists in
 * the wrong place); the values are read by their keys.
 */
final class YamlText {
  // Written without quotes: starts with a letter and holds nothing that YAML gives a meaning to.
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./+-]*");
  private static final Set<String> RESERVED =
      Set.of("null", "true", "false", "yes", "no", "on", "off", "y", "n");

  private final String text;
  private final String source;
  private final Map<String, Integer> lines = new HashMap<>();
  private final List<Entry> entries = new ArrayList<>();

  private YamlText(String text, String source) {
    this.text = text;
    this.source = source;
  }

  /** A value in the file: its key, its text ({@code null}: empty) and "file:line". */
  record Entry(ConfigKey<?> key, @Nullable String text, String source) {}

  /** The entries of a YAML document, in its order; none for an empty one. */
  static List<Entry> read(String text, String source) {
    return new YamlText(text, source).read();
  }

  /** A string as a YAML scalar on one line. */
  static String scalar(String text) {
    return PLAIN.matcher(text).matches() && !RESERVED.contains(text.toLowerCase(Locale.ROOT))
        ? text
        : '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  private List<Entry> read() {
    try (YAMLParser parser = new YAMLFactory().createParser(text)) {
      JsonToken root = parser.nextToken();
      if (root == JsonToken.START_OBJECT) {
        readMap(parser, "");
      } else if (root != null && root != JsonToken.VALUE_NULL) {
        throw new BadInputException(
            at(parser)
                + ": the file is a "
                + (root == JsonToken.START_ARRAY ? "list" : "single value")
                + "; expected keys with values. Write for example 'net: {width: 256}'.");
      }
      if (parser.nextToken() != null) {
        throw new BadInputException(
            at(parser)
                + ": a second YAML document starts; expected one. Remove the '---' before it.");
      }
      return entries;
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the text is in memory: nothing is read
    }
  }

  private void readMap(YAMLParser parser, String prefix) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = prefix + parser.currentName();
      String at = at(parser);
      boolean group = ConfigSchema.isGroup(name);
      if (!group) {
        ConfigSchema.key(name, at); // refuses an unknown name before its value is looked at
      }
      Integer first = lines.putIfAbsent(name, parser.currentTokenLocation().getLineNr());
      if (first != null) {
        throw new BadInputException(
            "%s: %s is given twice, first in line %d; expected once. %s"
                .formatted(at, name, first, group ? "Put its keys together." : "Remove one."));
      }
      JsonToken value = parser.nextToken();
      if (parser.isCurrentAlias()) {
        throw new BadInputException(
            "%s: %s is the YAML alias '*%s'; aliases are not supported. Write the value itself."
                .formatted(at, name, parser.getText()));
      }
      if (group) {
        readGroup(parser, name, value, at);
      } else {
        ConfigKey<?> key = ConfigSchema.key(name, at);
        entries.add(new Entry(key, readValue(parser, key, value, at), at));
      }
    }
  }

  private void readGroup(YAMLParser parser, String name, JsonToken value, String at)
      throws IOException {
    if (value == JsonToken.START_OBJECT) {
      readMap(parser, name + ".");
    } else if (value != JsonToken.VALUE_NULL) { // an empty group says nothing
      throw new BadInputException(
          "%s: %s is %s; expected keys below it: %s. Indent them under '%s:'."
              .formatted(
                  at,
                  name,
                  value == JsonToken.START_ARRAY ? "a list" : "'" + parser.getText() + "'",
                  String.join(", ", ConfigSchema.leaves(name)),
                  name));
    }
  }

  private static @Nullable String readValue(
      YAMLParser parser, ConfigKey<?> key, JsonToken value, String at) throws IOException {
    boolean list = value == JsonToken.START_ARRAY;
    if (value == JsonToken.START_OBJECT || list && !key.type().takesList()) {
      throw misshapen(key, at, list ? "a list" : "a map");
    }
    if (!list) {
      return value == JsonToken.VALUE_NULL ? null : parser.getText();
    }
    List<String> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (!parser.currentToken().isScalarValue() || parser.isCurrentAlias()) {
        throw misshapen(key, at, "a list with something other than plain values in it");
      }
      items.add(parser.getText());
    }
    return "[" + String.join(", ", items) + "]";
  }

  private static BadInputException misshapen(ConfigKey<?> key, String at, String found) {
    return new BadInputException(
        "%s: %s is %s; expected %s. %s"
            .formatted(at, key.name(), found, key.type().expected(), key.remedy()));
  }

  private String at(YAMLParser parser) {
    return source + ":" + parser.currentTokenLocation().getLineNr();
  }

  private BadInputException malformed(JsonProcessingException e) {
    int line = e.getLocation().getLineNr();
    int column = e.getLocation().getColumnNr();
    String problem = e.getOriginalMessage();
    if (e.getCause() instanceof MarkedYAMLException marked) {
      Mark mark = marked.getProblemMark();
      line = mark.getLine() + 1; // marks count from zero
      column = mark.getColumn() + 1;
      problem = marked.getProblem();
      if (marked.getContext() != null && marked.getContextMark() != null) {
        // An unclosed quote or bracket is only found out further down.
        problem +=
            " " + marked.getContext() + " of line " + (marked.getContextMark().getLine() + 1);
      }
    } else if (e.getCause() instanceof ReaderException character) {
      String before = text.substring(0, text.offsetByCodePoints(0, character.getPosition()));
      line = 1 + (int) before.chars().filter(c -> c == '\n').count();
      column = before.length() - before.lastIndexOf('\n');
    }
    List<String> rows = text.lines().toList();
    boolean tab =
        line <= rows.size()
            && column <= rows.get(line - 1).length()
            && rows.get(line - 1).charAt(column - 1) == '\t';
    return new BadInputException(
        "%s:%d:%d: malformed YAML: %s. %s"
            .formatted(
                source,
                line,
                column,
                problem,
                tab
                    ? "Indent with spaces instead of tabs."
                    : "Expected lines of the form 'key: value', nested by spaces; correct this"
                        + " place."),
        e);
  }
}
