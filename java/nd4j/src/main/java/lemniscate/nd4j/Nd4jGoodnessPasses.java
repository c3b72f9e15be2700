package lemniscate.nd4j;

import java.util.Arrays;
import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.GoodnessPasses;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log1p;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Passes of Forward-Forward learning, in float64 throughout. */
final class Nd4jGoodnessPasses {

  private final Nd4jSteps recording;

  Nd4jGoodnessPasses(Nd4jSteps recording) {
    this.recording = recording;
  }

  void lower(GoodnessOperation operation) {
    switch (operation) {
      case GoodnessOperation.Embed(var labels, var x) -> {
        INDArray from = recording.array(labels);
        INDArray to = recording.columns(x, labels.columns());
        recording.add(() -> to.assign(from));
      }
      case GoodnessOperation.Normalize(var length, var x, var normalized) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(normalized);
        recording.add(
            () -> {
              INDArray wide = from.castTo(DataType.DOUBLE);
              INDArray norms = Transforms.sqrt(squares(wide), false);
              to.assign(wide.mul(length).divi(norms.addi(GoodnessPasses.LENGTH_EPSILON * length)));
            });
      }
      case GoodnessOperation.Measure(var factor, var h, var accumulate, var goodness) -> {
        INDArray from = recording.array(h);
        INDArray to = recording.array(goodness);
        recording.add(
            () -> {
              INDArray measured = squares(from.castTo(DataType.DOUBLE)).muli(factor);
              to.assign(accumulate ? measured.addi(to.castTo(DataType.DOUBLE)) : measured);
            });
      }
      case GoodnessOperation.Contrast(
              var factor,
              var threshold,
              var h,
              var displacement,
              var total) -> {
        INDArray from = recording.array(h);
        INDArray to = recording.array(displacement);
        INDArray sum = recording.array(total);
        INDArray signs = signs(h.rows());
        recording.add(
            () -> {
              INDArray wide = from.castTo(DataType.DOUBLE);
              // What speaks against the row's kind.
              INDArray against = squares(wide).muli(factor).rsubi(threshold).muli(signs);
              // σ(against) from the exponential that cannot overflow.
              INDArray small = Transforms.exp(Transforms.abs(against, true).negi(), false);
              INDArray positive = against.gt(0).castTo(DataType.DOUBLE);
              INDArray numerator = positive.add(positive.rsub(1).muli(small));
              INDArray wrong = numerator.divi(small.add(1));
              to.assign(wide.mul(wrong.muli(signs).muli(2)));
              INDArray loss = Nd4j.exec(new Log1p(small, small.ulike()));
              sum.assign(Transforms.max(against, 0).addi(loss).sumNumber().doubleValue());
            });
      }
    }
  }

  // 1 for a positive row, -1 for a negative one, as a column.
  private static INDArray signs(int rows) {
    double[] signs = new double[rows];
    Arrays.fill(signs, -1);
    Arrays.fill(signs, 0, rows / 2, 1);
    return Nd4j.createFromArray(signs).reshape(rows, 1);
  }

  // Σ_j x[b, j]² as a column.
  private static INDArray squares(INDArray x) {
    return x.mul(x).sum(true, 1);
  }
}
