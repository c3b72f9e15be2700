package lemniscate.rule.pc;

import java.util.Arrays;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.network.DenseLayer;
import lemniscate.rule.RuleFixture;

/**
 * Predictive coding in state form in plain double precision, written from the equations and sharing
 * nothing with the engine but φ and φ′: the oracle of free energies, their gradients and
 * relaxations. Arrays of layers have element 0 for the input and index l for layer l; matrices are
 * row-major with a row per example.
 */
final class PlainPredictiveCoding {

  private final Convention convention;
  private final Loss loss;
  private final double[] gamma;
  private final int last;
  private final int batch;
  private final Activation[] activation;
  private final double[][] weight;
  private final double[][] bias;
  private final int[] width;
  private final double[] x;
  private final double[] y;

  private PlainPredictiveCoding(
      RuleFixture fixture, Convention convention, Loss loss, double[] gamma) {
    Backend backend = fixture.backend();
    this.convention = convention;
    this.loss = loss;
    this.gamma = gamma.clone();
    this.last = fixture.network().spec().layers();
    this.batch = fixture.context().batch();
    this.activation = new Activation[last + 1];
    this.weight = new double[last + 1][];
    this.bias = new double[last + 1][];
    this.width = new int[last + 1];
    this.x = backend.read(fixture.step().input());
    this.y = backend.read(fixture.step().target());
    width[0] = fixture.network().spec().inputs();
    for (DenseLayer layer : fixture.network().layers()) {
      int l = layer.index();
      width[l] = layer.fanOut();
      activation[l] = layer.activation();
      weight[l] = backend.read(layer.weight().value());
      for (int i = 0; i < weight[l].length; i++) {
        weight[l][i] *= layer.multiplier();
      }
      bias[l] =
          layer.bias() == null ? new double[width[l]] : backend.read(layer.requireBias().value());
    }
  }

  /**
   * The problem of a fixture whose batch is written.
   *
   * @param gamma γ_1 … γ_L at indices 1 … L
   */
  static PlainPredictiveCoding of(
      RuleFixture fixture, Convention convention, Loss loss, double[] gamma) {
    return new PlainPredictiveCoding(fixture, convention, loss, gamma);
  }

  int last() {
    return last;
  }

  /** The weights of a layer, to be changed by finite differences. */
  double[] weight(int l) {
    return weight[l];
  }

  double[] bias(int l) {
    return bias[l];
  }

  /** States at the feed-forward pass; the last layer has none. */
  double[][] feedForward() {
    double[][] v = new double[last][];
    v[0] = x;
    for (int l = 1; l < last; l++) {
      v[l] = prediction(l, v[l - 1]);
    }
    return v;
  }

  /** Loss at the feed-forward pass, sum over the batch. */
  double feedForwardLoss() {
    return loss(prediction(last, feedForward()[last - 1]));
  }

  /** F of theory: Σ γ_l/2 ‖e_l‖² + γ_L loss. */
  double energy(double[][] v) {
    double total = gamma[last] * loss(prediction(last, v[last - 1]));
    for (int l = 1; l < last; l++) {
      for (double e : error(l, v)) {
        total += gamma[l] / 2 * e * e;
      }
    }
    return total;
  }

  /** e_l, the output's included. */
  double[] error(int l, double[][] v) {
    double[] prediction = prediction(l, v[l - 1]);
    return l == last ? outputError(prediction) : minus(v[l], prediction);
  }

