package lemniscate.network;

import java.util.List;
import lemniscate.backend.Activation;

/**
 * A fully connected unit in plain double precision.
 *
 * @param activation φ
 * @param multiplier a
 * @param bias whether a bias follows the weight
 * @param norm by what φ(u) is divided
 * @param activityNorm what norm it then has
 */
public record DenseOracle(
    Activation activation, double multiplier, boolean bias, ActivityNorm norm, double activityNorm)
    implements UnitOracle {

  @Override
  public int parameters() {
    return bias ? 2 : 1;
  }

  @Override
  public double[] preActivation(double[] input, List<double[]> parameters, int batch) {
    double[] u = shift(input, parameters, batch);
    if (bias) {
      double[] b = parameters.getLast();
      for (int i = 0; i < u.length; i++) {
        u[i] += b[i % b.length];
      }
    }
    return u;
  }

  @Override
  public double[] shift(double[] move, List<double[]> parameters, int batch) {
    double[] w = parameters.getFirst();
    int inputs = move.length / batch;
    int outputs = w.length / inputs;
    double[] shift = new double[batch * outputs];
    for (int i = 0; i < shift.length; i++) {
      int row = i / outputs * inputs;
      int from = i % outputs * inputs;
      for (int k = 0; k < inputs; k++) {
        shift[i] += multiplier * w[from + k] * move[row + k];
      }
    }
    return shift;
  }

  @Override
  public double[] activate(double[] preActivation, int batch) {
    double[] h = new double[preActivation.length];
    for (int i = 0; i < h.length; i++) {
      h[i] = activation.value(preActivation[i]);
    }
    if (norm != ActivityNorm.NONE) {
      int length = norm.isPerExample() ? h.length / batch : h.length;
      for (int from = 0; from < h.length; from += length) {
        divide(h, from, length);
      }
    }
    return h;
  }

  private void divide(double[] h, int from, int length) {
    double squares = 0;
    for (int i = from; i < from + length; i++) {
      squares += h[i] * h[i];
    }
    for (int i = from; squares > 0 && i < from + length; i++) {
      h[i] *= activityNorm / Math.sqrt(squares);
    }
  }
}
