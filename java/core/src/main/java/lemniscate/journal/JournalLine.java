package lemniscate.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a line of a {@link Journal}, or of an object within it. Nothing has a default: a
 * field that is missing or of another type is refused with file, line, name and what was expected.
 */
public final class JournalLine {

  private static final int MOST_SHOWN = 40;

  // Numbers that are missing or null would otherwise be read as zero.
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private final Path file;
  private final int number;
  private final String prefix;
  private final ObjectNode fields;
  private final String remedy;

  JournalLine(Path file, int number, ObjectNode fields, String remedy) {
    this(file, number, "", fields, remedy);
  }

  private JournalLine(Path file, int number, String prefix, ObjectNode fields, String remedy) {
    this.file = file;
    this.number = number;
    this.prefix = prefix;
    this.fields = fields;
    this.remedy = remedy;
  }

  /** A line that lies in no file, with fields as they would be read back. */
  public static JournalLine of(Map<String, ? extends @Nullable Object> fields) {
    try {
      ObjectNode read = (ObjectNode) MAPPER.readTree(JsonLine.of(fields));
      return new JournalLine(Path.of("memory"), 1, read, "");
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be read back: " + fields, e);
    }
  }

  /** Whether there is a field of this name. */
  public boolean has(String name) {
    return fields.has(name);
  }

  /** The names of all fields, in their order. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    fields.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** A text. */
  public String text(String name) {
    return field(name, "a text", JsonNode::isTextual).textValue();
  }

  /** A text or null. */
  public @Nullable String textOrNull(String name) {
    return field(name, "a text or null", node -> node.isTextual() || node.isNull()).textValue();
  }

  /** A list of texts. */
  public List<String> texts(String name) {
    String expected = "a list of texts";
    List<String> texts = new ArrayList<>();
    for (JsonNode item : field(name, expected, JsonNode::isArray)) {
      if (!item.isTextual()) {
        throw refused(name, expected);
      }
      texts.add(item.textValue());
    }
    return List.copyOf(texts);
  }

  /** A whole number. */
  public int integer(String name) {
    return field(name, "a whole number", JsonNode::isInt).intValue();
  }

  /** A whole number; empty if it is null. */
  public OptionalInt integerOrNull(String name) {
    JsonNode node = field(name, "a whole number or null", n -> n.isInt() || n.isNull());
    return node.isNull() ? OptionalInt.empty() : OptionalInt.of(node.intValue());
  }

  /** A whole number of up to 64 bits. */
  public long longInteger(String name) {
    return field(name, "a whole number", JournalLine::isLong).longValue();
  }

  /** A whole number of up to 64 bits; 0 if it is null. */
  public long longIntegerOrZero(String name) {
    return field(name, "a whole number or null", n -> isLong(n) || n.isNull()).longValue();
  }

  private static boolean isLong(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong();
  }

  /** A number. */
  public double number(String name) {
    return field(name, "a number", JsonNode::isNumber).doubleValue();
  }

  /** A number; NaN if it is null, as which {@link JsonLine} writes it. */
  public double numberOrNaN(String name) {
    JsonNode node = field(name, "a number or null", n -> n.isNumber() || n.isNull());
    return node.isNull() ? Double.NaN : node.doubleValue();
  }

  /** An object. */
  public JournalLine object(String name) {
    ObjectNode node = (ObjectNode) field(name, "an object", JsonNode::isObject);
    return new JournalLine(file, number, prefix + name + ".", node, remedy);
  }

  /** An object of numbers; those that are null are NaN. */
  public Map<String, Double> numbers(String name) {
    JournalLine object = object(name);
    Map<String, Double> numbers = new LinkedHashMap<>();
    object.names().forEach(item -> numbers.put(item, object.numberOrNaN(item)));
    return numbers;
  }

  /**
   * A value of any type.
   *
   * @param expected the type, for people
   */
  public <T> T value(String name, TypeReference<T> type, String expected) {
    JsonNode node = field(name, expected, n -> !n.isNull());
    try {
      return MAPPER.convertValue(node, type);
    } catch (IllegalArgumentException e) {
      BadInputException refusal = refused(name, expected);
      refusal.initCause(e);
      throw refusal;
    }
  }

  /** The fields as JSON. */
  @Override
  public String toString() {
    return fields.toString();
  }

  private JsonNode field(String name, String expected, Predicate<JsonNode> isExpected) {
    JsonNode node = fields.get(name);
    if (node == null || !isExpected.test(node)) {
      throw refused(name, expected);
    }
    return node;
  }

  /** What to throw where a field is not what it must be. */
  public BadInputException refused(String name, String expected) {
    JsonNode node = fields.get(name);
    String found = node == null ? "missing" : node.toString();
    if (found.length() > MOST_SHOWN) {
      found = found.substring(0, MOST_SHOWN) + "…";
    }
    return new BadInputException(
        "%s:%d: field %s is %s, expected %s. %s"
            .formatted(file, number, prefix + name, found, expected, remedy));
  }
}
