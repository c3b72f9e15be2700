package lemniscate.cli.report;

import java.util.List;

/**
 * One plot of a figure.
 *
 * @param title above it; may be empty
 * @param x horizontal axis
 * @param y vertical axis
 * @param series curves; later ones cover earlier ones
 */
public record Panel(String title, Axis x, Axis y, List<Series> series) {
  /** Copies the list. */
  public Panel {
    series = List.copyOf(series);
  }
}
