package lemniscate.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table of a page.
 *
 * @param caption above it
 * @param header names of the columns
 * @param rows cells as text, as many as columns; "pass" and "FAIL" are coloured
 */
public record Table(String caption, List<String> header, List<List<String>> rows) {

  /** Copies the rows. */
  public Table {
    header = List.copyOf(header);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<String> row : rows) {
      if (row.size() != header.size()) {
        throw new IllegalArgumentException(row + " under " + header);
      }
    }
  }

  /** {@return a table without rows} */
  public static Table of(String caption, String... header) {
    return new Table(caption, List.of(header), List.of());
  }

  /** {@return this table with one more row; numbers are written as they are} */
  public Table with(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(String.valueOf(cell));
    }
    List<List<String>> all = new ArrayList<>(rows);
    all.add(row);
    return new Table(caption, header, all);
  }

  /** {@return a number with some decimals, with a minus sign only where it is not zero} */
  public static String number(double value, int decimals) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
    return text.matches("-0\\.?0*") ? text.substring(1) : text;
  }

  /** {@return a fraction in per cent, as {@link #number}} */
  public static String percent(double fraction, int decimals) {
    String number = number(100 * fraction, decimals);
    return Double.isFinite(fraction) ? number + " %" : number;
  }
}
