package lemniscate.study;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import lemniscate.train.JsonLine;
import org.jspecify.annotations.Nullable;

/**
 * What one network of a {@link WidthLimitStudy} gave.
 *
 * @param width M
 * @param seed of weights and shuffles
 * @param values by quantity; none if it diverged
 * @param diverged why there are no values, or null
 * @param seconds that it took
 */
public record WidthMeasurement(
    int width,
    long seed,
    Map<LimitQuantity, Double> values,
    @Nullable String diverged,
    double seconds) {

  /** Of the lines that this version writes; it reads no others. */
  static final int FORMAT = 1;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Copies the values. */
  public WidthMeasurement {
    Map<LimitQuantity, Double> copy = new EnumMap<>(LimitQuantity.class);
    copy.putAll(values);
    values = Collections.unmodifiableMap(copy);
  }

  /** The value of a quantity; NaN if there is none. */
  public double value(LimitQuantity quantity) {
    return values.getOrDefault(quantity, Double.NaN);
  }

  /** Whether this measurement answers what a quantity is. */
  boolean answers(LimitQuantity quantity) {
    return diverged != null || values.containsKey(quantity);
  }

  /** The line, without a line feed. Numbers read back as the same doubles; NaN is null. */
  String toJson(String study) {
    Map<String, Object> named = new LinkedHashMap<>();
    values.forEach((quantity, value) -> named.put(quantity.word(), value));
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("format", FORMAT);
    fields.put("study", study);
    fields.put("width", width);
    fields.put("seed", seed);
    fields.put("values", named);
    fields.put("diverged", diverged);
    fields.put("seconds", seconds);
    return JsonLine.of(fields);
  }

  /** The study that a line belongs to; null if it is no line of {@link #FORMAT}. */
  static @Nullable String study(String line) {
    JsonNode node = tree(line);
    return node != null && node.path("study").isTextual() ? node.get("study").asText() : null;
  }

  /** Reads a line; null if it is no line of {@link #FORMAT}. */
  static @Nullable WidthMeasurement parse(String line) {
    JsonNode node = tree(line);
    if (node == null || !node.path("width").isInt() || !node.path("values").isObject()) {
      return null;
    }
    Map<LimitQuantity, Double> values = new EnumMap<>(LimitQuantity.class);
    for (LimitQuantity quantity : LimitQuantity.values()) {
      JsonNode value = node.get("values").get(quantity.word());
      if (value != null) {
        values.put(quantity, value.isNumber() ? value.doubleValue() : Double.NaN);
      }
    }
    return new WidthMeasurement(
        node.get("width").intValue(),
        node.path("seed").longValue(),
        values,
        node.path("diverged").isTextual() ? node.get("diverged").asText() : null,
        node.path("seconds").doubleValue());
  }

  private static @Nullable JsonNode tree(String line) {
    try {
      JsonNode node = MAPPER.readTree(line);
      return node.path("format").asInt(0) == FORMAT ? node : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }
}
