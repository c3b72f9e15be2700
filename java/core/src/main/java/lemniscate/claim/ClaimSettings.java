package lemniscate.claim;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import lemniscate.config.ConfigSchema;
import lemniscate.data.ContentHash;

/**
 * What a claim is measured with: keys of the configuration, and further words such as {@code
 * widths}, which are the claim's own.
 *
 * @param values as texts, by name
 */
public record ClaimSettings(SortedMap<String, String> values) {

  private static final int HASH_BYTES = 6;

  /** Copies the map. */
  public ClaimSettings {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  /**
   * Settings by name and value in turn.
   *
   * @throws IllegalArgumentException if a value is missing
   */
  static ClaimSettings of(String... pairs) {
    if (pairs.length % 2 != 0) {
      throw new IllegalArgumentException("no value for the last of " + Arrays.toString(pairs));
    }
    SortedMap<String, String> values = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put(pairs[i], pairs[i + 1]);
    }
    return new ClaimSettings(values);
  }

  /** {@return the same with some in the place of theirs} */
  public ClaimSettings with(String... pairs) {
    SortedMap<String, String> all = new TreeMap<>(values);
    all.putAll(of(pairs).values());
    return new ClaimSettings(all);
  }

  /** {@return the same without one} */
  ClaimSettings without(String name) {
    SortedMap<String, String> fewer = new TreeMap<>(values);
    fewer.remove(name);
    return new ClaimSettings(fewer);
  }

  /** {@return a value as text} */
  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no setting " + name + " in " + values.keySet());
    }
    return value;
  }

  /** {@return a whole number} */
  int integer(String name) {
    return Integer.parseInt(text(name));
  }

  /** {@return a number} */
  double number(String name) {
    return Double.parseDouble(text(name));
  }

  /** {@return a list of words} */
  List<String> words(String name) {
    return List.of(text(name).split(","));
  }

  /** {@return a list of whole numbers} */
  List<Integer> integers(String name) {
    return words(name).stream().map(Integer::valueOf).toList();
  }

  /** {@return a list of numbers} */
  List<Double> numbers(String name) {
    return words(name).stream().map(Double::valueOf).toList();
  }

  /** {@return those that are keys of the configuration} */
  Map<String, String> keys() {
    SortedMap<String, String> keys = new TreeMap<>(values);
    keys.keySet()
        .removeIf(name -> ConfigSchema.KEYS.stream().noneMatch(key -> key.name().equals(name)));
    return keys;
  }

  /** {@return what tells these settings from others, in file names} */
  public String hash() {
    return hash(values.toString());
  }

  static String hash(String text) {
    byte[] digest = ContentHash.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
  }
}
