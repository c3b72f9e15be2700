package lemniscate.nd4j;

import lemniscate.backend.LossOperation;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Output errors in the element type, losses in float64. */
final class Nd4jLossPasses {

  private final Nd4jSteps recording;

  Nd4jLossPasses(Nd4jSteps recording) {
    this.recording = recording;
  }

  void lower(LossOperation operation) {
    switch (operation) {
      case LossOperation.OutputError(
              var loss,
              var output,
              var shift,
              var target,
              var error,
              var total) -> {
        INDArray f = recording.array(output);
        INDArray moved = shift == null ? null : recording.array(shift);
        INDArray y = recording.array(target);
        INDArray e = recording.array(error);
        INDArray sum = total == null ? null : recording.array(total);
        recording.add(
            () -> {
              double value =
                  switch (loss) {
                    case MSE -> squared(f, moved, y, e);
                    case CROSS_ENTROPY -> crossEntropy(f, moved, y, e);
                  };
              if (sum != null) {
                sum.assign(value);
              }
            });
      }
    }
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
