package lemniscate.rule.pc;

import lemniscate.backend.Operations;
import lemniscate.network.Products;
import lemniscate.tensor.Tensor;

/**
 * The recordings of inference whose variables are the errors e_l of the hidden units (ePC, arXiv
 * 2505.20137): the states follow by a forward pass with the errors put in, v_l = μ_l(v_{l−1}) +
 * e_l, and the free energy falls along ∂F/∂e_l = γ_l e_l − γ_L δ_l with back-propagation's δ_l at
 * those states. Displacements carry the states: D_l = [μ_l(v_{l−1}) − h_l] + e_l, so that errors
 * are stored as they are and nothing of the size of an activity is subtracted.
 */
final class ErrorCoordinates {

  private final PcLayers layers;

  ErrorCoordinates(PcLayers layers) {
    this.layers = layers;
  }

  /** e_l, of shape (B, n_l); of the first unit its displacement, as nothing moves below it. */
  Tensor variable(int l) {
    return l == 1 ? layers.displacement(1) : layers.storedError(l);
  }

  /**
   * Feed-forward pass, all errors zero.
   *
   * @param relaxation from 0, of those that nudging asks for
   */
  void start(Operations ops, int relaxation) {
    layers.feedForward(ops);
    if (relaxation > 0) {
      layers.relaxAnew(ops, relaxation);
    }
    for (int l = 2; l < layers.last(); l++) {
      ops.fill(variable(l), 0);
    }
  }

  /** γ_L δ_l at the present states into the buffers of the back-projection. */
  void sendErrorsDown(Operations ops) {
    for (int l = layers.last() - 1; l >= 1; l--) {
      sendDown(ops, l);
    }
  }

  private void sendDown(Operations ops, int l) {
    boolean fromOutput = l + 1 == layers.last();
    boolean preActivations = layers.statesArePreActivations();
    if (!fromOutput && !preActivations) {
      ops.copy(layers.back(l + 1), layers.storedGated(l + 1));
      ops.multiply(layers.gate(l + 1), layers.storedGated(l + 1));
    }
    Tensor above = fromOutput || !preActivations ? layers.storedGated(l + 1) : layers.back(l + 1);
    double factor = fromOutput ? layers.lastPrecision() : 1;
    Products.record(
        ops,
        products ->
            layers
                .pass(l + 1)
                .pullback(products, layers.point(l + 1), factor, above, layers.back(l)));
    if (preActivations) {
      ops.multiply(layers.gate(l), layers.back(l));
    }
  }

  /** One step of all errors, after {@link #sendErrorsDown}. */
  void step(Operations ops) {
    for (int l = 1; l < layers.last(); l++) {
      ops.pc()
          .relaxState(
              layers.precision(l), variable(l), null, layers.back(l), layers.rate(), variable(l));
    }
  }

  /** ∂F/∂e_l in the place of γ_L δ_l, after {@link #sendErrorsDown}. */
  void gradients(Operations ops) {
    for (int l = 1; l < layers.last(); l++) {
      ops.pc().stateGradient(layers.precision(l), variable(l), null, layers.back(l));
    }
  }

  /** States and output error at the present errors. */
  void predict(Operations ops) {
    layers.assumeAllMoved();
    for (int l = 1; l < layers.last(); l++) {
      move(ops, l);
    }
    layers.refreshOutputError(ops);
  }

  // D_l = μ_l(v_{l−1}) − h_l + e_l.
  private void move(Operations ops, int l) {
    if (l > 1) {
      layers.refreshShift(ops, l);
      if (layers.statesArePreActivations()) {
        ops.copy(layers.shift(l), layers.displacement(l));
      } else {
        layers.pass(l).difference(ops, layers.shift(l), layers.displacement(l), layers.gate(l));
      }
      ops.axpy(1, variable(l), layers.displacement(l));
    }
    layers.stateMoved(ops, l);
  }

  /** total = F at the present errors, after {@link #start} or {@link #predict}. */
  void energy(Operations ops, Tensor total) {
    layers.energy(ops, total);
  }

  /** Gradients of all layers, in a recording of its own, after {@link #predict}. */
  void weightGradients(Operations ops) {
    layers.assumeAllMoved();
    if (!layers.statesArePreActivations()) {
      for (int l = 1; l < layers.last(); l++) {
        ops.copy(layers.error(l), layers.storedGated(l));
        ops.multiply(layers.gate(l), layers.storedGated(l));
      }
    }
    layers.gradients(ops);
  }

  /** Number of errors. */
  int hidden() {
    return layers.last() - 1;
  }
}
