package lemniscate.backend;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The typed way to write a {@link LayerOperation}. */
@FunctionalInterface
public interface LayerPasses {

  /** Enqueues an operation. */
  void add(LayerOperation operation);

  /** {@link LayerOperation.Activate}. */
  default void activate(Activation activation, Tensor u, @Nullable Tensor bias, Tensor h) {
    add(new LayerOperation.Activate(activation, u, bias, h));
  }

  /** {@link LayerOperation.Gate}. */
  default void gate(Activation activation, Tensor u, Tensor h, Tensor displacement, Tensor gated) {
    add(new LayerOperation.Gate(activation, u, h, displacement, gated));
  }
}
