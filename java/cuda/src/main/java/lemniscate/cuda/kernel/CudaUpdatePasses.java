package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;

import lemniscate.backend.UpdateOperation;
import lemniscate.backend.UpdateOperation.Adam;
import lemniscate.backend.UpdateOperation.Advance;
import lemniscate.backend.UpdateOperation.Momentum;
import lemniscate.backend.UpdateOperation.Sgd;

/** Passes of the optimisers. */
final class CudaUpdatePasses {

  private final WorkList work;

  CudaUpdatePasses(WorkList work) {
    this.work = work;
  }

  void lower(UpdateOperation operation) {
    switch (operation) {
      case Advance pass ->
          work.launch("advance_counter", Geometry.single(), WorkList.address(pass.counter()));
      case Sgd pass ->
          work.elementwise(
              "sgd",
              pass,
              WorkList.address(pass.rate()),
              bits(pass.rateFactor()),
              bits(pass.decay()));
      case Momentum pass ->
          work.elementwise(
              "momentum",
              pass,
              WorkList.address(pass.rate()),
              bits(pass.rateFactor()),
              bits(pass.decay()),
              bits(pass.momentum()));
      case Adam pass ->
          work.elementwise(
              "adam",
              pass,
              WorkList.address(pass.rate()),
              bits(pass.rateFactor()),
              bits(pass.decay()),
              bits(pass.coefficients().beta1()),
              bits(pass.coefficients().beta2()),
              bits(pass.coefficients().epsilon()),
              WorkList.address(pass.counter()));
    }
  }
}
