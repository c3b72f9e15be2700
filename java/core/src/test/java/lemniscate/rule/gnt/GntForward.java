package lemniscate.rule.gnt;

import lemniscate.backend.Activation;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.rule.RuleFixture;

/** The feed-forward pass of single examples in plain double, from any layer on. */
final class GntForward {

  /** Central differences: truncation 1e-10, rounding 1e-16 / 1e-5. */
  private static final double STEP = 1e-5;

  private final RuleFixture fixture;
  private final Network network;
  private final double[] inputs;

  GntForward(RuleFixture fixture) {
    this.fixture = fixture;
    this.network = fixture.network();
    this.inputs = fixture.backend().read(fixture.step().input());
  }

  /** ∂f/∂h_l of an example, a row for each output. */
  double[][] jacobian(int l, int example) {
    int n0 = network.spec().inputs();
    double[] x = new double[n0];
    System.arraycopy(inputs, example * n0, x, 0, n0);
    double[] h = through(x, 1, l);
    double[][] jacobian = new double[network.spec().outputs()][h.length];
    for (int i = 0; i < h.length; i++) {
      double kept = h[i];
      h[i] = kept + STEP;
      double[] above = through(h, l + 1, network.spec().layers());
      h[i] = kept - STEP;
      double[] below = through(h, l + 1, network.spec().layers());
      h[i] = kept;
      for (int c = 0; c < above.length; c++) {
        jacobian[c][i] = (above[c] - below[c]) / (2 * STEP);
      }
    }
    return jacobian;
  }

  private double[] through(double[] h, int first, int last) {
    double[] activity = h;
    for (int l = first; l <= last; l++) {
      activity = layer(network.layer(l), activity);
    }
    return activity;
  }

  private double[] layer(DenseLayer layer, double[] h) {
    double[] w = fixture.backend().read(layer.weight().value());
    double[] out = fixture.backend().read(layer.requireBias().value());
    Activation activation = layer.activation();
    for (int o = 0; o < out.length; o++) {
      for (int i = 0; i < h.length; i++) {
        out[o] += layer.multiplier() * w[o * h.length + i] * h[i];
      }
      out[o] = activation.value(out[o]);
    }
    return out;
  }
}
