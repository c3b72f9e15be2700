package lemniscate.text;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A table as comma-separated values (RFC 4180, with line feeds). A text that a spreadsheet would
 * take for a formula, because it begins with {@code = + - @} or a control character and is no
 * number, gets an apostrophe before it, which spreadsheets read as: this is text.
 */
public final class Csv {

  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?|[-+]?Infinity|NaN");

  private final StringBuilder text = new StringBuilder();

  /** With the names of its columns. */
  public Csv(String... columns) {
    row((Object[]) columns);
  }

  /**
   * Adds a row; the numbers are written as Java writes them, and a cell of {@code null} is empty.
   */
  public Csv row(@Nullable Object... cells) {
    text.append(line(cells));
    return this;
  }

  /** The line of a row, for a table that grows in its file. */
  public static String line(@Nullable Object... cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      line.append(i == 0 ? "" : ",").append(cell(cells[i]));
    }
    return line.append('\n').toString();
  }

  /** A number in a format. */
  public static String formatted(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** A number in a format; one that is not finite leaves its cell empty. */
  public static String number(String format, double value) {
    return Double.isFinite(value) ? formatted(format, value) : "";
  }

  /** A number with all its digits; one that is not finite leaves its cell empty. */
  public static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "";
  }

  private static String cell(@Nullable Object value) {
    if (value == null) {
      return "";
    }
    String field = value.toString();
    if (!field.isEmpty()
        && ("=+-@".indexOf(field.charAt(0)) >= 0 || Character.isISOControl(field.charAt(0)))
        && !NUMBER.matcher(field).matches()) {
      field = "'" + field;
    }
    boolean plain = field.chars().noneMatch(c -> c == '"' || c == ',' || c == '\r' || c == '\n');
    return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
  }

  /** The whole table; every line ends with a line feed. */
  @Override
  public String toString() {
    return text.toString();
  }
}
