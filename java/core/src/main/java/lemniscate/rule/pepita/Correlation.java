package lemniscate.rule.pepita;

import java.util.List;
import lemniscate.network.UnitOracle;
import lemniscate.rule.Objective;

/**
 * A product of frozen activities on the two sides of a unit's weights, which it learns to make
 * large: its objective is −Σ_b post_b · u(pre_b) / B.
 *
 * @param first place of the unit's parameters in the network's
 * @param unit u
 * @param post (B, n_l) row-major
 * @param pre (B, n_{l−1}) row-major
 * @param batch B
 * @param withBias whether the bias of u takes part
 */
record Correlation(
    int first, UnitOracle unit, double[] post, double[] pre, int batch, boolean withBias) {

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
    List<double[]> own = parameters.subList(first, first + unit.parameters());
    double[] u = withBias ? unit.preActivation(pre, own, batch) : unit.shift(pre, own, batch);
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += post[i] * u[i];
    }
    return sum / batch;
  }
}
