package lemniscate.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import lemniscate.cli.report.Series;

/** What figures show of a positive quantity over widths, measured with several seeds. */
final class WidthCurve {

  private WidthCurve() {}

  /**
   * Geometric means over seeds, which have the slope that is judged, with bars from the smallest to
   * the largest.
   *
   * @param byWidth values of the seeds for each width
   */
  static List<Series.Point> points(SortedMap<Integer, List<Double>> byWidth) {
    List<Series.Point> points = new ArrayList<>();
    byWidth.forEach(
        (width, values) ->
            points.add(
                Series.Point.of(
                    width,
                    Math.exp(mean(values.stream().mapToDouble(Math::log))),
                    Collections.min(values),
                    Collections.max(values))));
    return points;
  }

  /** A line of a slope through the middle of points, from their first width to their last. */
  static List<Series.Point> guide(List<Series.Point> points, double exponent) {
    double x = mean(points.stream().mapToDouble(point -> Math.log(point.x())));
    double y = mean(points.stream().mapToDouble(point -> Math.log(point.y())));
    return Stream.of(points.getFirst(), points.getLast())
        .map(Series.Point::x)
        .map(width -> Series.Point.of(width, Math.exp(y + exponent * (Math.log(width) - x))))
        .toList();
  }

  private static double mean(DoubleStream values) {
    return values.average().orElse(Double.NaN);
  }
}
