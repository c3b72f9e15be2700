package lemniscate.cli.report;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Where everything of a figure is, and its drawing on any canvas. Lengths are in pixels. */
final class FigureDrawing {

  private static final int TITLE_SIZE = 15;
  private static final int PANEL_TITLE_SIZE = 13;
  private static final int LABEL_SIZE = 12;
  private static final int TICK_SIZE = 11;

  private static final int PADDING = 12;
  private static final int TITLE_HEIGHT = 26;
  private static final int PANEL_TITLE_HEIGHT = 22;
  private static final int TICK_GAP = 6;
  private static final int NOTE_GAP = 7;
  private static final int X_TICKS_HEIGHT = 18;
  private static final int X_LABEL_HEIGHT = 18;
  private static final int Y_LABEL_WIDTH = 20;
  private static final int GAP = 20;
  private static final int LEGEND_GAP = 18;
  private static final int LEGEND_ROW = 20;
  private static final int SAMPLE_WIDTH = 36;
  private static final int SAMPLE_HEIGHT = 16;

  private static final int PIXELS_PER_X_TICK = 48;
  private static final int PIXELS_PER_Y_TICK = 32;

  private static final double CROSS_ROW = 11;
  private static final double CROSS_ARM = 3.5;
  private static final float CROSS_WIDTH = 1.8f;
  private static final double RING_RADIUS = 7;
  private static final float RING_WIDTH = 1.6f;

  private final Figure figure;
  private final Legend legend;
  private final List<Placed> placed = new ArrayList<>();
  private final int width;
  private final int height;
  private final int legendLeft;
  private final int legendTop;

  /** A panel with its ranges and the corners of its plot. */
  private record Placed(
      Panel panel,
      Range x,
      Range y,
      int left,
      int top,
      int width,
      int height,
      boolean xLabelled,
      boolean yLabelled) {

    double atX(double position) {
      return left + x.fraction(position) * width;
    }

    double atY(double position) {
      return top + (1 - y.fraction(position)) * height;
    }

    List<Ticks.Tick> xTicks() {
      return ticks(panel.x(), x, width / PIXELS_PER_X_TICK);
    }

    List<Ticks.Tick> yTicks() {
      return ticks(panel.y(), y, height / PIXELS_PER_Y_TICK);
    }

    private static List<Ticks.Tick> ticks(Axis axis, Range range, int most) {
      List<String> names = axis.names();
      return names == null
          ? Ticks.of(axis.scale(), range.low(), range.high(), most)
          : IntStream.range(0, names.size())
              .mapToObj(i -> new Ticks.Tick(i, names.get(i)))
              .toList();
    }

    double yTicksWidth() {
      return yTicks().stream()
          .mapToDouble(tick -> Label.width(tick.label(), TICK_SIZE))
          .max()
          .orElse(0);
    }
  }

  FigureDrawing(Figure figure) {
    this.figure = figure;
    legend = Legend.of(figure);
    int columns = Math.min(figure.columns(), figure.panels().size());
    int plotWidth = columns == 1 ? 560 : columns == 2 ? 340 : 205;
    int plotHeight = columns == 1 ? 320 : columns == 2 ? 260 : 170;
    int top = PADDING + (figure.title().isEmpty() ? 0 : TITLE_HEIGHT);
    legendTop =
        top
            + (figure.panels().stream().allMatch(p -> p.title().isEmpty())
                ? 0
                : PANEL_TITLE_HEIGHT);
    List<Placed> unplaced = ranges(plotWidth, plotHeight, columns);
    int rows = Math.ceilDiv(unplaced.size(), columns);
    int[] lefts = lefts(unplaced, columns, plotWidth);
    for (int row = 0; row < rows; row++) {
      List<Placed> inRow =
          unplaced.subList(row * columns, Math.min((row + 1) * columns, unplaced.size()));
      top += inRow.stream().allMatch(p -> p.panel.title().isEmpty()) ? 0 : PANEL_TITLE_HEIGHT;
      boolean labelled = false;
      for (int column = 0; column < inRow.size(); column++) {
        Placed p = inRow.get(column);
        placed.add(
            new Placed(
                p.panel,
                p.x,
                p.y,
                lefts[column],
                top,
                plotWidth,
                plotHeight,
                p.xLabelled,
                p.yLabelled));
        labelled |= p.xLabelled;
      }
      top += plotHeight + (labelled ? X_TICKS_HEIGHT + X_LABEL_HEIGHT : 0);
      top += row < rows - 1 ? GAP / 2 : 0;
    }
    legendLeft = lefts[columns - 1] + plotWidth + LEGEND_GAP;
    List<String> names = legend.names();
    int legendWidth =
        (int)
            Math.ceil(
                names.stream()
                    .mapToDouble(name -> SAMPLE_WIDTH + TICK_GAP + Label.width(name, LABEL_SIZE))
                    .max()
                    .orElse(-LEGEND_GAP + PADDING / 2.0));
    int titleWidth = (int) Math.ceil(PADDING + Label.width(figure.title(), TITLE_SIZE));
    width = Math.max(legendLeft + legendWidth, titleWidth) + PADDING;
    height = Math.max(top, legendTop + LEGEND_ROW * names.size()) + PADDING;
  }

