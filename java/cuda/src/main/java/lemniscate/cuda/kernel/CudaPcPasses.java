package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;
import static lemniscate.cuda.kernel.CudaOperations.number;

import lemniscate.backend.PcOperation;
import lemniscate.backend.PcOperation.PredictionError;
import lemniscate.backend.PcOperation.RelaxError;
import lemniscate.backend.PcOperation.RelaxState;
import lemniscate.backend.PcOperation.StateGradient;

/** Passes of predictive coding: one launch for all layers of a slab. */
final class CudaPcPasses {

  private final WorkList work;

  CudaPcPasses(WorkList work) {
    this.work = work;
  }

  void lower(PcOperation operation) {
    switch (operation) {
      case PredictionError pass ->
          work.elementwise("pc_prediction_error", pass, number(pass.activation()));
      case StateGradient pass ->
          work.elementwise("pc_state_gradient", pass, bits(pass.precision()));
      case RelaxState pass ->
          work.elementwise(
              "pc_relax_state", pass, bits(pass.precision()), WorkList.address(pass.rate()));
      case RelaxError pass ->
          work.elementwise(
              "pc_relax_error", pass, bits(pass.precision()), WorkList.address(pass.rate()));
    }
  }
}
