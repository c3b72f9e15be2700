package lemniscate.rule.ff;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;

/**
 * Forward-Forward in plain double-precision code, one row at a time: what the engine does in blocks
 * of rows.
 */
final class PlainForwardForward {

  private final ForwardForward rule;
  private final Activation activation;
  // Weights w_l by rows, and their multipliers.
  private final List<double[][]> weights;
  private final List<Double> multipliers;

  PlainForwardForward(
      ForwardForward rule,
      Activation activation,
      List<double[][]> weights,
      List<Double> multipliers) {
    this.rule = rule;
    this.activation = activation;
    this.weights = weights;
    this.multipliers = multipliers;
  }

  /** What layers read, and their pre-activations. */
  record Row(List<double[]> inputs, List<double[]> preActivations) {}

  /** The label is one number for each class, before its scale. */
  Row pass(double[] x, double[] label) {
    List<double[]> inputs = new ArrayList<>();
    List<double[]> preActivations = new ArrayList<>();
    double[] below = x.clone();
    for (int c = 0; c < label.length; c++) {
      below[c] = rule.labelScale() * label[c];
    }
    for (int l = 0; l < weights.size(); l++) {
      double a = multipliers.get(l);
      double length = rule.inputLength() == InputLength.L2 ? 1 / a : Math.sqrt(below.length);
      double norm = 0;
      for (double value : below) {
        norm += value * value;
      }
      double[] input = below.clone();
      for (int i = 0; i < input.length; i++) {
        input[i] *= length / (Math.sqrt(norm) + 1e-8 * length);
      }
      double[][] w = weights.get(l);
      double[] u = new double[w.length];
      below = new double[w.length];
      for (int j = 0; j < u.length; j++) {
        for (int i = 0; i < input.length; i++) {
          u[j] += a * w[j][i] * input[i];
        }
        below[j] = activation.value(u[j]);
      }
      inputs.add(input);
      preActivations.add(u);
    }
    return new Row(inputs, preActivations);
  }

  double goodness(Row row, int layer) {
    double sum = 0;
    for (double u : row.preActivations().get(layer - 1)) {
      double h = activation.value(u);
      sum += h * h;
    }
    return sum;
  }

  /** What one row adds to the gradient of w_l, row-major, before the mean over rows. */
  double[] gradient(Row row, int layer, boolean positive) {
    double[] u = row.preActivations().get(layer - 1);
    double[] input = row.inputs().get(layer - 1);
    int n = u.length;
    double temperature = rule.goodness() == Goodness.SUM ? 1 : n;
    double logit = (goodness(row, layer) - n * rule.threshold()) / temperature;
    double p = 1 / (1 + Math.exp(-logit));
    double[] gradient = new double[n * input.length];
    for (int j = 0; j < n; j++) {
      double h = activation.value(u[j]);
      for (int i = 0; i < input.length; i++) {
        gradient[j * input.length + i] =
            2
                * (p - (positive ? 1 : 0))
                * h
                * activation.derivative(u[j])
                * multipliers.get(layer - 1)
                * input[i];
      }
    }
    return gradient;
  }
}
