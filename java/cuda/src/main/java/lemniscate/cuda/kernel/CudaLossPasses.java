package lemniscate.cuda.kernel;

import lemniscate.backend.Loss;
import lemniscate.backend.LossPasses;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Losses and output errors, with the sum over the batch in two stages. */
final class CudaLossPasses implements LossPasses {

  private final WorkList work;
  private final PartialSums sums;

  CudaLossPasses(WorkList work, PartialSums sums) {
    this.work = work;
    this.sums = sums;
  }

  @Override
  public void outputError(
      Loss loss, Tensor output, Tensor shift, Tensor target, Tensor error, @Nullable Tensor total) {
    enqueue(loss, output, shift, target, error, total);
  }

  @Override
  public void outputError(
      Loss loss, Tensor output, Tensor target, Tensor error, @Nullable Tensor total) {
    enqueue(loss, output, null, target, error, total);
  }

  private void enqueue(
      Loss loss,
      Tensor output,
      @Nullable Tensor shift,
      Tensor target,
      Tensor error,
      @Nullable Tensor total) {
    String kernel =
        switch (loss) {
          case MSE -> "squared_error";
          case CROSS_ENTROPY -> "cross_entropy";
        };
    Geometry geometry =
        switch (loss) {
          case MSE -> sums.geometry(output.elements());
          case CROSS_ENTROPY -> sums.rows(output.rows());
        };
    work.launch(
        WorkList.entry(kernel, output.dtype()),
        geometry,
        work.address(output),
        work.address(shift),
        work.address(target),
        work.address(error),
        sums.address(total),
        output.rows(),
        output.columns());
    if (total != null) {
      sums.total(geometry, 1, false, total);
    }
  }
}
