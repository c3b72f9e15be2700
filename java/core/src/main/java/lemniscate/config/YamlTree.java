package lemniscate.config;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * A YAML document as a tree that knows the place of everything in it. Two trees are equal if they
 * say the same, wherever they stand and in whichever order a map has its keys.
 */
public sealed interface YamlTree {

  /** Bytes of the longest document. */
  int LONGEST_TEXT = 3_000_000;

  /** "file:line", of its key where it stands under one; what gave it where that is no file. */
  String at();

  /** What it is, for errors: "a list", "'abc'", "empty". */
  String kind();

  /**
   * A value.
   *
   * @param text as it stands there; {@code null} where there is none
   */
  record Text(String at, @Nullable String text) implements YamlTree {
    @Override
    public String kind() {
      return text == null ? "empty" : Shown.quoted(text);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Text that && Objects.equals(text, that.text);
    }

    @Override
    public int hashCode() {
      return Objects.hashCode(text);
    }
  }

  /** A list. */
  record Items(String at, List<YamlTree> items) implements YamlTree {
    /** Copies the list. */
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Items that && items.equals(that.items);
    }

    @Override
    public int hashCode() {
      return items.hashCode();
    }
  }

  /** Keys with what stands under them, in the order of the document. */
  record Keys(String at, Map<String, YamlTree> nodes) implements YamlTree {
    /** Copies the map. */
    public Keys {
      nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
    }

    @Override
    public String kind() {
      return "a map";
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Keys that && nodes.equals(that.nodes);
    }

    @Override
    public int hashCode() {
      return nodes.hashCode();
    }
  }

  /** A reference to an anchor, which nobody follows. */
  record Alias(String at, String name) implements YamlTree {
    @Override
    public String kind() {
      return "the YAML alias " + Shown.quoted("*" + name);
    }
  }

  /**
   * The text of a file.
   *
   * @param what is expected in it: "a sweep"
   * @param remedy what to do where it is missing
   * @throws BadInputException if it cannot be read, or is not in UTF-8
   */
  static String textOf(Path file, String what, String remedy) {
    if (!Files.exists(file)) {
      throw new BadInputException(
          "%s: the file does not exist; expected %s in YAML. %s".formatted(file, what, remedy));
    }
    if (Files.isDirectory(file)) {
      throw new BadInputException(
          "%s: is a directory; expected a file with %s in YAML. %s".formatted(file, what, remedy));
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LONGEST_TEXT + 1); // whatever size it says that it has
      if (bytes.length > LONGEST_TEXT) {
        throw new BadInputException(
            "%s: has more than %d bytes; expected %s in YAML of at most so many. Shorten its lists."
                .formatted(file, LONGEST_TEXT, what));
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new BadInputException(
          "%s: is not text in UTF-8; expected %s in YAML. Save it as UTF-8.".formatted(file, what),
          e);
    } catch (IOException e) {
      throw new BadInputException(
          "%s: cannot be read (%s); expected %s in YAML. Check its permissions."
              .formatted(file, e, what),
          e);
    }
  }

  /**
   * Reads a document; an empty one is a {@link Text} without text.
   *
   * @param source what errors call it, usually the file
   * @throws BadInputException if it is malformed, repeats a key, or a second one follows
   */
  static YamlTree read(String text, String source) {
    return new YamlReader(
            text, line -> source + ":" + line, (line, column) -> source + ":" + line + ":" + column)
        .read();
  }

  /**
   * Reads the value of a key that no file holds; everything in it is at {@code source}.
   *
   * @throws BadInputException as {@link #read}
   */
  static YamlTree readLine(String text, String source, String key) {
    return new YamlReader(
            text,
            line -> source,
            (line, column) -> "%s: %s, column %d of its value".formatted(source, key, column))
        .read();
  }

  /**
   * The tree in YAML on one line, in flow style, with the keys of each map sorted: equal trees,
   * equal texts.
   */
  default String flow() {
    return switch (this) {
      case Text scalar -> scalar.text == null ? "null" : Scalars.text(scalar.text);
      case Items list ->
          list.items.stream().map(YamlTree::flow).collect(Collectors.joining(", ", "[", "]"));
      case Keys map ->
          new TreeMap<>(map.nodes)
              .entrySet().stream()
                  .map(e -> Scalars.string(e.getKey()) + ": " + e.getValue().flow())
                  .collect(Collectors.joining(", ", "{", "}"));
      case Alias alias -> "*" + alias.name;
    };
  }

  /** The tree as JSON knows it: maps, lists, strings, numbers and booleans. */
  default @Nullable Object plain() {
    return switch (this) {
      case Text scalar -> scalar.text == null ? null : Scalars.plain(scalar.text);
      case Items list -> {
        List<@Nullable Object> items = new ArrayList<>();
        list.items.forEach(item -> items.add(item.plain()));
        yield items;
      }
      case Keys map -> {
        Map<String, @Nullable Object> keys = new LinkedHashMap<>();
        new TreeMap<>(map.nodes).forEach((key, value) -> keys.put(key, value.plain()));
        yield keys;
      }
      case Alias alias -> alias.flow();
    };
  }

  /** Texts as YAML on one line. */
  final class Scalars {
    // Written without quotes: starts with a letter, holds nothing that YAML gives a meaning to.
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./+-]*");
    private static final Set<String> RESERVED =
        Set.of("null", "true", "false", "yes", "no", "on", "off", "y", "n");
    // What readers of YAML 1.1 and 1.2 and of JSON take for the same number.
    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9]\\d{0,17})");
    private static final Pattern DECIMAL =
        Pattern.compile("-?(0|[1-9]\\d{0,17})\\.\\d{1,18}([eE][+-]\\d{1,2})?");

    private Scalars() {}

    /** As a string, whatever stands in it. */
    static String string(String text) {
      return PLAIN.matcher(text).matches() && !RESERVED.contains(text.toLowerCase(Locale.ROOT))
          ? text
          : '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }

    private static String text(String text) {
      return plain(text) instanceof String ? string(text) : text;
    }

    private static Object plain(String text) {
      if (INTEGER.matcher(text).matches()) {
        return Long.valueOf(text);
      }
      if (DECIMAL.matcher(text).matches()) {
        return Double.valueOf(text);
      }
      return text.equals("true") || text.equals("false") ? (Object) Boolean.valueOf(text) : text;
    }
  }
}
