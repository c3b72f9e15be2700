package lemniscate.cli.report;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One curve of a panel.
 *
 * @param name in the legend; series of the same name and tone share an entry
 * @param points in the order in which a line joins them
 * @param style line, points, guide or band
 * @param tone its colour, marker and dashes
 * @param mark a point that stands out, such as an optimum; null for none
 */
public record Series(String name, List<Point> points, Style style, Tone tone, @Nullable Mark mark) {

  /** How points are shown. */
  public enum Style {
    /** Markers joined by a line, with a bar for each interval. */
    LINE,
    /** Markers, with a bar for each interval. */
    POINTS,
    /** A dashed line behind the others: what is expected. */
    GUIDE,
    /** The area between {@link Point#low} and {@link Point#high}. */
    BAND
  }

  /**
   * A point.
   *
   * @param x place on the horizontal axis
   * @param y value; not finite for a run that diverged, which is shown by a cross at the upper edge
   * @param low lower end of an interval about y; NaN for none
   * @param high its upper end; NaN for none
   */
  public record Point(double x, double y, double low, double high) {

    /** {@return a point without interval} */
    public static Point of(double x, double y) {
      return new Point(x, y, Double.NaN, Double.NaN);
    }

    /** {@return a point with an interval} */
    public static Point of(double x, double y, double low, double high) {
      return new Point(x, y, low, high);
    }

    /** {@return a run that diverged} */
    public static Point diverged(double x) {
      return of(x, Double.POSITIVE_INFINITY);
    }

    /** {@return whether there is no value to show} */
    public boolean isDiverged() {
      return !Double.isFinite(y);
    }

    /** {@return whether there is an interval} */
    public boolean hasInterval() {
      return Double.isFinite(low) && Double.isFinite(high);
    }
  }

  /**
   * A ring about a point.
   *
   * @param name in the legend, such as "optimum"
   * @param x place on the horizontal axis
   * @param y value
   */
  public record Mark(String name, double x, double y) {}

  /** Copies the points. */
  public Series {
    points = List.copyOf(points);
  }

  /** {@return markers joined by a line} */
  public static Series line(String name, Tone tone, List<Point> points) {
    return new Series(name, points, Style.LINE, tone, null);
  }

  /** {@return markers joined by a line, without intervals} */
  public static Series line(String name, Tone tone, double[] x, double[] y) {
    return line(name, tone, points(x, y));
  }

  /** {@return markers alone} */
  public static Series points(String name, Tone tone, List<Point> points) {
    return new Series(name, points, Style.POINTS, tone, null);
  }

  /** {@return a dashed grey line: what is expected} */
  public static Series guide(String name, List<Point> points) {
    return new Series(name, points, Style.GUIDE, Tone.NEUTRAL, null);
  }

  /** {@return a pale area between the ends of the points' intervals} */
  public static Series band(String name, Tone tone, List<Point> points) {
    return new Series(name, points, Style.BAND, tone, null);
  }

  /** {@return this series with a ring about one point} */
  public Series withMark(String markName, double x, double y) {
    return new Series(name, points, style, tone, new Mark(markName, x, y));
  }

  /** {@return points without intervals} */
  public static List<Point> points(double[] x, double[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(x.length + " x for " + y.length + " y");
    }
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      points.add(Point.of(x[i], y[i]));
    }
    return points;
  }
}