  private List<Placed> ranges(int plotWidth, int plotHeight, int columns) {
    List<Panel> panels = figure.panels();
    List<Placed> ranged = new ArrayList<>();
    for (int i = 0; i < panels.size(); i++) {
      List<Panel> alike = figure.shared() ? panels : List.of(panels.get(i));
      int crosses =
          (int)
              alike.stream()
                  .mapToLong(
                      panel -> panel.series().stream().filter(FigureDrawing::diverges).count())
                  .max()
                  .orElse(0);
      double headroom = crosses == 0 ? 0 : Math.min(0.5, (crosses + 0.5) * CROSS_ROW / plotHeight);
      ranged.add(
          new Placed(
              panels.get(i),
              horizontal(alike, plotWidth),
              vertical(alike, headroom, plotHeight),
              0,
              0,
              plotWidth,
              plotHeight,
              !figure.shared() || i + columns >= panels.size(),
              !figure.shared() || i % columns == 0));
    }
    return ranged;
  }

  private static Range horizontal(List<Panel> alike, int plotWidth) {
    Axis axis = alike.getFirst().x();
    return Range.horizontal(alike)
        .bracketing(axis, Range.marks(alike, axis, Series.Mark::x), plotWidth / PIXELS_PER_X_TICK);
  }

  private static Range vertical(List<Panel> alike, double headroom, int plotHeight) {
    Axis axis = alike.getFirst().y();
    return Range.vertical(alike, headroom)
        .bracketing(axis, Range.marks(alike, axis, Series.Mark::y), plotHeight / PIXELS_PER_Y_TICK);
  }

  private static int[] lefts(List<Placed> panels, int columns, int plotWidth) {
    int[] lefts = new int[columns];
    int at = PADDING;
    for (int column = 0; column < columns; column++) {
      int own = column;
      double labels =
          IntStream.range(0, panels.size())
              .filter(i -> i % columns == own && panels.get(i).yLabelled)
              .mapToDouble(i -> Y_LABEL_WIDTH + panels.get(i).yTicksWidth() + TICK_GAP)
              .max()
              .orElse(0);
      lefts[column] = at + (int) Math.ceil(labels);
      at = lefts[column] + plotWidth + GAP;
    }
    return lefts;
  }

