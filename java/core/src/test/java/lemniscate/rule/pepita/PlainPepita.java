package lemniscate.rule.pepita;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.network.ActivityNorm;

/**
 * PEPITA in two full passes of plain double-precision code, for the squared error: the published
 * form, where the engine keeps differences.
 *
 * @param weights effective, by rows
 * @param projection F
 * @param sign s
 * @param signal what enters the input
 * @param norm what hidden activities are divided by
 * @param length what they are multiplied with then
 */
record PlainPepita(
    Activation activation,
    List<double[][]> weights,
    double[][] projection,
    int sign,
    ErrorSignal signal,
    ActivityNorm norm,
    double length) {

  /** h_0 … h_L, each (B, n_l), each hidden layer times its mask and over its norm. */
  private List<double[][]> pass(double[][] x, List<double[][]> masks) {
    List<double[][]> h = new ArrayList<>();
    h.add(x);
    for (int l = 1; l <= weights.size(); l++) {
      boolean hidden = l < weights.size();
      h.add(layer(weights.get(l - 1), h.getLast(), hidden ? masks.get(l - 1) : null));
    }
    return h;
  }

  /** One layer of a batch; without a mask the last, which is linear. */
  double[][] layer(double[][] w, double[][] below, double[][] mask) {
    double[][] activity = new double[below.length][w.length];
    for (int b = 0; b < below.length; b++) {
      for (int o = 0; o < w.length; o++) {
        for (int i = 0; i < w[o].length; i++) {
          activity[b][o] += w[o][i] * below[b][i];
        }
        if (mask != null) {
          activity[b][o] = activation.value(activity[b][o]) * mask[b][o];
        }
      }
    }
    if (mask == null || norm == ActivityNorm.NONE) {
      return activity;
    }
    double all = 0;
    for (double[] row : activity) {
      all += squares(row);
    }
    for (double[] row : activity) {
      double own = Math.sqrt(norm == ActivityNorm.BATCH ? all : squares(row));
      for (int o = 0; o < row.length; o++) {
        row[o] *= length / own;
      }
    }
    return activity;
  }

  private static double squares(double[] row) {
    double sum = 0;
    for (double v : row) {
      sum += v * v;
    }
    return sum;
  }

  /** Gradients of effective weights, row-major. */
  List<double[]> gradients(double[][] x, double[][] y, List<double[][]> masks, boolean hebbian) {
    List<double[][]> h = pass(x, masks);
    double[][] f = h.getLast();
    double[][] perturbed = new double[x.length][];
    for (int b = 0; b < x.length; b++) {
      perturbed[b] = x[b].clone();
      for (int i = 0; i < x[b].length; i++) {
        for (int c = 0; c < y[b].length; c++) {
          double e = f[b][c] - y[b][c];
          double entering = signal == ErrorSignal.SIGN ? 0.1 * Math.signum(e) : e;
          perturbed[b][i] += sign * projection[i][c] * entering;
        }
      }
    }
    List<double[][]> again = pass(perturbed, masks);
    // At the output the second pass is held to say y.
    again.set(weights.size(), y);
    List<double[]> gradients = new ArrayList<>();
    for (int l = 1; l <= weights.size(); l++) {
      int inputs = weights.get(l - 1)[0].length;
      double[] gradient = new double[weights.get(l - 1).length * inputs];
      for (int b = 0; b < x.length; b++) {
        double[] below = h.get(l - 1)[b];
        double[] belowAgain = again.get(l - 1)[b];
        for (int k = 0; k < gradient.length; k++) {
          double one = h.get(l)[b][k / inputs];
          double other = again.get(l)[b][k / inputs];
          int i = k % inputs;
          gradient[k] +=
              (hebbian ? one * below[i] - other * belowAgain[i] : (one - other) * belowAgain[i])
                  / x.length;
        }
      }
      gradients.add(gradient);
    }
    return gradients;
  }
}
