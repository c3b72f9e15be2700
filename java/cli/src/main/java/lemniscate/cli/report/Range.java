package lemniscate.cli.report;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What an axis spans, in units of its scale.
 *
 * @param low lower end
 * @param high upper end, above the lower
 */
record Range(double low, double high) {

  /** Share of the span that is left free at each end. */
  private static final double MARGIN = 0.05;

  /** The horizontal range of panels whose axes are alike. */
  static Range horizontal(List<Panel> panels) {
    return of(panels.getFirst().x(), points(panels).mapToDouble(Series.Point::x).toArray());
  }

  /**
   * The vertical range.
   *
   * @param headroom share of the height that stays free at the top, for crosses
   */
  static Range vertical(List<Panel> panels, double headroom) {
    Axis axis = panels.getFirst().y();
    Range range =
        of(
            axis,
            points(panels)
                .flatMapToDouble(point -> DoubleStream.of(point.y(), point.low(), point.high()))
                .toArray());
    return axis.limits() == null
        ? new Range(range.low, range.low + (range.high - range.low) / (1 - headroom))
        : range;
  }

  private static Stream<Series.Point> points(List<Panel> panels) {
    return panels.stream()
        .flatMap(panel -> panel.series().stream())
        .flatMap(series -> series.points().stream());
  }

  private static Range of(Axis axis, double[] values) {
    if (axis.limits() instanceof Axis.Limits limits) {
      return new Range(axis.scale().position(limits.low()), axis.scale().position(limits.high()));
    }
    double[] positions =
        DoubleStream.of(values)
            .filter(Double::isFinite)
            .map(axis.scale()::position)
            .filter(Double::isFinite)
            .toArray();
    double low = DoubleStream.of(positions).min().orElse(0);
    double high = DoubleStream.of(positions).max().orElse(1);
    if (high - low <= Math.ulp(Math.max(Math.abs(low), Math.abs(high))) * 16) {
      double half = axis.scale() == Scale.LINEAR && low != 0 ? Math.abs(low) / 2 : 0.5;
      return new Range(low - half, high + half);
    }
    double margin = MARGIN * (high - low);
    return new Range(low - margin, high + margin);
  }

  /** Where a position lies, from 0 at the lower end to 1 at the upper. */
  double fraction(double position) {
    return (position - low) / (high - low);
  }
}
