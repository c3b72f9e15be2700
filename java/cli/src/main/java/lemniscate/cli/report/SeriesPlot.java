package lemniscate.cli.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Lines, markers, intervals and bands of a panel, drawn by XChart on coordinates that are already
 * positions. Axes and text stay with {@link FigureDrawing}: XChart's ticks follow its own rules,
 * and its text would need fonts.
 */
final class SeriesPlot {

  private static final int MARKER_SIZE = 7;
  private static final float NARROWEST = 1.3f;
  private static final float WIDEST = 2.5f;
  private static final float GUIDE_WIDTH = 1.1f;
  private static final float INTERVAL_WIDTH = 1f;
  private static final float[] GUIDE_DASHES = {4, 3};

  private final XYChart chart;
  private final int width;
  private final int height;

  SeriesPlot(int width, int height, Range x, Range y) {
    this.width = width;
    this.height = height;
    chart = new XYChart(width, height);
    XYStyler styler = chart.getStyler();
    Color clear = new Color(0, 0, 0, 0);
    styler.setChartBackgroundColor(clear);
    styler.setPlotBackgroundColor(clear);
    styler.setChartPadding(0);
    styler.setPlotMargin(0);
    styler.setPlotContentSize(1);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesVisible(false);
    styler.setPlotTicksMarksVisible(false);
    styler.setChartTitleVisible(false);
    styler.setLegendVisible(false);
    styler.setAxisTitlesVisible(false);
    styler.setAxisTicksVisible(false);
    // It would measure labels that nobody sees, which takes fonts; where there is no room for a
    // tick, it does not.
    styler.setXAxisTickMarkSpacingHint(Integer.MAX_VALUE);
    styler.setYAxisTickMarkSpacingHint(Integer.MAX_VALUE);
    styler.setMarkerSize(MARKER_SIZE);
    styler.setXAxisMin(x.low());
    styler.setXAxisMax(x.high());
    styler.setYAxisMin(y.low());
    styler.setYAxisMax(y.high());
  }

  /** Adds a series; points without a place on the scales interrupt its line. */
  void add(Series series, Scale xScale, Scale yScale) {
    List<double[]> line = new ArrayList<>();
    List<double[]> intervals = new ArrayList<>();
    List<double[]> lows = new ArrayList<>();
    List<double[]> highs = new ArrayList<>();
    for (Series.Point point : series.points()) {
      double x = xScale.position(point.x());
      if (!Double.isFinite(x)) {
        continue;
      }
      double y = yScale.position(point.y());
      line.add(new double[] {x, Double.isFinite(y) ? y : Double.NaN});
      if (point.hasInterval()) {
        double low = lowest(yScale.position(point.low()));
        double high = yScale.position(point.high());
        intervals.add(new double[] {x, low});
        intervals.add(new double[] {x, high});
        intervals.add(new double[] {x, Double.NaN});
        lows.addFirst(new double[] {x, low});
        highs.add(new double[] {x, high});
      }
    }
    Ink ink = Ink.of(series.tone());
    switch (series.style()) {
      case BAND -> {
        highs.addAll(lows);
        add(
            highs,
            XYSeries.XYSeriesRenderStyle.PolygonArea,
            ink,
            SeriesLines.NONE,
            SeriesMarkers.NONE);
      }
      case GUIDE -> add(line, XYSeries.XYSeriesRenderStyle.Line, ink, guide(), SeriesMarkers.NONE);
      case LINE, POINTS -> {
        add(
            intervals,
            XYSeries.XYSeriesRenderStyle.Line,
            ink,
            new BasicStroke(INTERVAL_WIDTH),
            SeriesMarkers.NONE);
        boolean joined = series.style() == Series.Style.LINE;
        add(
            line,
            joined ? XYSeries.XYSeriesRenderStyle.Line : XYSeries.XYSeriesRenderStyle.Scatter,
            ink,
            joined ? stroke(series.tone()) : SeriesLines.NONE,
            marker(series.tone()));
      }
    }
  }

  // An interval that reaches zero on a logarithmic axis leaves the plot at the bottom.
  private double lowest(double position) {
    return Double.isFinite(position)
        ? position
        : 2 * chart.getStyler().getYAxisMin() - chart.getStyler().getYAxisMax();
  }

  private void add(
      List<double[]> points,
      XYSeries.XYSeriesRenderStyle style,
      Ink ink,
      BasicStroke stroke,
      Marker marker) {
    if (points.stream().allMatch(point -> Double.isNaN(point[1]))) {
      return;
    }
    XYSeries drawn =
        chart.addSeries(
            Integer.toString(chart.getSeriesMap().size()),
            points.stream().mapToDouble(point -> point[0]).toArray(),
            points.stream().mapToDouble(point -> point[1]).toArray());
    drawn.setXYSeriesRenderStyle(style);
    drawn.setLineColor(ink.color());
    drawn.setMarkerColor(ink.color());
    drawn.setFillColor(ink.pale());
    drawn.setLineStyle(stroke);
    drawn.setMarker(marker);
  }

  private static BasicStroke guide() {
    return new BasicStroke(
        GUIDE_WIDTH, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, GUIDE_DASHES, 0);
  }

  private static BasicStroke stroke(Tone tone) {
    float way = tone.count() == 1 ? 0.5f : tone.index() / (tone.count() - 1f);
    float width = NARROWEST + way * (WIDEST - NARROWEST);
    float[] dashes =
        switch (tone.hue()) {
          case BLUE, GREY -> null;
          case ORANGE -> new float[] {9, 4};
          case GREEN -> new float[] {9, 3, 2, 3};
          case PURPLE -> new float[] {2, 4};
        };
    return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND, 1, dashes, 0);
  }

  // Crosses are for runs that diverged. Each hue begins elsewhere.
  private static Marker marker(Tone tone) {
    Marker[] markers = {
      SeriesMarkers.CIRCLE,
      SeriesMarkers.SQUARE,
      SeriesMarkers.TRIANGLE_UP,
      SeriesMarkers.DIAMOND,
      SeriesMarkers.TRIANGLE_DOWN
    };
    // The widest, or the only one, of a hue begins; so a paler one has another marker than it.
    int place = tone.count() - 1 - tone.index();
    return markers[(place + tone.hue().ordinal()) % markers.length];
  }

  /** Draws with the upper left corner at a place. */
  void paint(Graphics2D graphics, double left, double top) {
    if (chart.getSeriesMap().isEmpty()) {
      return;
    }
    graphics.translate(left, top);
    chart.paint(graphics, width, height);
    graphics.translate(-left, -top);
  }
}
