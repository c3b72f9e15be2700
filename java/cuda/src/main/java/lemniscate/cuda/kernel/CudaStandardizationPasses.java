package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;

import lemniscate.backend.StandardizationOperation;
import lemniscate.tensor.Tensor;

/** Passes that bring rows to mean square 1. */
final class CudaStandardizationPasses {

  /** Elements from which on a row has a block: four for each of its threads. */
  static final int LONG_ROW = 4 * Geometry.THREADS;

  private final WorkList work;

  CudaStandardizationPasses(WorkList work) {
    this.work = work;
  }

  void lower(StandardizationOperation operation) {
    switch (operation) {
      case StandardizationOperation.Standardize(
              var centred,
              var epsilon,
              var x,
              var normal,
              var deviation) -> {
        work.launch(
            WorkList.entry("standardize", x.dtype()),
            rows(x),
            hasBlocks(x),
            centred ? 1 : 0,
            bits(epsilon),
            WorkList.address(x),
            WorkList.address(normal),
            WorkList.address(deviation),
            x.rows(),
            x.columns());
      }
      case StandardizationOperation.StandardizedDifference(
              var centred,
              var normal,
              var deviation,
              var z,
              var difference,
              var movedDeviation) -> {
        work.launch(
            WorkList.entry("standardized_difference", normal.dtype()),
            rows(normal),
            hasBlocks(normal),
            centred ? 1 : 0,
            WorkList.address(normal),
            WorkList.address(deviation),
            WorkList.address(z),
            WorkList.address(difference),
            WorkList.address(movedDeviation),
            normal.rows(),
            normal.columns());
      }
      case StandardizationOperation.StandardizeBack(
              var centred,
              var normal,
              var deviation,
              var d,
              var back) -> {
        work.launch(
            WorkList.entry("standardize_back", normal.dtype()),
            rows(normal),
            hasBlocks(normal),
            centred ? 1 : 0,
            WorkList.address(normal),
            WorkList.address(deviation),
            WorkList.address(d),
            WorkList.address(back),
            normal.rows(),
            normal.columns());
      }
    }
  }

  private Geometry rows(Tensor x) {
    return hasBlocks(x) == 1
        ? Geometry.blockEach(x.rows(), work.multiprocessors())
        : Geometry.rows(x.rows(), work.multiprocessors());
  }

  // By the width alone, which the order of a row's sum then follows from.
  private static long hasBlocks(Tensor x) {
    return x.columns() >= LONG_ROW ? 1 : 0;
  }
}
