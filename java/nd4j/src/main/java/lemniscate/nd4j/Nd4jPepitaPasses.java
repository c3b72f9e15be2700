package lemniscate.nd4j;

import lemniscate.backend.PepitaOperation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Passes of forward-only learning, in float64 throughout. */
final class Nd4jPepitaPasses {

  private final Nd4jSteps recording;

  Nd4jPepitaPasses(Nd4jSteps recording) {
    this.recording = recording;
  }

  void lower(PepitaOperation operation) {
    switch (operation) {
      case PepitaOperation.Normalize(var perRow, var norm, var x, var y) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(y);
        recording.add(
            () -> {
              INDArray wide = from.castTo(DataType.DOUBLE);
              to.assign(wide.mul(norm).divi(oneForZero(length(perRow, wide))));
            });
      }
      case PepitaOperation.NormalizedDifference(var perRow, var norm, var x, var difference) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(difference);
        recording.add(
            () -> {
              INDArray before = from.castTo(DataType.DOUBLE);
              INDArray d = to.castTo(DataType.DOUBLE);
              INDArray after = before.add(d);
              INDArray r = length(perRow, before);
              INDArray moved = length(perRow, after);
              INDArray change = sum(perRow, before.add(after).muli(d));
              change.divi(oneForZero(r.add(moved)));
              INDArray direction = before.div(oneForZero(r));
              // What moves to zero leaves its direction; c = -r, d = -x make the fraction itself
              // 0/0.
              INDArray gone = moved.eq(0).castTo(DataType.DOUBLE);
              INDArray fraction = d.sub(direction.mul(change)).divi(oneForZero(moved));
              to.assign(fraction.subi(direction.mul(gone)).muli(norm));
            });
      }
      case PepitaOperation.Sign(var x, var y) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(y);
        recording.add(() -> to.assign(Transforms.sign(from, true)));
      }
      case PepitaOperation.Centre(var x) -> {
        INDArray to = recording.array(x);
        recording.add(() -> to.assign(centred(to)));
      }
      case PepitaOperation.Rescale(var deviation, var exponent, var reference, var x) -> {
        INDArray from = recording.array(reference);
        INDArray to = recording.array(x);
        recording.add(
            () -> {
              double s = Math.sqrt(Nd4jOperations.sumOfSquares(centred(from)) / from.length());
              if (s > 0) {
                to.muli(Math.pow(deviation / s, exponent));
              }
            });
      }
    }
  }

  private static INDArray centred(INDArray x) {
    INDArray wide = x.castTo(DataType.DOUBLE);
    return wide.sub(wide.sumNumber().doubleValue() / wide.length());
  }

  // ‖x‖ of each row, or of the whole, as something that x can be divided by.
  private static INDArray length(boolean perRow, INDArray x) {
    return Transforms.sqrt(sum(perRow, x.mul(x)), false);
  }

  private static INDArray sum(boolean perRow, INDArray x) {
    return perRow ? x.sum(true, 1) : x.sum(true, 0, 1);
  }

  // Lengths to divide by: zero divides zeros only.
  private static INDArray oneForZero(INDArray lengths) {
    return lengths.add(lengths.eq(0).castTo(DataType.DOUBLE));
  }
}
