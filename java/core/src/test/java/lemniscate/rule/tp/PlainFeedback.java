package lemniscate.rule.tp;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.rule.RuleFixture;

/**
 * The losses of learned feedback as their definitions have them, from activities and no
 * displacements, for the noise that a step has drawn.
 */
final class PlainFeedback {

  private final RuleFixture fixture;
  private final Network network;
  private final TargetPropagation rule;
  private final Feedback.Learned learned;
  private final TpStep step;
  private final int last;
  private final int batch;

  PlainFeedback(RuleFixture fixture, TargetPropagation rule) {
    this.fixture = fixture;
    this.network = fixture.network();
    this.rule = rule;
    this.learned = (Feedback.Learned) rule.feedback();
    this.step = (TpStep) fixture.step();
    this.last = network.spec().layers();
    this.batch = fixture.context().batch();
  }

  /**
   * The loss of the map that gives layer k its target, mean over the batch.
   *
   * @param parameters Q_1, d_1, Q_2, d_2, …
   */
  double loss(int k, List<double[]> parameters) {
    double sum = 0;
    for (double q : parameters.get(2 * k - 2)) {
      sum += 0.5 * learned.decay() * q * q * batch;
    }
    for (int b = 0; b < batch; b++) {
      sum += example(k, b, parameters);
    }
    return sum / batch;
  }

  private double example(int k, int b, List<double[]> parameters) {
    double[] epsilon = row(fixture.backend().read(step.training().noise(k)), b);
    double[] noisy = sum(activity(k, b), epsilon, 1);
    double square = learned.noise() * learned.noise();
    return switch (learned.reconstruction()) {
      case ACTIVITY -> half(sum(map(k, parameters, layer(k + 1, noisy)), noisy, -1));
      case OUTPUT_NOISE -> {
        double[] moved = noisy;
        for (int l = k + 1; l <= last; l++) {
          moved = layer(l, moved);
        }
        int source = last;
        if (rule.pathway() != Pathway.DIRECT) {
          source = k + 1;
          for (int j = last - 1; j > k; j--) {
            double[] back = map(j, parameters, moved);
            moved = sum(sum(activity(j, b), back, 1), map(j, parameters, activity(j + 1, b)), -1);
          }
        }
        double[] change =
            sum(map(k, parameters, moved), map(k, parameters, activity(source, b)), -1);
        yield half(sum(change, epsilon, -1)) / square;
      }
      case LOCAL_NOISE -> {
        double[] eta = row(fixture.backend().read(step.training().noiseAbove(k + 1)), b);
        double[] base = map(k, parameters, activity(k + 1, b));
        double[] forward = sum(map(k, parameters, layer(k + 1, noisy)), base, -1);
        double[] response = sum(map(k, parameters, sum(activity(k + 1, b), eta, 1)), base, -1);
        yield (half(response) - dot(epsilon, forward)) / square;
      }
    };
  }

  private double[] activity(int l, int b) {
    return row(step.activity(l), b);
  }

  private double[] row(double[] matrix, int b) {
    int n = matrix.length / batch;
    double[] row = new double[n];
    System.arraycopy(matrix, b * n, row, 0, n);
    return row;
  }

  private double[] layer(int l, double[] x) {
    DenseLayer layer = network.layer(l);
    return affine(
        fixture.backend().read(layer.weight().value()),
        fixture.backend().read(layer.requireBias().value()),
        x,
        layer.activation());
  }

  private double[] map(int k, List<double[]> parameters, double[] y) {
    double[] source = y;
    if (learned.maps().hiddenUnits() > 0) {
      double[] r = fixture.backend().read(step.hiddenWeight());
      source = affine(r, new double[learned.maps().hiddenUnits()], y, Activation.TANH);
    }
    return affine(
        parameters.get(2 * k - 2), parameters.get(2 * k - 1), source, learned.maps().activation(k));
  }

  private static double[] affine(double[] w, double[] b, double[] x, Activation activation) {
    double[] out = b.clone();
    for (int o = 0; o < out.length; o++) {
      for (int i = 0; i < x.length; i++) {
        out[o] += w[o * x.length + i] * x[i];
      }
      out[o] = activation.value(out[o]);
    }
    return out;
  }

  private static double[] sum(double[] a, double[] b, double factor) {
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * b[i];
    }
    return sum;
  }

  private static double dot(double[] a, double[] b) {
    double dot = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
    }
    return dot;
  }

  private static double half(double[] a) {
    return 0.5 * dot(a, a);
  }
}
