package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;

import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.GoodnessPasses;

/** Passes of Forward-Forward learning. */
final class CudaGoodnessPasses {

  private final WorkList work;
  private final PartialSums sums;

  CudaGoodnessPasses(WorkList work, PartialSums sums) {
    this.work = work;
    this.sums = sums;
  }

  void lower(GoodnessOperation operation) {
    switch (operation) {
      case GoodnessOperation.Embed(var labels, var x) -> {
        work.launch(
            WorkList.entry("goodness_embed", x.dtype()),
            Geometry.elements(labels.elements(), work.multiprocessors()),
            WorkList.address(labels),
            WorkList.address(x),
            labels.elements(),
            labels.columns(),
            x.columns());
      }
      case GoodnessOperation.Normalize(var length, var x, var normalized) -> {
        work.launch(
            WorkList.entry("goodness_length", x.dtype()),
            Geometry.blockEach(x.rows(), work.multiprocessors()),
            bits(length),
            bits(GoodnessPasses.LENGTH_EPSILON),
            WorkList.address(x),
            WorkList.address(normalized),
            x.rows(),
            x.columns());
      }
      case GoodnessOperation.Measure(var factor, var h, var accumulate, var goodness) -> {
        work.launch(
            WorkList.entry("goodness_measure", h.dtype()),
            Geometry.blockEach(h.rows(), work.multiprocessors()),
            bits(factor),
            WorkList.address(h),
            accumulate ? 1 : 0,
            WorkList.address(goodness),
            h.rows(),
            h.columns());
      }
      case GoodnessOperation.Contrast(
              var factor,
              var threshold,
              var h,
              var displacement,
              var total) -> {
        Geometry geometry = sums.blockEach(h.rows());
        work.launch(
            WorkList.entry("goodness_contrast", h.dtype()),
            geometry,
            bits(factor),
            bits(threshold),
            WorkList.address(h),
            WorkList.address(displacement),
            sums.address(),
            h.rows(),
            h.columns());
        sums.total(geometry, 1, false, total);
      }
    }
  }
}
