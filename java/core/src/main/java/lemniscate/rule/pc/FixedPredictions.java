package lemniscate.rule.pc;

import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.Products;
import lemniscate.tensor.Tensor;

/**
 * The recordings of what stays at the feed-forward pass: relaxation of errors under the
 * fixed-prediction assumption, and gradients that take their other factor from that pass.
 */
final class FixedPredictions {

  private final PcLayers layers;
  private final int last;

  FixedPredictions(PcLayers layers) {
    this.layers = layers;
    this.last = layers.last();
  }

  /** All errors zero: the start of the inference. */
  void clear(Operations ops) {
    for (int l = 1; l < last; l++) {
      ops.fill(layers.storedError(l), 0);
    }
  }

  /** One step of the errors alone: of all at once, or in a sweep from the output down. */
  void step(Operations ops, boolean sweep) {
    int from = sweep ? 1 : Math.max(layers.lowest() - 1, 1);
    if (!sweep) {
      Products products = new Products(ops);
      for (int l = from; l < last; l++) {
        sendDown(products, l);
      }
      products.record();
    }
    for (int l = last - 1; l >= from; l--) {
      if (sweep) {
        int swept = l;
        Products.record(ops, products -> sendDown(products, swept));
      }
      Tensor error = layers.storedError(l);
      if (layers.statesArePreActivations()) {
        ops.pc()
            .relaxState(
                layers.precision(l), error, layers.gate(l), layers.back(l), layers.rate(), error);
      } else {
        ops.pc()
            .relaxError(
                layers.precision(l),
                layers.back(l),
                layers.gate(l),
                layers.rate(),
                error,
                layers.storedGated(l));
      }
    }
    layers.lowest(from);
  }

  private void sendDown(Products products, int l) {
    layers
        .pass(l + 1)
        .pullback(products, layers.precision(l + 1), layers.storedGated(l + 1), layers.back(l));
  }

  /** Gradients of all layers from the errors and the feed-forward activities. */
  void gradients(Operations ops) {
    Products.record(
        ops,
        products -> {
          for (int l = 1; l <= last; l++) {
            layers
                .pass(l)
                .gradients(
                    products,
                    layers.gradientWeight(l),
                    layers.storedGated(l),
                    layers.pass(l).input());
          }
        });
  }

  /** {@link #gradients} from how far the states have moved and y − f in the place of errors. */
  void gradientsFromMoves(Operations ops) {
    ops.copy(layers.freeError(), layers.outputError());
    for (int l = 1; l < last; l++) {
      if (layers.statesArePreActivations()) {
        ops.copy(layers.displacement(l), layers.storedError(l));
      } else {
        layers.pass(l).gate(ops, layers.displacement(l), layers.storedGated(l));
      }
    }
    gradients(ops);
  }

  /**
   * Gradients of hidden layers from errors e_L Ψ_lᵀ.
   *
   * @param feedback Ψ_l, from 1
   */
  void directGradients(Operations ops, List<Tensor> feedback) {
    for (int l = 1; l < last; l++) {
      ops.gemm(Gemm.forward(1, layers.outputError(), feedback.get(l - 1), layers.storedError(l)));
      layers.pass(l).gate(ops, layers.storedError(l), layers.storedGated(l));
    }
    Products.record(
        ops,
        products -> {
          for (int l = 1; l < last; l++) {
            layers.pass(l).gradients(products, 1, layers.storedGated(l), layers.pass(l).input());
          }
        });
  }
}
