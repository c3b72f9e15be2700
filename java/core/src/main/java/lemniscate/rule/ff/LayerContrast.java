package lemniscate.rule.ff;

import java.util.List;
import lemniscate.network.UnitOracle;
import org.jspecify.annotations.Nullable;

/**
 * The loss of one hidden layer with its input frozen, in plain double precision: T log(1 + e^∓g)
 * with g = (Σ_j h_j² − n θ)/T, mean over the rows, of which the first half is positive; less what
 * peer normalisation pulls at the pre-activations of positive rows.
 *
 * @param layer l, from 1
 * @param input what the layer reads, (rows, n_{l−1}) row-major
 * @param unit the layer
 * @param temperature T
 * @param threshold θ
 * @param pull of peer normalisation, one number for each channel, or null
 * @param rows number of rows
 */
record LayerContrast(
    int layer,
    double[] input,
    UnitOracle unit,
    double temperature,
    double threshold,
    double @Nullable [] pull,
    int rows) {

  double value(List<double[]> parameters) {
    double[] u = unit.preActivation(input, parameters, rows);
    double[] h = unit.activate(u, rows);
    int units = u.length / rows;
    double total = 0;
    for (int row = 0; row < rows; row++) {
      boolean positive = row < rows / 2;
      double squares = 0;
      for (int j = 0; j < units; j++) {
        int i = row * units + j;
        squares += h[i] * h[i];
        total -= positive && pull != null ? pull[j % pull.length] * u[i] : 0;
      }
      double logit = (squares - units * threshold) / temperature;
      double against = positive ? -logit : logit;
      total += temperature * (Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(against))));
    }
    return total / rows;
  }
}
