package lemniscate.data;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
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
    Comparator<String> order =
        names.stream().allMatch(ClassNames::isInteger)
            ? Comparator.comparing((String name) -> new BigInteger(name))
                .thenComparing(Comparator.naturalOrder())
            : Comparator.naturalOrder();
    return names.stream().sorted(order).toList();
  }

  /** The names for a message, not all if they are many. */
  static String shown(List<String> names) {
    return names.stream().limit(SHOWN).map(Shown::quoted).collect(Collectors.joining(", "))
        + (names.size() > SHOWN ? ", …" : "");
  }
}
