package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;
import static lemniscate.cuda.kernel.CudaOperations.number;
import static lemniscate.cuda.kernel.Operand.read;
import static lemniscate.cuda.kernel.Operand.write;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Operations;
import lemniscate.backend.PcPasses;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Passes of predictive coding: one launch for all layers of a slab. */
final class CudaPcPasses implements PcPasses {

  private final Operations operations;
  private final WorkList work;

  CudaPcPasses(Operations operations, WorkList work) {
    this.operations = operations;
    this.work = work;
  }

  @Override
  public Operations operations() {
    return operations;
  }

  @Override
  public void predictionError(
      Activation activation,
      Tensor u,
      Tensor h,
      Tensor z,
      Tensor displacement,
      Tensor error,
      Tensor gated) {
    work.elementwise(
        "pc_prediction_error",
        List.of(number(activation)),
        read(u),
        read(h),
        read(z),
        read(displacement),
        write(error),
        write(gated));
  }

  @Override
  public void stateGradient(double precision, Tensor error, @Nullable Tensor gate, Tensor back) {
    work.elementwise(
        "pc_state_gradient", List.of(bits(precision)), read(error), read(gate), write(back));
  }

  @Override
  public void relaxState(
      double precision,
      Tensor error,
      @Nullable Tensor gate,
      Tensor back,
      Tensor rate,
      Tensor displacement) {
    work.elementwise(
        "pc_relax_state",
        List.of(bits(precision), work.address(rate)),
        read(error),
        read(gate),
        read(back),
        write(displacement));
  }

  @Override
  public void relaxError(
      double precision, Tensor back, Tensor derivative, Tensor rate, Tensor error, Tensor gated) {
    work.elementwise(
        "pc_relax_error",
        List.of(bits(precision), work.address(rate)),
        read(back),
        read(derivative),
        write(error),
        write(gated));
  }
}