  /** ∂F/∂v_l by the formulas of either convention. */
  double[] stateGradient(int l, double[][] v) {
    double[] back = sentDown(l, error(l + 1, v), v);
    double[] gradient = error(l, v);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = gamma[l] * gradient[i] - gamma[l + 1] * back[i];
    }
    return gradient;
  }

  /** ∂F/∂e_l with the states above at their errors: that of the state and what comes from above. */
  double[] errorGradient(int l, double[][] v) {
    double[] gradient = stateGradient(l, v);
    if (l < last - 1) {
      double[] back = sentDown(l, errorGradient(l + 1, v), v);
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += back[i];
      }
    }
    return gradient;
  }

  /** (∂μ_{l+1}/∂v_l)ᵀ error. */
  private double[] sentDown(int l, double[] error, double[][] v) {
    double[] above = error.clone();
    if (convention == Convention.B) {
      double[] u = preActivation(l + 1, v[l]);
      for (int i = 0; i < above.length; i++) {
        above[i] *= activation[l + 1].derivative(u[i]);
      }
    }
    double[] back = timesWeight(l + 1, above);
    if (convention == Convention.A) {
      for (int i = 0; i < back.length; i++) {
        back[i] *= activation[l].derivative(v[l][i]);
      }
    }
    return back;
  }

  /** Synchronous steps from the feed-forward pass. */
  double[][] jacobi(int steps, double rate) {
    double[][] v = feedForward();
    for (int t = 0; t < steps; t++) {
      double[][] gradients = new double[last][];
      for (int l = 1; l < last; l++) {
        gradients[l] = stateGradient(l, v);
      }
      for (int l = 1; l < last; l++) {
        v[l] = moved(v[l], gradients[l], rate);
      }
    }
    return v;
  }

  /** Top-down sweeps from the feed-forward pass. */
  double[][] sequential(int sweeps, double rate) {
    double[][] v = feedForward();
    for (int t = 0; t < sweeps; t++) {
      for (int l = last - 1; l >= 1; l--) {
        v[l] = moved(v[l], stateGradient(l, v), rate);
      }
    }
    return v;
  }

  private static double[] moved(double[] v, double[] gradient, double rate) {
    double[] next = v.clone();
    for (int i = 0; i < next.length; i++) {
      next[i] -= rate * gradient[i];
    }
    return next;
  }

  private double[] prediction(int l, double[] below) {
    double[] u = preActivation(l, below);
    if (convention == Convention.B) {
      Arrays.setAll(u, i -> activation[l].value(u[i]));
    }
    return u;
  }

  private double[] preActivation(int l, double[] below) {
    int inputs = width[l - 1];
    double[] u = new double[batch * width[l]];
    for (int example = 0; example < batch; example++) {
      for (int o = 0; o < width[l]; o++) {
        double sum = bias[l][o];
        for (int i = 0; i < inputs; i++) {
          double from = below[example * inputs + i];
          if (convention == Convention.A && l > 1) {
            from = activation[l - 1].value(from);
          }
          sum += weight[l][o * inputs + i] * from;
        }
        u[example * width[l] + o] = sum;
      }
    }
    return u;
  }

  private double[] timesWeight(int l, double[] error) {
    int inputs = width[l - 1];
    double[] back = new double[batch * inputs];
    for (int example = 0; example < batch; example++) {
      for (int o = 0; o < width[l]; o++) {
        double e = error[example * width[l] + o];
        for (int i = 0; i < inputs; i++) {
          back[example * inputs + i] += e * weight[l][o * inputs + i];
        }
      }
    }
    return back;
  }

  private double loss(double[] output) {
    double sum = 0;
    int classes = width[last];
    for (int example = 0; example < batch; example++) {
      int from = example * classes;
      double normaliser = 0;
      for (int c = from; c < from + classes; c++) {
        normaliser += Math.exp(output[c]);
      }
      for (int c = from; c < from + classes; c++) {
        sum +=
            switch (loss) {
              case MSE -> 0.5 * (y[c] - output[c]) * (y[c] - output[c]);
              case CROSS_ENTROPY -> -y[c] * (output[c] - Math.log(normaliser));
            };
      }
    }
    return sum;
  }

  private double[] outputError(double[] output) {
    if (loss == Loss.MSE) {
      return minus(y, output);
    }
    int classes = width[last];
    double[] error = y.clone();
    for (int example = 0; example < batch; example++) {
      int from = example * classes;
      double normaliser = 0;
      for (int c = from; c < from + classes; c++) {
        normaliser += Math.exp(output[c]);
      }
      for (int c = from; c < from + classes; c++) {
        error[c] -= Math.exp(output[c]) / normaliser;
      }
    }
    return error;
  }

  private static double[] minus(double[] a, double[] b) {
    double[] difference = a.clone();
    for (int i = 0; i < difference.length; i++) {
      difference[i] -= b[i];
    }
    return difference;
  }
}
