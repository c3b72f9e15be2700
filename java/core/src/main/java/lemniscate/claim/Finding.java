package lemniscate.claim;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.study.Judgement;

/**
 * What was measured for a claim.
 *
 * @param checks numbers beside what is expected, at least one
 * @param plot a small figure
 */
public record Finding(List<Check> checks, Plot plot) {

  /**
   * A small figure.
   *
   * @param x label of the horizontal axis
   * @param logX whether its ratios count
   * @param y label of the vertical axis
   * @param logY whether its ratios count
   * @param curves in the order of their colours
   */
  public record Plot(String x, boolean logX, String y, boolean logY, List<Curve> curves) {
    /** Copies the list. */
    public Plot {
      curves = List.copyOf(curves);
    }
  }

  /**
   * A line of a figure.
   *
   * @param name in the legend
   * @param points in their order
   */
  public record Curve(String name, List<Point> points) {
    /** Copies the list. */
    public Curve {
      points = List.copyOf(points);
    }
  }

  /**
   * A point of a line.
   *
   * @param x place
   * @param y value
   * @param low lower end of its bar; NaN for none
   * @param high its upper end
   */
  public record Point(double x, double y, double low, double high) {

    /** The mean of several values at a place, with a bar from the smallest to the largest. */
    static Point over(double x, List<Double> values) {
      double mean = values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
      double low = values.stream().mapToDouble(v -> v).min().orElse(Double.NaN);
      double high = values.stream().mapToDouble(v -> v).max().orElse(Double.NaN);
      return new Point(x, mean, low, high);
    }
  }

  /** Copies the list. */
  public Finding {
    checks = List.copyOf(checks);
    if (checks.isEmpty()) {
      throw new IllegalArgumentException("a finding without a check");
    }
  }

  /** {@return the worst of the verdicts} */
  public Judgement judgement() {
    return Judgement.worst(checks.stream().map(Check::judgement));
  }

  /** {@return both together, with the figure of this one} */
  Finding and(Finding other) {
    return new Finding(Stream.concat(checks.stream(), other.checks.stream()).toList(), plot);
  }
}
