package lemniscate.rule.pepita;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;

/**
 * PEPITA in two full passes of plain double-precision code, for one example at a time and the
 * squared error: the published form, where the engine keeps differences.
 */
final class PlainPepita {

  private final Activation activation;
  // Effective weights, by rows.
  private final List<double[][]> weights;
  private final double[][] projection;
  private final int sign;

  PlainPepita(Activation activation, List<double[][]> weights, double[][] projection, int sign) {
    this.activation = activation;
    this.weights = weights;
    this.projection = projection;
    this.sign = sign;
  }

  /** h_0 … h_L, each hidden layer times its mask. */
  private List<double[]> pass(double[] x, List<double[]> masks) {
    List<double[]> h = new ArrayList<>();
    h.add(x);
    for (int l = 1; l <= weights.size(); l++) {
      double[][] w = weights.get(l - 1);
      double[] activity = new double[w.length];
      for (int o = 0; o < w.length; o++) {
        for (int i = 0; i < w[o].length; i++) {
          activity[o] += w[o][i] * h.get(l - 1)[i];
        }
        if (l < weights.size()) {
          activity[o] = activation.value(activity[o]) * masks.get(l - 1)[o];
        }
      }
      h.add(activity);
    }
    return h;
  }

  /** What one example adds to the gradients of effective weights, row-major, before 1/B. */
  List<double[]> gradients(double[] x, double[] y, List<double[]> masks, boolean hebbian) {
    List<double[]> h = pass(x, masks);
    double[] f = h.getLast();
    double[] perturbed = x.clone();
    for (int i = 0; i < x.length; i++) {
      for (int c = 0; c < y.length; c++) {
        perturbed[i] += sign * projection[i][c] * (f[c] - y[c]);
      }
    }
    List<double[]> again = pass(perturbed, masks);
    // At the output the second pass is held to say y.
    again.set(weights.size(), y);
    List<double[]> gradients = new ArrayList<>();
    for (int l = 1; l <= weights.size(); l++) {
      double[] below = h.get(l - 1);
      double[] belowAgain = again.get(l - 1);
      double[] gradient = new double[h.get(l).length * below.length];
      for (int o = 0; o < h.get(l).length; o++) {
        double one = h.get(l)[o];
        double other = again.get(l)[o];
        for (int i = 0; i < below.length; i++) {
          gradient[o * below.length + i] =
              hebbian ? one * below[i] - other * belowAgain[i] : (one - other) * belowAgain[i];
        }
      }
      gradients.add(gradient);
    }
    return gradients;
  }
}
