package lemniscate.study;

import java.util.List;
import lemniscate.config.BadInputException;
import org.apache.commons.math3.optim.MaxEval;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.apache.commons.math3.optim.univariate.BrentOptimizer;
import org.apache.commons.math3.optim.univariate.SearchInterval;
import org.apache.commons.math3.optim.univariate.UnivariateObjectiveFunction;

/**
 * How slowly an accuracy saturates: the least-squares fit of acc(t) = ceiling · t/(slowness + t)
 * over the epochs t = 1, 2, … (Dellaferrera and Kreiman, arXiv 2201.11665). At t = slowness half of
 * the ceiling is reached.
 *
 * @param slowness in epochs
 * @param ceiling accuracy that the fit tends to
 */
public record Slowness(double slowness, double ceiling) {

  /** The fit is over the logarithm of the slowness, between these. */
  private static final double LOWEST = 1e-6;

  private static final double HIGHEST = 1e4;

  private static final int EVALUATIONS = 500;

  /** Candidates of which the best is refined: the error need not have one minimum only. */
  private static final int GRID = 64;

  /**
   * Fits.
   *
   * @param accuracies after epochs 1, 2, …
   * @throws BadInputException if there are fewer than two, or one is no number
   */
  public static Slowness of(List<Double> accuracies) {
    if (accuracies.size() < 2 || accuracies.stream().anyMatch(a -> !Double.isFinite(a))) {
      throw new BadInputException(
          "accuracies "
              + accuracies
              + ": expected those after at least two epochs; train for longer.");
    }
    double low = Math.log(LOWEST);
    double step = (Math.log(HIGHEST) - low) / GRID;
    int best = 0;
    for (int i = 1; i <= GRID; i++) {
      if (error(low + i * step, accuracies) < error(low + best * step, accuracies)) {
        best = i;
      }
    }
    double x =
        new BrentOptimizer(1e-10, 1e-12)
            .optimize(
                new MaxEval(EVALUATIONS),
                GoalType.MINIMIZE,
                new UnivariateObjectiveFunction(at -> error(at, accuracies)),
                new SearchInterval(
                    low + Math.max(0, best - 1) * step, low + Math.min(GRID, best + 1) * step))
            .getPoint();
    return new Slowness(Math.exp(x), ceiling(Math.exp(x), accuracies));
  }

  // The best ceiling for a slowness is linear regression through the origin.
  private static double ceiling(double s, List<Double> accuracies) {
    double product = 0;
    double squares = 0;
    for (int i = 0; i < accuracies.size(); i++) {
      double rise = (i + 1) / (s + i + 1);
      product += accuracies.get(i) * rise;
      squares += rise * rise;
    }
    return product / squares;
  }

  private static double error(double logSlowness, List<Double> accuracies) {
    double s = Math.exp(logSlowness);
    double ceiling = ceiling(s, accuracies);
    double sum = 0;
    for (int i = 0; i < accuracies.size(); i++) {
      double away = accuracies.get(i) - ceiling * (i + 1) / (s + i + 1);
      sum += away * away;
    }
    return sum;
  }
}
