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
        if (perRow) {
          rows("normalize", norm, x, y);
        } else {
          normalizeAll(norm, x, y);
        }
      }
      case PepitaOperation.NormalizedDifference(var perRow, var norm, var x, var difference) -> {
        if (perRow) {
          rows("normalized_difference", norm, x, difference);
        } else {
          normalizedDifferenceOfAll(norm, x, difference);
        }
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
    return firstStage("centre_sum", x);
  }

  // Makes the partial sums of a tensor.
  private Geometry firstStage(String kernel, Tensor x) {
    Geometry stage = sums.geometry(x.elements());
    work.launch(
        WorkList.entry(kernel, x.dtype()),
        stage,
        WorkList.address(x),
        sums.address(),
        x.elements());
    return stage;
  }

  private void normalizeAll(double norm, Tensor x, Tensor y) {
    Geometry stage = firstStage("sum_of_squares", x);
    work.launch(
        WorkList.entry("normalize_all", x.dtype()),
        Geometry.packs(x.elements(), x.dtype(), work.multiprocessors()),
        bits(norm),
        sums.address(),
        stage.blocks(),
        WorkList.address(x),
        WorkList.address(y),
        x.elements());
  }

  private void normalizedDifferenceOfAll(double norm, Tensor x, Tensor difference) {
    Geometry stage = sums.geometry(x.elements());
    work.launch(
        WorkList.entry("normalized_difference_sums", x.dtype()),
        stage,
        WorkList.address(x),
        WorkList.address(difference),
        sums.address(),
        PartialSums.apart(),
        x.elements());
    work.launch(
        WorkList.entry("normalized_difference_all", x.dtype()),
        Geometry.packs(x.elements(), x.dtype(), work.multiprocessors()),
        bits(norm),
        sums.address(),
        PartialSums.apart(),
        stage.blocks(),
        WorkList.address(x),
        WorkList.address(difference),
        x.elements());
  }

  private void rows(String kernel, double norm, Tensor x, Tensor y) {
    work.launch(
        WorkList.entry(kernel, x.dtype()),
        Geometry.blockEach(x.rows(), work.multiprocessors()),
        bits(norm),
        WorkList.address(x),
        WorkList.address(y),
        x.rows(),
        x.columns());
  }
}
