package lemniscate.cli;

import java.util.ArrayList;
import java.util.List;
import lemniscate.cli.report.Table;

/** Rows of text in aligned columns. */
final class TextTable {

  private final List<List<String>> rows = new ArrayList<>();

  /** A table of a report, with its header. */
  static TextTable of(Table table) {
    TextTable text = new TextTable().row(table.header().toArray());
    table.rows().forEach(row -> text.row(row.toArray()));
    return text;
  }

  /** Adds a row; rows may differ in length. */
  TextTable row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(String.valueOf(cell));
    }
    rows.add(row);
    return this;
  }

  /** The table; every line ends with a line feed and without spaces before it. */
  @Override
  public String toString() {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        if (i == widths.size()) {
          widths.add(0);
        }
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(row.get(i)).append(" ".repeat(widths.get(i) - row.get(i).length() + 2));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
