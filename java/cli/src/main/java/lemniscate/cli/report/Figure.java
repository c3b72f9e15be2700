package lemniscate.cli.report;

import java.util.List;

/**
 * Panels in rows, with one legend.
 *
 * @param name of its files, without ending: lower-case letters, digits, hyphens
 * @param title above it
 * @param caption what it shows, in a sentence or two; also its description for those who cannot see
 *     it
 * @param columns panels in a row
 * @param shared whether all panels have the same ranges, so that they can be compared
 * @param panels row by row
 */
public record Figure(
    String name, String title, String caption, int columns, boolean shared, List<Panel> panels) {

  /** Copies the panels. */
  public Figure {
    if (!name.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
      throw new IllegalArgumentException("name of a figure: " + name);
    }
    if (panels.isEmpty() || columns < 1) {
      throw new IllegalArgumentException(panels.size() + " panels in rows of " + columns);
    }
    panels = List.copyOf(panels);
  }

  /** {@return a figure of one panel} */
  public static Figure of(String name, String title, String caption, Panel panel) {
    return new Figure(name, title, caption, 1, false, List.of(panel));
  }

  /** {@return panels side by side with the same ranges} */
  public static Figure sideBySide(String name, String title, String caption, List<Panel> panels) {
    return new Figure(name, title, caption, panels.size(), true, panels);
  }
}
