package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.number;
import static lemniscate.cuda.kernel.Operand.read;
import static lemniscate.cuda.kernel.Operand.write;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.LayerPasses;
import lemniscate.backend.Operations;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Passes of one dense layer. */
final class CudaLayerPasses implements LayerPasses {

  private final Operations operations;
  private final WorkList work;

  CudaLayerPasses(Operations operations, WorkList work) {
    this.operations = operations;
    this.work = work;
  }

  @Override
  public Operations operations() {
    return operations;
  }

  @Override
  public void activate(Activation activation, Tensor u, @Nullable Tensor bias, Tensor h) {
    if (bias == null) {
      operations.activation(activation, u, h);
      return;
    }
    work.elementwise(
        "activate",
        List.of(number(activation), (long) u.columns()),
        write(u),
        read(bias),
        write(h));
  }

  @Override
  public void gate(Activation activation, Tensor u, Tensor h, Tensor displacement, Tensor gated) {
    work.elementwise(
        "gate", List.of(number(activation)), read(u), read(h), read(displacement), write(gated));
  }
}
