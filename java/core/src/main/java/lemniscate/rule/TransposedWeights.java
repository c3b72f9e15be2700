package lemniscate.rule;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.network.DenseLayer;
import lemniscate.network.Network;
import lemniscate.network.Unit;

/**
 * Transposed effective weights a_l W_l, in plain double precision: what feedback is held against.
 */
public final class TransposedWeights {

  private TransposedWeights() {}

  private static double[] of(Backend backend, DenseLayer layer) {
    double[] w = backend.read(layer.weight().value());
    double[] columns = new double[w.length];
    for (int i = 0; i < w.length; i++) {
      columns[i % layer.fanIn() * layer.fanOut() + i / layer.fanIn()] = layer.multiplier() * w[i];
    }
    return columns;
  }

  /**
   * (a_l W_l)ᵀ of a network's unit l, from 1, (n_{l−1}, n_l) row-major.
   *
   * @throws lemniscate.config.BadInputException if its weight is no matrix
   */
  public static double[] of(Backend backend, Network network, int l) {
    return of(backend, network.layer(l));
  }

  /** The effective weights of a unit in {@link Unit#feedbackShapes}, one after the other. */
  public static double[] asFeedback(Backend backend, Unit unit) {
    if (unit instanceof DenseLayer layer) {
      return of(backend, layer);
    }
    return untransposed(backend, unit);
  }

  /** The effective weights of a unit as they are, one after the other. */
  public static double[] untransposed(Backend backend, Unit unit) {
    return unit.parameters().stream()
        .filter(parameter -> !parameter.kind().isVector())
        .flatMapToDouble(
            weight ->
                Arrays.stream(backend.read(weight.value()))
                    .map(w -> weight.scaling().multiplier() * w))
        .toArray();
  }

  /** (a_L W_L ⋯ a_l W_l)ᵀ, (n_{l−1}, n_L) row-major. */
  public static double[] toOutput(Backend backend, Network network, int l) {
    int last = network.spec().layers();
    int outputs = network.spec().outputs();
    double[] product = of(backend, network.layer(last));
    for (int k = last - 1; k >= l; k--) {
      double[] below = of(backend, network.layer(k));
      int inner = network.layer(k).fanOut();
      double[] next = new double[network.layer(k).fanIn() * outputs];
      for (int i = 0; i < below.length; i++) {
        int row = i / inner;
        for (int c = 0; c < outputs; c++) {
          next[row * outputs + c] += below[i] * product[i % inner * outputs + c];
        }
      }
      product = next;
    }
    return product;
  }
}
