package lemniscate.mup;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/** Spelling of enum constants in options and files: lower case, ignoring case on input. */
final class Keyword {
  private Keyword() {}

  /** The word by which users write {@code constant}. */
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** The constant of {@code type} spelled {@code word}; {@code what} names the option in errors. */
  static <E extends Enum<E>> E parse(Class<E> type, String what, String word) {
    E[] constants = type.getEnumConstants();
    for (E constant : constants) {
      if (of(constant).equalsIgnoreCase(word)) {
        return constant;
      }
    }
    String choices = Arrays.stream(constants).map(Keyword::of).collect(Collectors.joining(", "));
    throw new BadInputException(
        "Unknown " + what + " " + Shown.quoted(word) + ": expected one of " + choices + ".");
  }
}
