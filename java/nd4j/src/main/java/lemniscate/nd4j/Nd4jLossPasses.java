package lemniscate.nd4j;

import lemniscate.backend.Loss;
import lemniscate.backend.LossPasses;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Output errors in the element type, losses in float64. */
final class Nd4jLossPasses implements LossPasses {

  private final Recording recording;

  Nd4jLossPasses(Recording recording) {
    this.recording = recording;
  }

  @Override
  public void outputError(
      Loss loss, Tensor output, Tensor shift, Tensor target, Tensor error, @Nullable Tensor total) {
    enqueue(loss, output, recording.array(shift), target, error, total);
  }

  @Override
  public void outputError(
      Loss loss, Tensor output, Tensor target, Tensor error, @Nullable Tensor total) {
    enqueue(loss, output, null, target, error, total);
  }

  private void enqueue(
      Loss loss,
      Tensor output,
      @Nullable INDArray shift,
      Tensor target,
      Tensor error,
      @Nullable Tensor total) {
    INDArray f = recording.array(output);
    INDArray y = recording.array(target);
    INDArray e = recording.array(error);
    INDArray sum = total == null ? null : recording.array(total);
    recording.add(
        () -> {
          double value =
              switch (loss) {
                case MSE -> squared(f, shift, y, e);
                case CROSS_ENTROPY -> crossEntropy(f, shift, y, e);
              };
          if (sum != null) {
            sum.assign(value);
          }
        });
  }

  private static double squared(INDArray f, @Nullable INDArray shift, INDArray y, INDArray error) {
    error.assign(y.sub(f));
    if (shift != null) {
      error.subi(shift);
    }
    return Nd4jOperations.sumOfSquares(error) / 2;
  }

  // −Σ y log p with log p = x − max − log Σ exp(x − max).
  private static double crossEntropy(
      INDArray f, @Nullable INDArray shift, INDArray y, INDArray error) {
    INDArray logits = f.castTo(DataType.DOUBLE);
    if (shift != null) {
      logits = logits.add(shift.castTo(DataType.DOUBLE));
    }
    error.assign(y.castTo(DataType.DOUBLE).sub(Nd4jOperations.softmax(logits)));
    INDArray centred = logits.sub(logits.max(true, 1));
    INDArray logSums = Transforms.log(Transforms.exp(centred, true).sum(true, 1), false);
    return -centred.sub(logSums).muli(y.castTo(DataType.DOUBLE)).sumNumber().doubleValue();
  }
}
