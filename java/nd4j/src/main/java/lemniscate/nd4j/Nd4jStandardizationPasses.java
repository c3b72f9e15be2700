package lemniscate.nd4j;

import lemniscate.backend.StandardizationOperation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Passes that bring rows to mean square 1, in float64 throughout. */
final class Nd4jStandardizationPasses {

  private final Nd4jSteps recording;

  Nd4jStandardizationPasses(Nd4jSteps recording) {
    this.recording = recording;
  }

  void lower(StandardizationOperation operation) {
    switch (operation) {
      case StandardizationOperation.Standardize(
              var centred,
              var epsilon,
              var x,
              var normal,
              var deviation) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(normal);
        INDArray scale = recording.array(deviation);
        recording.add(
            () -> {
              INDArray row = centred(centred, from.castTo(DataType.DOUBLE));
              INDArray sd = Transforms.sqrt(mean(row.mul(row)).addi(epsilon), false);
              scale.assign(sd);
              // A row without deviation is 0.
              to.assign(row.div(oneForZero(sd)));
            });
      }
      case StandardizationOperation.StandardizedDifference(
              var centred,
              var normal,
              var deviation,
              var z,
              var difference,
              var movedDeviation) -> {
        INDArray from = recording.array(normal);
        INDArray scale = recording.array(deviation);
        INDArray shift = recording.array(z);
        INDArray to = recording.array(difference);
        INDArray moved = recording.array(movedDeviation);
        recording.add(
            () -> {
              INDArray at = from.castTo(DataType.DOUBLE);
              INDArray before = scale.castTo(DataType.DOUBLE);
              INDArray zeta = centred(centred, shift.castTo(DataType.DOUBLE));
              INDArray change = mean(at.mul(before).muli(2).addi(zeta).muli(zeta));
              INDArray variance = Transforms.max(before.mul(before).addi(change), 0);
              INDArray after = Transforms.sqrt(variance, true);
              moved.assign(after);
              INDArray along = at.mul(change.div(oneForZero(before.add(after))));
              INDArray lasting = after.gt(0).castTo(DataType.DOUBLE);
              INDArray fraction = zeta.sub(along).divi(oneForZero(after)).muli(lasting);
              // What moves to zero leaves its direction.
              to.assign(fraction.subi(at.mul(lasting.rsub(1))));
            });
      }
      case StandardizationOperation.StandardizeBack(
              var centred,
              var normal,
              var deviation,
              var d,
              var back) -> {
        INDArray from = recording.array(normal);
        INDArray scale = recording.array(deviation);
        INDArray error = recording.array(d);
        INDArray to = recording.array(back);
        recording.add(
            () -> {
              INDArray at = from.castTo(DataType.DOUBLE);
              INDArray sd = scale.castTo(DataType.DOUBLE);
              INDArray wide = error.castTo(DataType.DOUBLE);
              INDArray across = centred(centred, wide).sub(at.mul(mean(wide.mul(at))));
              INDArray lasting = sd.gt(0).castTo(DataType.DOUBLE);
              to.assign(across.divi(oneForZero(sd)).muli(lasting));
            });
      }
    }
  }

  // Rows with their mean taken away, or as they are.
  private static INDArray centred(boolean centred, INDArray x) {
    return centred ? x.sub(mean(x)) : x;
  }

  // Of each row, as a column.
  private static INDArray mean(INDArray x) {
    return x.sum(true, 1).divi(x.columns());
  }

  private static INDArray oneForZero(INDArray x) {
    return x.add(x.eq(0).castTo(DataType.DOUBLE));
  }
}
