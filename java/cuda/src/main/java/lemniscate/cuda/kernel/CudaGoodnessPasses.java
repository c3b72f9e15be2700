package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;

import lemniscate.backend.GoodnessPasses;
import lemniscate.tensor.Tensor;

/** Passes of Forward-Forward learning. */
final class CudaGoodnessPasses implements GoodnessPasses {

  private final WorkList work;
  private final PartialSums sums;

  CudaGoodnessPasses(WorkList work, PartialSums sums) {
    this.work = work;
    this.sums = sums;
  }

  @Override
  public void embed(Tensor labels, Tensor x) {
    work.launch(
        WorkList.entry("goodness_embed", x.dtype()),
        Geometry.elements(labels.elements(), work.multiprocessors()),
        work.address(labels),
        work.address(x),
        labels.elements(),
        labels.columns(),
        x.columns());
  }

  @Override
  public void normalize(double length, Tensor x, Tensor normalized) {
    work.launch(
        WorkList.entry("goodness_length", x.dtype()),
        Geometry.blockEach(x.rows(), work.multiprocessors()),
        bits(length),
        bits(LENGTH_EPSILON),
        work.address(x),
        work.address(normalized),
        x.rows(),
        x.columns());
  }

  @Override
  public void measure(double factor, Tensor h, boolean accumulate, Tensor goodness) {
    work.launch(
        WorkList.entry("goodness_measure", h.dtype()),
        Geometry.blockEach(h.rows(), work.multiprocessors()),
        bits(factor),
        work.address(h),
        accumulate ? 1 : 0,
        work.address(goodness),
        h.rows(),
        h.columns());
  }

  @Override
  public void contrast(
      double factor, double threshold, Tensor h, Tensor displacement, Tensor total) {
    Geometry geometry = sums.blockEach(h.rows());
    work.launch(
        WorkList.entry("goodness_contrast", h.dtype()),
        geometry,
        bits(factor),
        bits(threshold),
        work.address(h),
        work.address(displacement),
        sums.address(),
        h.rows(),
        h.columns());
    sums.total(geometry, 1, false, total);
  }
}
