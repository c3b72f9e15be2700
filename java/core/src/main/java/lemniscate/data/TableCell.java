package lemniscate.data;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/** The cells of a table that hold numbers. */
final class TableCell {
  /** What programs write where there is no value, in lower case. */
  private static final Set<String> MISSING =
      Set.of("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?", "-", "nil");

  private TableCell() {}

  static boolean isMissing(String cell) {
    return MISSING.contains(cell.toLowerCase(Locale.ROOT));
  }

  /** True for a decimal number, with an exponent or without. */
  static boolean isNumber(String cell) {
    boolean digits = false;
    for (int i = 0; i < cell.length(); i++) {
      char c = cell.charAt(i);
      digits |= c >= '0' && c <= '9';
      // What Java takes besides (0x1p3, 1f, Infinity) is no number in a table.
      if (!(c >= '0' && c <= '9') && "+-.eE".indexOf(c) < 0) {
        return false;
      }
    }
    if (!digits) {
      return false;
    }
    try {
      Float.parseFloat(cell);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /**
   * The float32 next to a number.
   *
   * @throws BadInputException if the cell holds none, or one that no float32 holds
   */
  static float number(String cell, Path file, long line, int column, TableColumns columns) {
    if (isNumber(cell)) {
      float value = Float.parseFloat(cell);
      if (Float.isFinite(value)) {
        return value;
      }
    }
    String where = "%s, line %d, %s".formatted(file, line, columns.name(column));
    if (isMissing(cell)) {
      throw new BadInputException(
          "%s: the value is missing (%s), expected a number; fill it in, remove the row, or leave out the column with data.drop."
              .formatted(where, Shown.quoted(cell)));
    }
    throw new BadInputException(
        "%s: %s, expected a number%s; %s, or leave out the column with data.drop."
            .formatted(
                where,
                Shown.quoted(cell),
                isNumber(cell) ? " that fits 32 bits" : "",
                isNumber(cell)
                    ? "scale it"
                    : isNumber(cell.replace(',', '.'))
                        ? "write a point for the decimal comma"
                        : "write categories as numbers"));
  }
}
