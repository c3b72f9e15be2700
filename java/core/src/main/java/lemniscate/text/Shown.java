package lemniscate.text;

import java.util.Collection;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How messages show what comes from outside: names, values and contents of files, of any length.
 */
public final class Shown {

  /** Characters of one name or value that a message shows. */
  static final int LONGEST_WORD = 60;

  /** Names that a list in a message has. */
  static final int MOST_NAMES = 12;

  /** Characters of a message; what says where comes first, what to do comes last. */
  static final int LONGEST_MESSAGE = 2400;

  private static final int LAST_OF_MESSAGE = 800;
  private static final double KILO = 1000;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private Shown() {}

  /**
   * A text that a terminal shows and does not act on: control characters, line feeds and tabs among
   * them, characters that turn the direction of writing, and halves of surrogate pairs, as {@code
   * \x1B} or {@code \u202E}. What this has written it leaves as it is.
   */
  public static String printable(String text) {
    return escaped(text, false);
  }

  /** The same of several lines, each of which ends as it did. */
  public static String printableLines(String text) {
    return escaped(text, true);
  }

  private static String escaped(String text, boolean lines) {
    if (text.codePoints().noneMatch(c -> isActive(c))) {
      return text;
    }
    StringBuilder shown = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              if (!isActive(c) || lines && (c == '\n' || c == '\t')) {
                shown.appendCodePoint(c);
              } else if (c <= 0xff) {
                shown.append("\\x").append(HEX.toHexDigits((byte) c));
              } else {
                shown.append("\\u").append(HEX.toHexDigits((char) c));
              }
            });
    return shown.toString();
  }

  private static boolean isActive(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      // Embeddings, overrides and isolates of writing from right to left, and the marks of it.
      case Character.FORMAT ->
          c >= 0x202a && c <= 0x202e
              || c >= 0x2066 && c <= 0x2069
              || c == 0x200e
              || c == 0x200f
              || c == 0x061c;
      default -> false;
    };
  }

  /**
   * A name or value, without quotes: printable, and its first {@value #LONGEST_WORD} characters.
   */
  public static String word(String text) {
    // Cut before it is escaped: a long text is never gone through.
    return printable(isLong(text) ? start(text, LONGEST_WORD) + "…" : text);
  }

  /** The same in single quotes. */
  public static String quoted(String text) {
    return "'" + word(text) + "'";
  }

  /** Names with commas between, of which the first few are shown: {@code a, b, … (17 more)}. */
  public static String list(Collection<?> names) {
    String first =
        names.stream()
            .limit(MOST_NAMES)
            .map(name -> word(String.valueOf(name)))
            .collect(Collectors.joining(", "));
    return names.size() <= MOST_NAMES
        ? first
        : "%s, … (%d more)".formatted(first, names.size() - MOST_NAMES);
  }

  /** A whole message: printable, and without its middle if it is longer than anybody reads. */
  public static String message(String text) {
    if (text.length() <= LONGEST_MESSAGE) {
      return printable(text);
    }
    int first = LONGEST_MESSAGE - LAST_OF_MESSAGE;
    String last = text.substring(text.length() - LAST_OF_MESSAGE);
    return printable(start(text, first))
        + " … (%d characters left out) … ".formatted(text.length() - first - LAST_OF_MESSAGE)
        + printable(last);
  }

  /** Bytes for people: {@code 23.1 GB}. */
  public static String bytes(long bytes) {
    double value = bytes;
    String unit = "B";
    for (String next : new String[] {"kB", "MB", "GB", "TB", "PB", "EB"}) {
      if (value < KILO) {
        break;
      }
      value /= KILO;
      unit = next;
    }
    return String.format(Locale.ROOT, unit.equals("B") ? "%.0f %s" : "%.1f %s", value, unit);
  }

  private static boolean isLong(String text) {
    return text.length() > LONGEST_WORD;
  }

  private static String start(String text, int length) {
    boolean splits = Character.isHighSurrogate(text.charAt(length - 1));
    return text.substring(0, splits ? length - 1 : length);
  }
}
