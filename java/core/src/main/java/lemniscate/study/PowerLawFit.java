package lemniscate.study;

/**
 * The least-squares fit of y = a∞ + c (M/M₁)^−p, where M₁ is the smallest width. For a given p the
 * other two follow from a linear fit, so that only p is searched (variable projection: Golub and
 * Pereyra, SIAM J. Numer. Anal. 10, 1973): over a grid, then by golden section.
 *
 * @param limit a∞
 * @param coefficient c, what the smallest width adds to the limit
 * @param exponent p
 * @param r2 share of the weighted squares about the mean that the fit explains; 1 where there are
 *     none
 */
public record PowerLawFit(double limit, double coefficient, double exponent, double r2) {

  /** Below this power a curve over a few octaves is as good as straight in log M. */
  public static final double MIN_EXPONENT = 0.1;

  /** Above this power all but the smallest width are as good as at their limit. */
  public static final double MAX_EXPONENT = 3;

  private static final double GRID_STEP = 0.1;

  /** Golden sections after which an interval of two grid steps is below 1e-8. */
  private static final int SECTIONS = 35;

  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  /** How near to a bound an exponent counts as being there. */
  private static final double AT_BOUND = 1e-6;

  /**
   * Fits.
   *
   * @param widths M, at least three different ones
   * @param values y, one for each
   * @param weights of the squared deviations, positive
   */
  public static PowerLawFit of(double[] widths, double[] values, double[] weights) {
    double smallest = widths[0];
    for (double width : widths) {
      smallest = Math.min(smallest, width);
    }
    double[] logs = new double[widths.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = Math.log(widths[i] / smallest);
    }
    int steps = (int) Math.round((MAX_EXPONENT - MIN_EXPONENT) / GRID_STEP);
    Line best = null;
    for (int i = 0; i <= steps; i++) {
      Line line = Line.of(MIN_EXPONENT + i * GRID_STEP, logs, values, weights);
      best = best == null || line.squares < best.squares ? line : best;
    }
    if (best == null) {
      throw new IllegalStateException("an empty grid");
    }
    Line refined = refine(best.exponent, logs, values, weights);
    Line line = refined.squares <= best.squares ? refined : best;
    double total = squaresAboutMean(values, weights);
    return new PowerLawFit(
        line.intercept, line.slope, line.exponent, total == 0 ? 1 : 1 - line.squares / total);
  }

  private static Line refine(double around, double[] logs, double[] values, double[] weights) {
    double low = Math.max(MIN_EXPONENT, around - GRID_STEP);
    double high = Math.min(MAX_EXPONENT, around + GRID_STEP);
    Line left = Line.of(high - GOLDEN * (high - low), logs, values, weights);
    Line right = Line.of(low + GOLDEN * (high - low), logs, values, weights);
    for (int i = 0; i < SECTIONS; i++) {
      if (left.squares <= right.squares) {
        high = right.exponent;
        right = left;
        left = Line.of(high - GOLDEN * (high - low), logs, values, weights);
      } else {
        low = left.exponent;
        left = right;
        right = Line.of(low + GOLDEN * (high - low), logs, values, weights);
      }
    }
    return left.squares <= right.squares ? left : right;
  }

  /** Whether the best exponent is one that was allowed at the most or at the least. */
  public boolean atBound() {
    return exponent <= MIN_EXPONENT + AT_BOUND || exponent >= MAX_EXPONENT - AT_BOUND;
  }

  /**
   * The fitted value at a width.
   *
   * @param relativeWidth M/M₁
   */
  public double at(double relativeWidth) {
    return limit + coefficient * Math.pow(relativeWidth, -exponent);
  }

  private static double squaresAboutMean(double[] values, double[] weights) {
    double mean = weightedMean(values, weights);
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += weights[i] * (values[i] - mean) * (values[i] - mean);
    }
    return sum;
  }

  /** Σ w y / Σ w. */
  static double weightedMean(double[] values, double[] weights) {
    double sum = 0;
    double total = 0;
    for (int i = 0; i < values.length; i++) {
      sum += weights[i] * values[i];
      total += weights[i];
    }
    return sum / total;
  }

  /** The linear fit at one exponent, and the weighted squares that it leaves. */
  private record Line(double exponent, double intercept, double slope, double squares) {

    static Line of(double exponent, double[] logs, double[] values, double[] weights) {
      int n = values.length;
      double[] x = new double[n];
      for (int i = 0; i < n; i++) {
        x[i] = Math.exp(-exponent * logs[i]);
      }
      double meanX = weightedMean(x, weights);
      double meanY = weightedMean(values, weights);
      double xx = 0;
      double xy = 0;
      for (int i = 0; i < n; i++) {
        xx += weights[i] * (x[i] - meanX) * (x[i] - meanX);
        xy += weights[i] * (x[i] - meanX) * (values[i] - meanY);
      }
      double slope = xy / xx;
      double squares = 0;
      for (int i = 0; i < n; i++) {
        double rest = values[i] - meanY - slope * (x[i] - meanX);
        squares += weights[i] * rest * rest;
      }
      return new Line(exponent, meanY - slope * meanX, slope, squares);
    }
  }
}
