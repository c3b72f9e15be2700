package lemniscate.data;

import java.math.BigInteger;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import lemniscate.text.Shown;

/** The order in which names of classes are numbered. */
final class ClassNames {
  private static final int SHOWN = 8;

  private ClassNames() {}

  /** True for digits, with a sign or without. */
  static boolean isInteger(String text) {
    int from = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    return text.length() > from && text.substring(from).chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** Sorted: as numbers if all are integers, else as texts by UTF-16 code units. */
  static List<String> sorted(Collection<String> names) {
    if (!names.stream().allMatch(ClassNames::isInteger)) {
      return names.stream().sorted().toList();
    }
    // Each is made a number once: that takes more than linear time in the digits.
    return names.stream()
        .map(name -> Map.entry(new BigInteger(name), name))
        .sorted(Map.Entry.<BigInteger, String>comparingByKey().thenComparing(Map.Entry::getValue))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** The names for a message, not all if they are many. */
  static String shown(List<String> names) {
    return names.stream().limit(SHOWN).map(Shown::quoted).collect(Collectors.joining(", "))
        + (names.size() > SHOWN ? ", …" : "");
  }
}
