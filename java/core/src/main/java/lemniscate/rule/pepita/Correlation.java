package lemniscate.rule.pepita;

import java.util.List;
import lemniscate.rule.Objective;

/**
 * A product of frozen activities on the two sides of a layer's weights, which the layer learns to
 * make large: its objective is −Σ_b post_b · (a W pre_b + b) / B.
 *
 * @param layer l, from 1; in order in every list
 * @param post (B, n_l) row-major
 * @param pre (B, n_{l−1}) row-major
 * @param multiplier a
 * @param batch B
 * @param withBias whether the layer's bias takes part
 */
record Correlation(
    int layer, double[] post, double[] pre, double multiplier, int batch, boolean withBias) {

  /** The sum of objectives. */
  static Objective objective(List<Correlation> correlations, boolean bias) {
    return parameters -> {
      double total = 0;
      for (Correlation correlation : correlations) {
        int weight = (bias ? 2 : 1) * (correlation.layer - 1);
        total -= correlation.value(parameters.get(weight));
        if (bias && correlation.withBias) {
          total -= correlation.biasValue(parameters.get(weight + 1));
        }
      }
      return total;
    };
  }

  private double value(double[] w) {
    int inputs = pre.length / batch;
    int outputs = post.length / batch;
    double sum = 0;
    for (int example = 0; example < batch; example++) {
      for (int o = 0; o < outputs; o++) {
        double u = 0;
        for (int i = 0; i < inputs; i++) {
          u += w[o * inputs + i] * pre[example * inputs + i];
        }
        sum += post[example * outputs + o] * multiplier * u;
      }
    }
    return sum / batch;
  }

  private double biasValue(double[] b) {
    double sum = 0;
    for (int i = 0; i < post.length; i++) {
      sum += post[i] * b[i % b.length];
    }
    return sum / batch;
  }
}
