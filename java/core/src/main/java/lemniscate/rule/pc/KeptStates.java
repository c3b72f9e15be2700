package lemniscate.rule.pc;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.network.Products;
import lemniscate.network.UnitBuffers;
import lemniscate.network.UnitPass;
import lemniscate.network.Use;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/**
 * The recordings of schemes that keep states themselves, in the buffers that are displacements
 * elsewhere: weights learn between steps of the states, so that no feed-forward pass stays to be
 * displaced from.
 */
final class KeptStates {

  private final PcLayers layers;
  private final int last;

  /** Units 1 … L, reading states. */
  private final List<UnitPass> units = new ArrayList<>();

  /** Activations of units 1 … L−1 where the states are pre-activations. */
  private final List<UnitPass> activations = new ArrayList<>();

  KeptStates(PcLayers layers) {
    this.layers = layers;
    this.last = layers.last();
    Arena arena = layers.context().arena();
    for (UnitPass unit : layers.forward().passes()) {
      int l = unit.unit().index();
      UnitBuffers buffers =
          l == last
              ? UnitBuffers.linear(presynaptic(l - 1), layers.u(l))
              : UnitBuffers.of(presynaptic(l - 1), layers.u(l), layers.h(l));
      units.add(unit.unit().pass(arena, buffers, Use.ADJOINT));
      if (l < last && layers.statesArePreActivations()) {
        activations.add(
            unit.unit()
                .pass(
                    arena,
                    UnitBuffers.of(presynaptic(l - 1), state(l), layers.sent(l)),
                    Use.ADJOINT));
      }
    }
  }

  private Tensor state(int l) {
    return layers.displacement(l);
  }

  /** The states of the feed-forward pass. */
  void fromForward(Operations ops) {
    for (int l = 1; l < last; l++) {
      ops.copy(prediction(l), state(l));
    }
    layers.lowest(last);
  }

  private Tensor prediction(int l) {
    return layers.statesArePreActivations() ? layers.u(l) : layers.h(l);
  }

  /** Errors of all layers at the present states and parameters. */
  void errors(Operations ops) {
    boolean preActivations = layers.statesArePreActivations();
    for (int l = 1; l <= last; l++) {
      UnitPass unit = units.get(l - 1);
      if (preActivations) {
        unit.preActivate(ops);
      } else {
        unit.predict(ops);
      }
      if (l < last) {
        ops.copy(state(l), layers.storedError(l));
        ops.axpy(-1, prediction(l), layers.storedError(l));
        if (preActivations) {
          // What layer l sends up, φ(v_l), and the factor of what comes down, φ′(v_l).
          UnitPass activation = activations.get(l - 1);
          activation.activate(ops);
          activation.derivative(ops, layers.gate(l));
        } else {
          unit.gate(ops, layers.storedError(l), layers.storedGated(l));
        }
      }
    }
    ops.loss()
        .outputError(
            layers.context().loss(),
            layers.u(last),
            layers.target(),
            layers.outputError(),
            layers.shiftedLossSum());
    layers.lowest(0);
  }

  /** Gradients from {@link #errors}. */
  void gradients(Operations ops) {
    Products.record(
        ops,
        products -> {
          for (int l = 1; l <= last; l++) {
            units
                .get(l - 1)
                .gradients(
                    products, layers.gradientWeight(l), layers.storedGated(l), presynaptic(l - 1));
          }
        });
  }

  /** One synchronous step of all states from {@link #errors}. */
  void step(Operations ops) {
    Products products = new Products(ops);
    for (int l = 1; l < last; l++) {
      units
          .get(l)
          .pullback(products, layers.precision(l + 1), layers.storedGated(l + 1), layers.back(l));
    }
    products.record();
    for (int l = 1; l < last; l++) {
      ops.pc()
          .relaxState(
              layers.precision(l),
              layers.storedError(l),
              layers.stateGate(l),
              layers.back(l),
              layers.rate(),
              state(l));
    }
  }

  /** What layer l sends up: v_l, or φ(v_l) where states are pre-activations; of 0 the input. */
  Tensor presynaptic(int l) {
    return l == 0 ? layers.forward().input() : layers.sent(l);
  }

  /** total = F from {@link #errors}. */
  void energy(Operations ops, Tensor total) {
    ops.fill(total, 0);
    ops.axpy(layers.lastPrecision(), layers.shiftedLossSum(), total);
    for (int l = 1; l < last; l++) {
      ops.sumOfSquares(layers.precision(l) / 2, layers.storedError(l), true, total);
    }
  }
}
