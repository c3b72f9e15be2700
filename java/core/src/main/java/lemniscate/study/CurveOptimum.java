package lemniscate.study;

import java.util.List;

/**
 * Where a loss curve over the logarithm of a hyper-parameter is lowest.
 *
 * <p>The lowest point of the grid is taken and the parabola through it and its two neighbours, in
 * x&nbsp;=&nbsp;log2 of the value and y&nbsp;=&nbsp;ln of the loss; the optimum is its vertex,
 * which lies between the neighbours. A neighbour that diverged has no y: the optimum then is the
 * lowest point itself. At an end of the grid all that is known is on which side the optimum lies.
 *
 * @param log2 log2 of the optimal value; NaN if every point diverged
 * @param place where the lowest point of the grid lies
 * @param index of the lowest point of the grid; -1 if every point diverged
 */
public record CurveOptimum(double log2, Place place, int index) {

  /** Where the lowest point of a grid lies. */
  public enum Place {
    /** Between two points with a loss: the vertex of a parabola. */
    INSIDE("inside"),
    /** Next to a point that diverged: the point itself. */
    BESIDE_DIVERGENCE("beside divergence"),
    /** The smallest value of the grid: the optimum is there or below. */
    LOW_EDGE("low edge"),
    /** The largest value of the grid: the optimum is there or above. */
    HIGH_EDGE("high edge"),
    /** Every point diverged. */
    NONE("none");

    private final String text;

    Place(String text) {
      this.text = text;
    }

    /** The name in tables: {@code low edge}. */
    public String text() {
      return text;
    }
  }

  /** Of a curve on which every point diverged. */
  static final CurveOptimum NONE = new CurveOptimum(Double.NaN, Place.NONE, -1);

  /**
   * Finds it.
   *
   * @param log2Values log2 of the values, increasing
   * @param logLosses ln of the losses beside them; not finite where a point diverged
   */
  static CurveOptimum of(List<Double> log2Values, List<Double> logLosses) {
    int best = -1;
    for (int i = 0; i < logLosses.size(); i++) {
      if (Double.isFinite(logLosses.get(i))
          && (best < 0 || logLosses.get(i) < logLosses.get(best))) {
        best = i;
      }
    }
    if (best < 0) {
      return NONE;
    }
    if (best == 0 || best == logLosses.size() - 1) {
      Place edge = best == 0 ? Place.LOW_EDGE : Place.HIGH_EDGE;
      return new CurveOptimum(log2Values.get(best), edge, best);
    }
    double left = logLosses.get(best - 1);
    double right = logLosses.get(best + 1);
    if (!Double.isFinite(left) || !Double.isFinite(right)) {
      return new CurveOptimum(log2Values.get(best), Place.BESIDE_DIVERGENCE, best);
    }
    double vertex =
        vertex(
            log2Values.get(best - 1),
            left,
            log2Values.get(best),
            logLosses.get(best),
            log2Values.get(best + 1),
            right);
    return new CurveOptimum(vertex, Place.INSIDE, best);
  }

  // x0 < x1 < x2 and y1 no larger than y0 and y2.
  private static double vertex(double x0, double y0, double x1, double y1, double x2, double y2) {
    double fall = (y0 - y1) * (x2 - x1);
    double rise = (y2 - y1) * (x1 - x0);
    if (fall + rise == 0) {
      return x1; // all three are equal
    }
    // Where the derivative of the interpolating parabola vanishes.
    return x1 + 0.5 * (fall * (x2 - x1) - rise * (x1 - x0)) / (fall + rise);
  }

  /** The optimal value; NaN if every point diverged. */
  public double value() {
    return Math.pow(2, log2);
  }

  /** The least that log2 of the optimal value can be, for all that the grid shows. */
  double lowest() {
    return place == Place.LOW_EDGE ? Double.NEGATIVE_INFINITY : log2;
  }

  /** The most that it can be. */
  double highest() {
    return place == Place.HIGH_EDGE ? Double.POSITIVE_INFINITY : log2;
  }
}
