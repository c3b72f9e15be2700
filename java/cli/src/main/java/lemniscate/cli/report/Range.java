package lemniscate.cli.report;

import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
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

  private static final int MOST_STEPS = 6;

  /** A tick this near to a place stands at it. */
  private static final double TOUCH = 1e-9;

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

  /**
   * This range, or a wider one in which a tick stands at or beyond each of the places that are
   * marked: what is to be read off an axis lies between two of its numbers.
   *
   * @param axis without limits of its own, else nothing is widened
   * @param marked positions; not finite ones do not count
   * @param most ticks that there is room for
   */
  Range bracketing(Axis axis, double[] marked, int most) {
    double[] places = DoubleStream.of(marked).filter(Double::isFinite).toArray();
    if (axis.limits() != null || axis.scale() == Scale.LINEAR || places.length == 0) {
      return this;
    }
    double lowest = DoubleStream.of(places).min().getAsDouble();
    double highest = DoubleStream.of(places).max().getAsDouble();
    Range range = this;
    // Each time to the next number that may have a tick; the ticks may then be further apart.
    for (int i = 0; i < MOST_STEPS; i++) {
      List<Ticks.Tick> ticks = Ticks.of(axis.scale(), range.low, range.high, most);
      boolean below = ticks.stream().anyMatch(tick -> tick.position() <= lowest + TOUCH);
      boolean above = ticks.stream().anyMatch(tick -> tick.position() >= highest - TOUCH);
      if (below && above) {
        return range;
      }
      double margin = MARGIN * (high - low) / 2;
      double down = Ticks.next(axis.scale(), Math.min(range.low, lowest), -1) - margin;
      double up = Ticks.next(axis.scale(), Math.max(range.high, highest), 1) + margin;
      range = new Range(below ? range.low : down, above ? range.high : up);
    }
    return this;
  }

  /** Positions of the marks of panels on an axis. */
  static double[] marks(List<Panel> panels, Axis axis, ToDoubleFunction<Series.Mark> value) {
    return panels.stream()
        .flatMap(panel -> panel.series().stream())
        .map(Series::mark)
        .filter(Objects::nonNull)
        .mapToDouble(mark -> axis.scale().position(value.applyAsDouble(mark)))
        .toArray();
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
