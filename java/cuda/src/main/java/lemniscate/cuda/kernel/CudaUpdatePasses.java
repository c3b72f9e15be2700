package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;
import static lemniscate.cuda.kernel.Operand.read;
import static lemniscate.cuda.kernel.Operand.write;

import java.util.List;
import lemniscate.backend.UpdatePasses;
import lemniscate.tensor.Tensor;

/** Passes of the optimisers. */
final class CudaUpdatePasses implements UpdatePasses {

  private final WorkList work;

  CudaUpdatePasses(WorkList work) {
    this.work = work;
  }

  @Override
  public void advance(Tensor counter) {
    work.launch("advance_counter", Geometry.single(), work.address(counter));
  }

  @Override
  public void sgd(Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight) {
    work.elementwise(
        "sgd",
        List.of(work.address(rate), bits(rateFactor), bits(decay)),
        read(gradient),
        write(weight));
  }

  @Override
  public void momentum(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      double momentum,
      Tensor velocity,
      Tensor weight) {
    work.elementwise(
        "momentum",
        List.of(work.address(rate), bits(rateFactor), bits(decay), bits(momentum)),
        read(gradient),
        write(velocity),
        write(weight));
  }

  @Override
  public void adam(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      AdamCoefficients coefficients,
      Tensor counter,
      Tensor firstMoment,
      Tensor secondMoment,
      Tensor weight) {
    work.elementwise(
        "adam",
        List.of(
            work.address(rate),
            bits(rateFactor),
            bits(decay),
            bits(coefficients.beta1()),
            bits(coefficients.beta2()),
            bits(coefficients.epsilon()),
            work.address(counter)),
        read(gradient),
        write(firstMoment),
        write(secondMoment),
        write(weight));
  }
}
