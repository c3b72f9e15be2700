package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;
import static lemniscate.cuda.kernel.Operand.read;
import static lemniscate.cuda.kernel.Operand.write;

import java.util.List;
import lemniscate.backend.PepitaPasses;
import lemniscate.tensor.Tensor;

/** Passes of forward-only learning. */
final class CudaPepitaPasses implements PepitaPasses {

  private final WorkList work;

  CudaPepitaPasses(WorkList work) {
    this.work = work;
  }

  @Override
  public void normalize(boolean perRow, double norm, Tensor x, Tensor y) {
    rows("normalize", perRow, norm, x, y);
  }

  @Override
  public void normalizedDifference(boolean perRow, double norm, Tensor x, Tensor difference) {
    rows("normalized_difference", perRow, norm, x, difference);
  }

  // A matrix with one norm is one row.
  private void rows(String kernel, boolean perRow, double norm, Tensor x, Tensor y) {
    long rows = perRow ? x.rows() : 1;
    work.launch(
        WorkList.entry(kernel, x.dtype()),
        Geometry.blockEach(rows, work.multiprocessors()),
        bits(norm),
        work.address(x),
        work.address(y),
        rows,
        x.elements() / rows);
  }

  @Override
  public void sign(Tensor x, Tensor y) {
    work.elementwise("sign", List.of(), read(x), write(y));
  }

  @Override
  public void centre(Tensor x) {
    work.launch(
        WorkList.entry("centre", x.dtype()),
        Geometry.blockEach(1, work.multiprocessors()),
        work.address(x),
        x.elements());
  }

  @Override
  public void rescale(double deviation, double exponent, Tensor reference, Tensor x) {
    work.launch(
        WorkList.entry("rescale", x.dtype()),
        Geometry.blockEach(1, work.multiprocessors()),
        bits(deviation),
        bits(exponent),
        work.address(reference),
        reference.elements(),
        work.address(x),
        x.elements());
  }
}
