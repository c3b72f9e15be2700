package lemniscate.rule.pepita;

import java.util.List;
import lemniscate.network.Sides;
import lemniscate.network.UnitOracle;
import lemniscate.rule.Objective;

/**
 * A product of frozen activities on the two sides of a unit's weights, which it learns to make
 * large: its objective is −Σ_b post_b · u(pre_b) / B.
 *
 * @param start place of the unit's parameters in the network's
 * @param unit u
 * @param sides which activities
 * @param post at the output, (B, n_l) row-major
 * @param first input of the first pass, (B, n_{l−1}) row-major
 * @param second input of the second pass
 * @param fixed parameters of the passes
 * @param batch B
 */
record Correlation(
    int start,
    UnitOracle unit,
    Sides sides,
    double[] post,
    double[] first,
    double[] second,
    List<double[]> fixed,
    int batch) {

  /** The sum of objectives. */
  static Objective objective(List<Correlation> correlations) {
    return parameters -> {
      double total = 0;
      for (Correlation correlation : correlations) {
        total -= correlation.value(parameters);
      }
      return total;
    };
  }

  private double value(List<double[]> parameters) {
    List<double[]> own = parameters.subList(start, start + unit.parameters());
    return unit.correlation(sides, post, first, second, fixed, own, batch) / batch;
  }
}
