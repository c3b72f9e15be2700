package lemniscate.backend.reference;

import lemniscate.backend.Activation;
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
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The primitives, and who runs the passes. */
final class ReferenceOperations {

  private ReferenceOperations() {}

  /** Runs an operation whose operands have been checked. */
  static void run(Operation operation) {
    switch (operation) {
      case Gemm product -> gemm(product);
      case PrimitiveOperation primitive -> run(primitive);
      case LayerOperation pass -> ReferenceLayerPasses.run(pass);
      case LossOperation pass -> ReferenceLossPasses.run(pass);
      case PcOperation pass -> ReferencePcPasses.run(pass);
      case TargetOperation pass -> ReferenceTargetPasses.run(pass);
      case PepitaOperation pass -> ReferencePepitaPasses.run(pass);
      case GoodnessOperation pass -> ReferenceGoodnessPasses.run(pass);
      case ImageOperation pass -> ReferenceImagePasses.run(pass);
      case StandardizationOperation pass -> ReferenceStandardizationPasses.run(pass);
      case UpdateOperation pass -> ReferenceUpdatePasses.run(pass);
    }
  }

  private static void run(PrimitiveOperation operation) {
    switch (operation) {
      case PrimitiveOperation.Fill(var x, var value) -> fill(x, value);
      case PrimitiveOperation.Copy(var source, var target) -> copy(source, target);
      case PrimitiveOperation.Scale(var factor, var x) -> scale(factor, x);
      case PrimitiveOperation.Axpy(var factor, var scalar, var x, var y) ->
          axpy(factor, scalar, x, y);
      case PrimitiveOperation.Multiply(var x, var y) -> multiply(x, y);
      case PrimitiveOperation.AddRow(var row, var y) -> addRow(row, y);
      case PrimitiveOperation.MultiplyRow(var row, var x, var y) -> multiplyRow(row, x, y);
      case PrimitiveOperation.ColumnSum(var factor, var x, var out) -> columnSum(factor, x, out);
      case PrimitiveOperation.SumOfSquares(var factor, var x, var accumulate, var total) ->
          sumOfSquares(factor, x, accumulate, total);
      case PrimitiveOperation.ApplyActivation(var activation, var u, var h) ->
          activation(activation, u, h);
      case PrimitiveOperation.ActivationDerivative(var activation, var u, _, var derivative) ->
          activationDerivative(activation, u, derivative);
      case PrimitiveOperation.ActivationDifference(
              var activation,
              var u,
              _,
              var z,
              var difference,
              var derivative) ->
          activationDifference(activation, u, z, difference, derivative);
      case PrimitiveOperation.Softmax(var x, var out) -> softmax(x, out);
      case PrimitiveOperation.RandomNormal(
              var seed,
              var stream,
              var counter,
              var standardDeviation,
              var x) ->
          randomNormal(seed, stream, counter, standardDeviation, x);
    }
  }

  private static void gemm(Gemm product) {
    Matrix a = Matrix.of(product.a());
    Matrix b = Matrix.of(product.b());
    Matrix c = Matrix.of(product.c());
    for (int i = 0; i < product.m(); i++) {
      for (int j = 0; j < product.n(); j++) {
        double sum = 0;
        for (int k = 0; k < product.k(); k++) {
          double left = product.transposeA() ? a.get(k, i) : a.get(i, k);
          double right = product.transposeB() ? b.get(j, k) : b.get(k, j);
          sum += left * right;
        }
        // With beta 0 the former content does not count, not even a NaN.
        double former = product.beta() == 0 ? 0 : product.beta() * c.get(i, j);
        c.set(i, j, product.alpha() * sum + former);
      }
    }
  }

