package lemniscate.study;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import lemniscate.journal.JournalLine;
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

  /** The fields of its line in the store; NaN becomes null. */
  Map<String, @Nullable Object> fields() {
    Map<String, Object> named = new LinkedHashMap<>();
    values.forEach((quantity, value) -> named.put(quantity.word(), value));
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("width", width);
    fields.put("seed", seed);
    fields.put("values", named);
    fields.put("diverged", diverged);
    fields.put("seconds", seconds);
    return fields;
  }

  /** Reads a line of the store. Numbers are the same doubles as before. */
  static WidthMeasurement of(JournalLine line) {
    JournalLine named = line.object("values");
    Map<LimitQuantity, Double> values = new EnumMap<>(LimitQuantity.class);
    for (LimitQuantity quantity : LimitQuantity.values()) {
      if (named.has(quantity.word())) {
        values.put(quantity, named.numberOrNaN(quantity.word()));
      }
    }
    return new WidthMeasurement(
        line.integer("width"),
        line.longInteger("seed"),
        values,
        line.textOrNull("diverged"),
        line.number("seconds"));
  }
}
