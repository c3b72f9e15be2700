package lemniscate.backend.reference;

import lemniscate.backend.Activation;
import lemniscate.backend.LayerPasses;
import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Passes of one dense layer, each by its own formula. */
final class ReferenceLayerPasses implements LayerPasses {

  private final Operations operations;
  private final Recording recording;

  ReferenceLayerPasses(Operations operations, Recording recording) {
    this.operations = operations;
    this.recording = recording;
  }

  @Override
  public Operations operations() {
    return operations;
  }

  @Override
  public void activate(Activation activation, Tensor u, @Nullable Tensor bias, Tensor h) {
    recording.add(
        () -> {
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
        });
  }

  @Override
  public void gate(Activation activation, Tensor u, Tensor h, Tensor displacement, Tensor gated) {
    recording.add(
        () -> {
          Matrix at = Matrix.of(u);
          Matrix local = Matrix.of(displacement);
          Matrix to = Matrix.of(gated);
          for (int i = 0; i < to.elements(); i++) {
            to.set(i, local.get(i) * activation.derivative(at.get(i)));
          }
        });
  }
}
