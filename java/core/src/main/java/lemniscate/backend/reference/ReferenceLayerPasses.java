package lemniscate.backend.reference;

import lemniscate.backend.Activation;
import lemniscate.backend.LayerOperation;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Passes of one dense layer, each by its own formula. */
final class ReferenceLayerPasses {

  private ReferenceLayerPasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(LayerOperation operation) {
    switch (operation) {
      case LayerOperation.Activate(var activation, var u, var bias, var h) ->
          activate(activation, u, bias, h);
      case LayerOperation.Gate(var activation, var u, _, var displacement, var gated) ->
          gate(activation, u, displacement, gated);
    }
  }

  private static void activate(Activation activation, Tensor u, @Nullable Tensor bias, Tensor h) {
    Matrix before = Matrix.of(u);
    Matrix row = bias == null ? null : Matrix.of(bias);
    Matrix after = Matrix.of(h);
    for (int b = 0; b < before.rows(); b++) {
      for (int j = 0; j < before.columns(); j++) {
        double argument = before.get(b, j) + (row == null ? 0 : row.get(j));
        before.set(b, j, argument);
        after.set(b, j, activation.value(argument));
      }
    }
  }

  private static void gate(Activation activation, Tensor u, Tensor displacement, Tensor gated) {
    Matrix at = Matrix.of(u);
    Matrix local = Matrix.of(displacement);
    Matrix to = Matrix.of(gated);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, local.get(i) * activation.derivative(at.get(i)));
    }
  }
}
