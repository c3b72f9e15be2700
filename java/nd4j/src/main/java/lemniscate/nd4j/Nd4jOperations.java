package lemniscate.nd4j;

import lemniscate.backend.Gemm;
import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.ImageOperation;
import lemniscate.backend.LayerOperation;
import lemniscate.backend.LossOperation;
import lemniscate.backend.Operation;
import lemniscate.backend.PcOperation;
import lemniscate.backend.PepitaOperation;
import lemniscate.backend.PrimitiveOperation;
import lemniscate.backend.StandardizationOperation;
import lemniscate.backend.TargetOperation;
import lemniscate.backend.UpdateOperation;
import lemniscate.random.NormalStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Makes calls of ND4J of operations, whose operands are checked. Those of layers and PC, and
 * convolutions, are expanded.
 */
final class Nd4jOperations {

  private final Nd4jSteps recording;
  private final Nd4jLossPasses loss;
  private final Nd4jTargetPasses target;
  private final Nd4jPepitaPasses pepita;
  private final Nd4jGoodnessPasses goodness;
  private final Nd4jImagePasses image;
  private final Nd4jStandardizationPasses standardization;
  private final Nd4jUpdatePasses update;

  Nd4jOperations(Nd4jSteps recording) {
    this.recording = recording;
    this.loss = new Nd4jLossPasses(recording);
    this.target = new Nd4jTargetPasses(this, recording);
    this.pepita = new Nd4jPepitaPasses(recording);
    this.goodness = new Nd4jGoodnessPasses(recording);
    this.image = new Nd4jImagePasses(this, recording);
    this.standardization = new Nd4jStandardizationPasses(recording);
    this.update = new Nd4jUpdatePasses(recording);
  }

  void lower(Operation operation) {
    switch (operation) {
      case Gemm product -> multiply(product);
      case PrimitiveOperation primitive -> lower(primitive);
      case LayerOperation pass -> pass.expansion().forEach(this::lower);
      case LossOperation pass -> loss.lower(pass);
      case PcOperation pass -> pass.expansion().forEach(this::lower);
      case TargetOperation pass -> target.lower(pass);
      case PepitaOperation pass -> pepita.lower(pass);
      case GoodnessOperation pass -> goodness.lower(pass);
      case ImageOperation pass -> image.lower(pass);
      case StandardizationOperation pass -> standardization.lower(pass);
      case UpdateOperation pass -> update.lower(pass);
    }
  }

  // Cᵀ = op(B)ᵀ op(A)ᵀ, since BLAS has its matrices column by column.
  private void multiply(Gemm product) {
    INDArray a = recording.transposed(product.a());
    INDArray b = recording.transposed(product.b());
    INDArray c = recording.transposed(product.c());
    recording.add(
        () ->
            Nd4j.gemm(
                b,
                a,
                c,
                product.transposeB(),
                product.transposeA(),
                product.alpha(),
                product.beta()));
  }

  private void lower(PrimitiveOperation operation) {
    switch (operation) {
      case PrimitiveOperation.Fill(var x, var value) -> {
        INDArray to = recording.array(x);
        recording.add(() -> to.assign(value));
      }
      case PrimitiveOperation.Copy(var source, var target) -> {
        INDArray from = recording.array(source);
        INDArray to = recording.array(target);
        recording.add(() -> to.assign(from));
      }
      case PrimitiveOperation.Scale(var factor, var x) -> {
        INDArray to = recording.array(x);
        recording.add(() -> to.muli(factor));
      }
      case PrimitiveOperation.Axpy(var factor, var scalar, var x, var y) -> {
        INDArray number = scalar == null ? null : recording.array(scalar);
        INDArray from = recording.array(x);
        INDArray to = recording.array(y);
        recording.add(
            () -> to.addi(from.mul(number == null ? factor : factor * number.getDouble(0))));
      }
      case PrimitiveOperation.Multiply(var x, var y) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(y);
        recording.add(() -> to.muli(from));
      }
      case PrimitiveOperation.AddRow(var row, var y) -> {
        INDArray from = recording.array(row);
        INDArray to = recording.array(y);
        recording.add(() -> to.addi(from));
      }
      case PrimitiveOperation.MultiplyRow(var row, var x, var y) -> {
        INDArray factors = recording.array(row);
        INDArray from = recording.array(x);
        INDArray to = recording.array(y);
        recording.add(() -> to.assign(from.mul(factors)));
      }
      case PrimitiveOperation.ColumnSum(var factor, var x, var out) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(out);
        recording.add(() -> to.assign(from.sum(true, 0).muli(factor)));
      }
      case PrimitiveOperation.SumOfSquares(var factor, var x, var accumulate, var total) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(total);
        recording.add(
            () -> to.assign((accumulate ? to.getDouble(0) : 0) + factor * sumOfSquares(from)));
      }
      case PrimitiveOperation.ApplyActivation(var activation, var u, var h) -> {
        INDArray from = recording.array(u);
        INDArray to = recording.array(h);
        recording.add(() -> to.assign(Nonlinearity.of(activation).value(from)));
      }
      case PrimitiveOperation.ActivationDerivative(
              var activation,
              var u,
              var h,
              var derivative) -> {
        INDArray from = recording.array(u);
        INDArray to = recording.array(derivative);
        recording.add(() -> to.assign(Nonlinearity.of(activation).derivative(from)));
      }
      case PrimitiveOperation.ActivationDifference(
              var activation,
              var u,
              var h,
              var z,
              var difference,
              var derivative) -> {
        INDArray at = recording.array(u);
        INDArray shift = recording.array(z);
        INDArray change = recording.array(difference);
        INDArray slope = recording.array(derivative);
        Nonlinearity function = Nonlinearity.of(activation);
        recording.add(
            () -> {
              change.assign(function.difference(at, shift));
              slope.assign(function.derivative(at.add(shift)));
            });
      }
      case PrimitiveOperation.Softmax(var x, var out) -> {
        INDArray from = recording.array(x);
        INDArray to = recording.array(out);
        recording.add(() -> to.assign(softmax(from)));
      }
      case PrimitiveOperation.RandomNormal(
              var seed,
              var stream,
              var counter,
              var standardDeviation,
              var x) -> {
        INDArray number = counter == null ? null : recording.array(counter);
        INDArray to = recording.array(x);
        recording.add(
            () -> {
              long current = stream + (number == null ? 0 : Math.round(number.getDouble(0)));
              draw(new NormalStream(seed, current), standardDeviation, to);
            });
      }
    }
  }

  /** Σ x², in float64. */
  static double sumOfSquares(INDArray x) {
    INDArray wide = x.castTo(DataType.DOUBLE);
    return wide.mul(wide).sumNumber().doubleValue();
  }

  /** Softmax of each row, in a new array. */
  static INDArray softmax(INDArray rows) {
    INDArray probabilities = rows.ulike();
    Nd4j.exec(new SoftMax(rows, probabilities, 1));
    return probabilities;
  }

  // ND4J's own generators draw other numbers, so the host draws ours.
  private static void draw(NormalStream normals, double standardDeviation, INDArray to) {
    double[] drawn = new double[Math.toIntExact(to.length())];
    normals.fill(0, drawn, 0, drawn.length);
    to.assign(Nd4j.createFromArray(drawn).muli(standardDeviation).reshape(to.shape()));
  }
}
