package lemniscate.backend;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The typed way to write a {@link LossOperation}. */
@FunctionalInterface
public interface LossPasses {

  /** Enqueues an operation. */
  void add(LossOperation operation);

  /** {@link LossOperation.OutputError}. */
  default void outputError(
      Loss loss, Tensor output, Tensor shift, Tensor target, Tensor error, @Nullable Tensor total) {
    add(new LossOperation.OutputError(loss, output, shift, target, error, total));
  }

  /** {@link LossOperation.OutputError} without a shift. */
  default void outputError(
      Loss loss, Tensor output, Tensor target, Tensor error, @Nullable Tensor total) {
    add(new LossOperation.OutputError(loss, output, null, target, error, total));
  }
}
