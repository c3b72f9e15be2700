package lemniscate.cli.report;

import java.util.List;

/**
 * One plot of a figure.
 *
 * @param title above it; may be empty
 * @param x horizontal axis
 * @param y vertical axis
 * @param series curves; later ones cover earlier ones
 * @param notes words within the plot
 */
public record Panel(String title, Axis x, Axis y, List<Series> series, List<Note> notes) {

  /**
   * Words to the right of a place.
   *
   * @param x of the place
   * @param y of the place
   * @param text what they say
   */
  public record Note(double x, double y, String text) {}

  /** A panel without notes. */
  public Panel(String title, Axis x, Axis y, List<Series> series) {
    this(title, x, y, series, List.of());
  }

  /** Copies the lists. */
  public Panel {
    series = List.copyOf(series);
    notes = List.copyOf(notes);
  }
}
