package lemniscate.study;

import java.util.List;
import lemniscate.study.CurveOptimum.Place;

/**
 * Where a loss over the logarithms of two hyper-parameters is lowest.
 *
 * <p>The lowest point of the grid is taken, and {@link CurveOptimum} along both lines through it.
 * Where that lies inside in both, the optimum is the vertex of the quadratic through the point and
 * its four neighbours, whose mixed term is fitted by least squares to those corners that have a
 * loss; unless it has no lowest point between the neighbours, as where a valley runs across.
 *
 * @param first coordinate
 * @param second coordinate
 */
public record JointOptimum(CurveOptimum first, CurveOptimum second) {

  /** y = slope·x + curvature·x²/2 on both sides of a point at 0, between its neighbours. */
  private record Parabola(double low, double high, double slope, double curvature) {

    static Parabola through(List<Double> places, List<Double> values, int at) {
      double low = places.get(at - 1) - places.get(at);
      double high = places.get(at + 1) - places.get(at);
      double left = (values.get(at - 1) - values.get(at)) / low;
      double right = (values.get(at + 1) - values.get(at)) / high;
      double curvature = 2 * (right - left) / (high - low);
      return new Parabola(low, high, left - curvature * low / 2, curvature);
    }

    double at(double x) {
      return slope * x + curvature * x * x / 2;
    }

    boolean holds(double x) {
      return x >= low && x <= high;
    }
  }

  /**
   * Finds it.
   *
   * @param firstLog2 log2 of the values of the first, increasing
   * @param secondLog2 log2 of the values of the second, increasing
   * @param logLosses ln of the losses, by the first and then the second; not finite where a point
   *     diverged
   */
  static JointOptimum of(
      List<Double> firstLog2, List<Double> secondLog2, List<List<Double>> logLosses) {
    int row = -1;
    int column = -1;
    for (int i = 0; i < firstLog2.size(); i++) {
      for (int j = 0; j < secondLog2.size(); j++) {
        double loss = logLosses.get(i).get(j);
        if (Double.isFinite(loss) && (row < 0 || loss < logLosses.get(row).get(column))) {
          row = i;
          column = j;
        }
      }
    }
    if (row < 0) {
      return new JointOptimum(CurveOptimum.NONE, CurveOptimum.NONE);
    }
    int line = column;
    List<Double> alongFirst = logLosses.stream().map(losses -> losses.get(line)).toList();
    List<Double> alongSecond = logLosses.get(row);
    JointOptimum apart =
        new JointOptimum(
            CurveOptimum.of(firstLog2, alongFirst), CurveOptimum.of(secondLog2, alongSecond));
    if (apart.first.place() != Place.INSIDE || apart.second.place() != Place.INSIDE) {
      return apart;
    }
    Parabola x = Parabola.through(firstLog2, alongFirst, row);
    Parabola y = Parabola.through(secondLog2, alongSecond, column);
    double mixed =
        mixed(
            x,
            y,
            new double[][] {
              {logLosses.get(row - 1).get(column - 1), logLosses.get(row - 1).get(column + 1)},
              {logLosses.get(row + 1).get(column - 1), logLosses.get(row + 1).get(column + 1)}
            },
            alongSecond.get(column));
    double determinant = x.curvature * y.curvature - mixed * mixed;
    double u = (mixed * y.slope - y.curvature * x.slope) / determinant;
    double v = (mixed * x.slope - x.curvature * y.slope) / determinant;
    return determinant > 0 && x.holds(u) && y.holds(v)
        ? new JointOptimum(
            new CurveOptimum(firstLog2.get(row) + u, Place.INSIDE, row),
            new CurveOptimum(secondLog2.get(column) + v, Place.INSIDE, column))
        : apart;
  }

  private static double mixed(Parabola x, Parabola y, double[][] corners, double best) {
    double products = 0;
    double squares = 0;
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        double u = i == 0 ? x.low : x.high;
        double v = j == 0 ? y.low : y.high;
        double rest = corners[i][j] - best - x.at(u) - y.at(v);
        if (Double.isFinite(rest)) {
          products += rest * u * v;
          squares += u * v * u * v;
        }
      }
    }
    return squares == 0 ? 0 : products / squares;
  }
}