  private static void fill(Tensor x, double value) {
    Matrix to = Matrix.of(x);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, value);
    }
  }

  private static void copy(Tensor source, Tensor target) {
    Matrix from = Matrix.of(source);
    Matrix to = Matrix.of(target);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, from.get(i));
    }
  }

  private static void scale(double factor, Tensor x) {
    Matrix to = Matrix.of(x);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, factor * to.get(i));
    }
  }

  private static void axpy(double factor, @Nullable Tensor scalar, Tensor x, Tensor y) {
    double a = scalar == null ? factor : factor * Matrix.scalar(scalar);
    add(a, Matrix.of(x), Matrix.of(y));
  }

  private static void add(double factor, Matrix x, Matrix y) {
    for (int i = 0; i < y.elements(); i++) {
      y.set(i, y.get(i) + factor * x.get(i));
    }
  }

  private static void multiply(Tensor x, Tensor y) {
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(y);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, from.get(i) * to.get(i));
    }
  }

  private static void addRow(Tensor row, Tensor y) {
    Matrix from = Matrix.of(row);
    Matrix to = Matrix.of(y);
    for (int b = 0; b < to.rows(); b++) {
      for (int j = 0; j < to.columns(); j++) {
        to.set(b, j, to.get(b, j) + from.get(j));
      }
    }
  }

  private static void multiplyRow(Tensor row, Tensor x, Tensor y) {
    Matrix factors = Matrix.of(row);
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(y);
    for (int b = 0; b < to.rows(); b++) {
      for (int j = 0; j < to.columns(); j++) {
        to.set(b, j, factors.get(j) * from.get(b, j));
      }
    }
  }

  private static void columnSum(double factor, Tensor x, Tensor out) {
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(out);
    for (int j = 0; j < from.columns(); j++) {
      double sum = 0;
      for (int b = 0; b < from.rows(); b++) {
        sum += from.get(b, j);
      }
      to.set(j, factor * sum);
    }
  }

  private static void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total) {
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(total);
    double sum = 0;
    for (int i = 0; i < from.elements(); i++) {
      sum += from.get(i) * from.get(i);
    }
    to.set(0, (accumulate ? to.get(0) : 0) + factor * sum);
  }

  private static void activation(Activation activation, Tensor u, Tensor h) {
    Matrix from = Matrix.of(u);
    Matrix to = Matrix.of(h);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, activation.value(from.get(i)));
    }
  }

  private static void activationDerivative(Activation activation, Tensor u, Tensor derivative) {
    Matrix from = Matrix.of(u);
    Matrix to = Matrix.of(derivative);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, activation.derivative(from.get(i)));
    }
  }

  private static void activationDifference(
      Activation activation, Tensor u, Tensor z, Tensor difference, Tensor derivative) {
    Matrix at = Matrix.of(u);
    Matrix shift = Matrix.of(z);
    Matrix change = Matrix.of(difference);
    Matrix slope = Matrix.of(derivative);
    for (int i = 0; i < at.elements(); i++) {
      change.set(i, activation.difference(at.get(i), shift.get(i)));
      slope.set(i, activation.derivative(at.get(i) + shift.get(i)));
    }
  }

  private static void softmax(Tensor x, Tensor out) {
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(out);
    double[] row = new double[from.columns()];
    for (int b = 0; b < from.rows(); b++) {
      for (int j = 0; j < row.length; j++) {
        row[j] = from.get(b, j);
      }
      Softmax softmax = Softmax.of(row);
      for (int j = 0; j < row.length; j++) {
        to.set(b, j, softmax.probability(j));
      }
    }
  }

  private static void randomNormal(
      long seed, long stream, @Nullable Tensor counter, double standardDeviation, Tensor x) {
    long number = stream + (counter == null ? 0 : Math.round(Matrix.scalar(counter)));
    draw(new NormalStream(seed, number), standardDeviation, Matrix.of(x));
  }

  private static void draw(NormalStream normals, double standardDeviation, Matrix to) {
    double[] drawn = new double[to.elements()];
    normals.fill(0, drawn, 0, drawn.length);
    for (int i = 0; i < drawn.length; i++) {
      to.set(i, standardDeviation * drawn[i]);
    }
  }
}
