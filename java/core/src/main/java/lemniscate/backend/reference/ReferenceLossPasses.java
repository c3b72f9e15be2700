package lemniscate.backend.reference;

import lemniscate.backend.Loss;
import lemniscate.backend.LossOperation;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Losses and output errors, summed in double. */
final class ReferenceLossPasses {

  private ReferenceLossPasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(LossOperation operation) {
    switch (operation) {
      case LossOperation.OutputError(
              var loss,
              var output,
              var shift,
              var target,
              var error,
              var total) ->
          outputError(loss, output, shift, target, error, total);
    }
  }

  private static void outputError(
      Loss loss,
      Tensor output,
      @Nullable Tensor shift,
      Tensor target,
      Tensor error,
      @Nullable Tensor total) {

    Matrix f = Matrix.of(output);
    Matrix moved = shift == null ? null : Matrix.of(shift);
    Matrix y = Matrix.of(target);
    Matrix e = Matrix.of(error);
    double sum =
        switch (loss) {
          case MSE -> squared(f, moved, y, e);
          case CROSS_ENTROPY -> crossEntropy(f, moved, y, e);
        };
    if (total != null) {
      Matrix.of(total).set(0, sum);
    }
  }

  private static double squared(Matrix f, @Nullable Matrix shift, Matrix y, Matrix error) {
    double sum = 0;
    for (int i = 0; i < f.elements(); i++) {
      double e = (y.get(i) - f.get(i)) - (shift == null ? 0 : shift.get(i));
      error.set(i, e);
      sum += e * e / 2;
    }
    return sum;
  }

  private static double crossEntropy(Matrix f, @Nullable Matrix shift, Matrix y, Matrix error) {
    double sum = 0;
    double[] logits = new double[f.columns()];
    for (int b = 0; b < f.rows(); b++) {
      for (int j = 0; j < logits.length; j++) {
        logits[j] = f.get(b, j) + (shift == null ? 0 : shift.get(b, j));
      }
      Softmax softmax = Softmax.of(logits);
      for (int j = 0; j < logits.length; j++) {
        error.set(b, j, y.get(b, j) - softmax.probability(j));
        sum -= y.get(b, j) * softmax.logProbability(j);
      }
    }
    return sum;
  }
}
