package lemniscate.cli.report;

/** The numbers of a figure as comma-separated values. */
final class FigureCsv {

  private FigureCsv() {}

  /** One line for each point: where it is shown, and its numbers as Java writes them. */
  static String of(Figure figure) {
    StringBuilder csv = new StringBuilder("panel,series,kind,x,y,low,high\n");
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

  private static void line(
      StringBuilder csv, Panel panel, Series series, String kind, Series.Point point) {
    csv.append(quoted(panel.title()))
        .append(',')
        .append(quoted(series.name()))
        .append(',')
        .append(quoted(kind));
    for (double value : new double[] {point.x(), point.y(), point.low(), point.high()}) {
      csv.append(',').append(Double.isFinite(value) ? Double.toString(value) : "");
    }
    csv.append('\n');
  }

  /** A field, quoted where it must be (RFC 4180). */
  static String quoted(String field) {
    return field.matches("[^\",\r\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
  }
}
