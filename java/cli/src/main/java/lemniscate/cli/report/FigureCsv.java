package lemniscate.cli.report;

import lemniscate.text.Csv;

/** The numbers of a figure as comma-separated values. */
final class FigureCsv {

  private FigureCsv() {}

  /** One line for each point: where it is shown, and its numbers as Java writes them. */
  static String of(Figure figure) {
    Csv csv = new Csv("panel", "series", "kind", "x", "y", "low", "high");
    for (Panel panel : figure.panels()) {
      for (Series series : panel.series()) {
        for (Series.Point point : series.points()) {
          line(csv, panel, series, kind(series, point), point);
        }
        if (series.mark() instanceof Series.Mark mark) {
          line(csv, panel, series, mark.name(), Series.Point.of(mark.x(), mark.y()));
        }
      }
    }
    return csv.toString();
  }

  private static String kind(Series series, Series.Point point) {
    return switch (series.style()) {
      case GUIDE -> "guide";
      case BAND -> "band";
      case LINE, POINTS -> point.isDiverged() ? "diverged" : "value";
    };
  }

  private static void line(Csv csv, Panel panel, Series series, String kind, Series.Point point) {
    csv.row(
        panel.title(),
        series.name(),
        kind,
        Csv.number(point.x()),
        Csv.number(point.y()),
        Csv.number(point.low()),
        Csv.number(point.high()));
  }
}
