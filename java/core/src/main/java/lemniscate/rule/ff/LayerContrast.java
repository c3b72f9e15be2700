package lemniscate.rule.ff;

import lemniscate.backend.Activation;
import org.jspecify.annotations.Nullable;

/**
 * The loss of one hidden layer with its input frozen, in plain double precision: T log(1 + e^∓g)
 * with g = (Σ_j h_j² − n θ)/T, mean over the rows, of which the first half is positive; less what
 * peer normalisation pulls at the pre-activations of positive rows.
 *
 * @param layer l, from 1
 * @param input what the layer reads, (rows, n_{l−1}) row-major
 * @param activation φ
 * @param multiplier a
 * @param temperature T
 * @param threshold θ
 * @param pull of peer normalisation, one number for each unit, or null
 * @param rows number of rows
 */
record LayerContrast(
    int layer,
    double[] input,
    Activation activation,
    double multiplier,
    double temperature,
    double threshold,
    double @Nullable [] pull,
    int rows) {

  double value(double[] w, double @Nullable [] b) {
    int inputs = input.length / rows;
    int units = w.length / inputs;
    double total = 0;
    for (int row = 0; row < rows; row++) {
      boolean positive = row < rows / 2;
      double squares = 0;
      for (int j = 0; j < units; j++) {
        double u = b == null ? 0 : b[j];
        for (int i = 0; i < inputs; i++) {
          u += multiplier * w[j * inputs + i] * input[row * inputs + i];
        }
        double h = activation.value(u);
        squares += h * h;
        total -= positive && pull != null ? pull[j] * u : 0;
      }
      double logit = (squares - units * threshold) / temperature;
      double against = positive ? -logit : logit;
      total += temperature * (Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(against))));
    }
    return total / rows;
  }
}