  /** Whether a series shows crosses. */
  static boolean diverges(Series series) {
    return (series.style() == Series.Style.LINE || series.style() == Series.Style.POINTS)
        && series.points().stream().anyMatch(Series.Point::isDiverged);
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  void paint(Canvas canvas) {
    Graphics2D shapes = canvas.shapes();
    canvas.uses(Ink.SURFACE);
    shapes.setColor(Ink.SURFACE.color());
    shapes.fill(new Rectangle2D.Double(0, 0, width, height));
    if (!figure.title().isEmpty()) {
      canvas.text(
          new Label(
              figure.title(),
              PADDING,
              PADDING + TITLE_SIZE,
              Label.Anchor.START,
              TITLE_SIZE,
              true,
              false,
              Ink.TEXT));
    }
    placed.forEach(panel -> paint(panel, canvas));
    paintLegend(canvas);
  }

  // ---------------------------------------------------------------- panels

  private static void paint(Placed panel, Canvas canvas) {
    List<Ticks.Tick> xTicks = panel.xTicks();
    List<Ticks.Tick> yTicks = panel.yTicks();
    double right = panel.left + panel.width;
    double bottom = panel.top + panel.height;
    for (Ticks.Tick tick : xTicks) {
      double x = panel.atX(tick.position());
      line(canvas, Ink.GRID, x, panel.top, x, bottom);
    }
    for (Ticks.Tick tick : yTicks) {
      double y = panel.atY(tick.position());
      line(canvas, Ink.GRID, panel.left, y, right, y);
    }
    SeriesPlot plot = new SeriesPlot(panel.width, panel.height, panel.x, panel.y);
    for (Series series : panel.panel.series()) {
      canvas.uses(Ink.of(series.tone()));
      plot.add(series, panel.panel.x().scale(), panel.panel.y().scale());
    }
    plot.paint(canvas.shapes(), panel.left, panel.top);
    canvas.uses(Ink.FRAME);
    canvas.shapes().setColor(Ink.FRAME.color());
    canvas.shapes().setStroke(new BasicStroke(1));
    canvas.shapes().draw(new Rectangle2D.Double(panel.left, panel.top, panel.width, panel.height));
    paintCrosses(panel, canvas);
    paintRings(panel, canvas);
    paintNotes(panel, canvas);
    if (!panel.panel.title().isEmpty()) {
      canvas.text(
          new Label(
              panel.panel.title(),
              panel.left + panel.width / 2.0,
              panel.top - 7,
              Label.Anchor.MIDDLE,
              PANEL_TITLE_SIZE,
              false,
              false,
              Ink.TEXT));
    }
    if (panel.xLabelled) {
      labelX(panel, xTicks, canvas);
    }
    if (panel.yLabelled) {
      labelY(panel, yTicks, canvas);
    }
  }

  private static void labelX(Placed panel, List<Ticks.Tick> ticks, Canvas canvas) {
    double y = panel.top + panel.height + X_TICKS_HEIGHT - 2;
    for (Ticks.Tick tick : ticks) {
      canvas.text(
          new Label(
              tick.label(),
              panel.atX(tick.position()),
              y,
              Label.Anchor.MIDDLE,
              TICK_SIZE,
              false,
              false,
              Ink.LABEL));
    }
    canvas.text(
        new Label(
            panel.panel.x().label(),
            panel.left + panel.width / 2.0,
            y + X_LABEL_HEIGHT,
            Label.Anchor.MIDDLE,
            LABEL_SIZE,
            false,
            false,
            Ink.TEXT));
  }

  private static void labelY(Placed panel, List<Ticks.Tick> ticks, Canvas canvas) {
    for (Ticks.Tick tick : ticks) {
      canvas.text(
          new Label(
              tick.label(),
              panel.left - TICK_GAP,
              // Digits stand about 0.35 of their size above the middle.
              panel.atY(tick.position()) + 0.35 * TICK_SIZE,
              Label.Anchor.END,
              TICK_SIZE,
              false,
              false,
              Ink.LABEL));
    }
    double labels =
        ticks.stream().mapToDouble(tick -> Label.width(tick.label(), TICK_SIZE)).max().orElse(0);
    canvas.text(
        new Label(
            panel.panel.y().label(),
            panel.left - TICK_GAP - labels - TICK_GAP,
            panel.top + panel.height / 2.0,
            Label.Anchor.MIDDLE,
            LABEL_SIZE,
            false,
            true,
            Ink.TEXT));
  }

  // One row for each series, so that none hides another.
  private static void paintCrosses(Placed panel, Canvas canvas) {
    int row = 0;
    for (Series series : panel.panel.series()) {
      if (!diverges(series)) {
        continue;
      }
      row++;
      for (Series.Point point : series.points()) {
        double x = panel.panel.x().scale().position(point.x());
        if (point.isDiverged() && panel.x.fraction(x) >= 0 && panel.x.fraction(x) <= 1) {
          cross(canvas, Ink.of(series.tone()), panel.atX(x), panel.top + row * CROSS_ROW - 2);
        }
      }
    }
  }

  private static void paintRings(Placed panel, Canvas canvas) {
    for (Series series : panel.panel.series()) {
      if (series.mark() instanceof Series.Mark mark) {
        double x = panel.panel.x().scale().position(mark.x());
        double y = panel.panel.y().scale().position(mark.y());
        if (Double.isFinite(x) && Double.isFinite(y)) {
          ring(canvas, Ink.of(series.tone()), panel.atX(x), panel.atY(y));
        }
      }
    }
  }

  private static void paintNotes(Placed panel, Canvas canvas) {
    for (Panel.Note note : panel.panel.notes()) {
      double x = panel.atX(panel.panel.x().scale().position(note.x())) + NOTE_GAP;
      double y = panel.atY(panel.panel.y().scale().position(note.y()));
      // Lines that pass below would make it hard to read.
      canvas.uses(Ink.SURFACE);
      canvas.shapes().setColor(Ink.SURFACE.color());
      canvas
          .shapes()
          .fill(
              new Rectangle2D.Double(
                  x - 1,
                  y - 0.6 * TICK_SIZE,
                  Label.width(note.text(), TICK_SIZE) + 1,
                  1.2 * TICK_SIZE));
      canvas.text(
          new Label(
              note.text(),
              x,
              y + 0.35 * TICK_SIZE,
              Label.Anchor.START,
              TICK_SIZE,
              false,
              false,
              Ink.LABEL));
    }
  }

  // ---------------------------------------------------------------- legend

  private void paintLegend(Canvas canvas) {
    double y = legendTop;
    int signs = legend.names().size() - legend.series().size();
    for (Series series : legend.series()) {
      paintSample(series, canvas, y);
      y += LEGEND_ROW;
    }
    for (int i = 0; i < signs; i++) {
      double x = legendLeft + SAMPLE_WIDTH / 2.0;
      if (i < legend.marks().size()) {
        ring(canvas, Ink.TEXT, x, y + SAMPLE_HEIGHT / 2.0);
      } else {
        cross(canvas, Ink.TEXT, x, y + SAMPLE_HEIGHT / 2.0);
      }
      y += LEGEND_ROW;
    }
    y = legendTop;
    for (String name : legend.names()) {
      canvas.text(
          new Label(
              name,
              legendLeft + SAMPLE_WIDTH + TICK_GAP,
              y + SAMPLE_HEIGHT / 2.0 + 0.35 * LABEL_SIZE,
              Label.Anchor.START,
              LABEL_SIZE,
              false,
              false,
              Ink.TEXT));
      y += LEGEND_ROW;
    }
  }

  // A small plot of its own: what stands in the legend is drawn as in the panels.
  private void paintSample(Series entry, Canvas canvas, double top) {
    Range unit = new Range(0, 1);
    SeriesPlot plot = new SeriesPlot(SAMPLE_WIDTH, SAMPLE_HEIGHT, unit, unit);
    List<Series.Point> line = List.of(Series.Point.of(0.02, 0.5), Series.Point.of(0.98, 0.5));
    switch (entry.style()) {
      case BAND ->
          plot.add(
              Series.band(
                  "",
                  entry.tone(),
                  List.of(
                      Series.Point.of(0.02, 0.5, 0.1, 0.9), Series.Point.of(0.98, 0.5, 0.1, 0.9))),
              Scale.LINEAR,
              Scale.LINEAR);
      case GUIDE ->
          plot.add(
              new Series("", line, Series.Style.GUIDE, entry.tone(), null),
              Scale.LINEAR,
              Scale.LINEAR);
      case LINE -> {
        // Beyond the ends, so that only the marker in the middle is seen.
        List<Series.Point> long3 =
            List.of(
                Series.Point.of(-0.5, 0.5), Series.Point.of(0.5, 0.5), Series.Point.of(1.5, 0.5));
        plot.add(Series.line("", entry.tone(), long3), Scale.LINEAR, Scale.LINEAR);
      }
      case POINTS ->
          plot.add(
              Series.points("", entry.tone(), List.of(Series.Point.of(0.5, 0.5))),
              Scale.LINEAR,
              Scale.LINEAR);
    }
    canvas.uses(Ink.of(entry.tone()));
    plot.paint(canvas.shapes(), legendLeft, top);
  }

  // ---------------------------------------------------------------- signs

  private static void line(Canvas canvas, Ink ink, double x1, double y1, double x2, double y2) {
    canvas.uses(ink);
    canvas.shapes().setColor(ink.color());
    canvas.shapes().setStroke(new BasicStroke(1));
    canvas.shapes().draw(new Line2D.Double(x1, y1, x2, y2));
  }

  private static void cross(Canvas canvas, Ink ink, double x, double y) {
    canvas.uses(ink);
    canvas.shapes().setColor(ink.color());
    canvas.shapes().setStroke(new BasicStroke(CROSS_WIDTH));
    double arm = CROSS_ARM;
    canvas.shapes().draw(new Line2D.Double(x - arm, y - arm, x + arm, y + arm));
    canvas.shapes().draw(new Line2D.Double(x - arm, y + arm, x + arm, y - arm));
  }

  private static void ring(Canvas canvas, Ink ink, double x, double y) {
    canvas.uses(ink);
    canvas.shapes().setColor(ink.color());
    canvas.shapes().setStroke(new BasicStroke(RING_WIDTH));
    double r = RING_RADIUS;
    canvas.shapes().draw(new Ellipse2D.Double(x - r, y - r, 2 * r, 2 * r));
  }
}
