package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;

import lemniscate.backend.PepitaOperation;
import lemniscate.tensor.Tensor;

/** Passes of forward-only learning. */
final class CudaPepitaPasses {

  private final WorkList work;
  private final PartialSums sums;

  CudaPepitaPasses(WorkList work, PartialSums sums) {
    this.work = work;
    this.sums = sums;
  }

  void lower(PepitaOperation operation) {
    switch (operation) {
      case PepitaOperation.Normalize(var perRow, var norm, var x, var y) -> {
        rows("normalize", perRow, norm, x, y);
      }
      case PepitaOperation.NormalizedDifference(var perRow, var norm, var x, var difference) -> {
        rows("normalized_difference", perRow, norm, x, difference);
      }
      case PepitaOperation.Sign(var x, var y) -> {
        work.elementwise("sign", operation);
      }
      case PepitaOperation.Centre(var x) -> {
        Geometry stage = sum(x);
        work.launch(
            WorkList.entry("centre", x.dtype()),
            Geometry.packs(x.elements(), x.dtype(), work.multiprocessors()),
            sums.address(),
            stage.blocks(),
            WorkList.address(x),
            x.elements());
      }
      case PepitaOperation.Rescale(var deviation, var exponent, var reference, var x) -> {
        Geometry stage = sum(reference);
        work.launch(
            WorkList.entry("rescale_squares", x.dtype()),
            stage,
            WorkList.address(reference),
            sums.address(),
            sums.second(),
            stage.blocks(),
            reference.elements());
        work.launch(
            WorkList.entry("rescale", x.dtype()),
            Geometry.packs(x.elements(), x.dtype(), work.multiprocessors()),
            bits(deviation),
            bits(exponent),
            sums.second(),
            stage.blocks(),
            reference.elements(),
            WorkList.address(x),
            x.elements());
      }
    }
  }

  private Geometry sum(Tensor x) {
    Geometry stage = sums.geometry(x.elements());
    work.launch(
        WorkList.entry("centre_sum", x.dtype()),
        stage,
        WorkList.address(x),
        sums.address(),
        x.elements());
    return stage;
  }

  // A matrix with one norm is one row.
  private void rows(String kernel, boolean perRow, double norm, Tensor x, Tensor y) {
    long rows = perRow ? x.rows() : 1;
    work.launch(
        WorkList.entry(kernel, x.dtype()),
        Geometry.blockEach(rows, work.multiprocessors()),
        bits(norm),
        WorkList.address(x),
        WorkList.address(y),
        rows,
        x.elements() / rows);
  }
}
