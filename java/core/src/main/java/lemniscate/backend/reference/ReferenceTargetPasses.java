package lemniscate.backend.reference;

import lemniscate.backend.Cholesky;
import lemniscate.backend.TargetOperation;
import lemniscate.tensor.Tensor;

/** Passes of rules with targets: Cholesky and substitution, in double. */
final class ReferenceTargetPasses {

  private ReferenceTargetPasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(TargetOperation operation) {
    switch (operation) {
      case TargetOperation.AddDiagonal(var value, var matrix) -> addDiagonal(value, matrix);
      case TargetOperation.Factor(var damping, var matrix, var condition) ->
          factor(damping, matrix, condition);
      case TargetOperation.Solve(var factor, var rows) -> solve(factor, rows);
      case TargetOperation.GateRows(var rows, var gate, var gated) -> gateRows(rows, gate, gated);
      case TargetOperation.GaussNewtonTarget(
              var damping,
              var jacobian,
              var error,
              _,
              _,
              var condition,
              var displacement) ->
          gaussNewtonTarget(damping, jacobian, error, condition, displacement);
      case TargetOperation.RidgeKernel o -> o.expansion().forEach(ReferenceOperations::run);
      case TargetOperation.RidgeCoefficients o -> o.expansion().forEach(ReferenceOperations::run);
    }
  }

  private static void addDiagonal(double value, Tensor matrix) {
    Matrix a = Matrix.of(matrix);
    for (int i = 0; i < a.rows(); i++) {
      a.set(i, i, a.get(i, i) + value);
    }
  }

  private static void factor(double damping, Tensor matrix, Tensor condition) {
    Matrix a = Matrix.of(matrix);
    double[][] lower = square(a);
    raise(condition, Cholesky.of(lower, damping));
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j <= i; j++) {
        a.set(i, j, lower[i][j]);
      }
    }
  }

  private static double[][] square(Matrix a) {
    double[][] values = new double[a.rows()][a.rows()];
    for (int i = 0; i < a.rows(); i++) {
      for (int j = 0; j <= i; j++) {
        values[i][j] = a.get(i, j);
      }
    }
    return values;
  }

  private static void raise(Tensor condition, Cholesky factor) {
    Matrix to = Matrix.of(condition);
    to.set(0, Math.max(to.get(0), factor.condition()));
  }

  private static void solve(Tensor factor, Tensor rows) {
    Cholesky lower = Cholesky.ofFactor(square(Matrix.of(factor)));
    Matrix x = Matrix.of(rows);
    double[] row = new double[x.columns()];
    for (int b = 0; b < x.rows(); b++) {
      for (int i = 0; i < row.length; i++) {
        row[i] = x.get(b, i);
      }
      lower.solve(row);
      for (int i = 0; i < row.length; i++) {
        x.set(b, i, row[i]);
      }
    }
  }

  private static void gateRows(Tensor rows, Tensor gate, Tensor gated) {
    Matrix from = Matrix.of(rows);
    Matrix factor = Matrix.of(gate);
    Matrix to = Matrix.of(gated);
    int each = to.rows() / factor.rows();
    for (int r = 0; r < to.rows(); r++) {
      for (int i = 0; i < to.columns(); i++) {
        to.set(r, i, from.get(r % from.rows(), i) * factor.get(r / each, i));
      }
    }
  }

  private static void gaussNewtonTarget(
      double damping, Tensor jacobian, Tensor error, Tensor condition, Tensor displacement) {
    Matrix j = Matrix.of(jacobian);
    Matrix e = Matrix.of(error);
    Matrix d = Matrix.of(displacement);
    for (int b = 0; b < e.rows(); b++) {
      double[] x = new double[e.columns()];
      for (int c = 0; c < x.length; c++) {
        x[c] = e.get(b, c);
      }
      Cholesky factor = Cholesky.of(gram(j, b * x.length, x.length), damping);
      raise(condition, factor);
      factor.solve(x);
      for (int i = 0; i < j.columns(); i++) {
        double sum = 0;
        for (int c = 0; c < x.length; c++) {
          sum += x[c] * j.get(b * x.length + c, i);
        }
        d.set(b, i, sum);
      }
    }
  }

  private static double[][] gram(Matrix j, int first, int outputs) {
    double[][] gram = new double[outputs][outputs];
    for (int r = 0; r < outputs; r++) {
      for (int c = 0; c < outputs; c++) {
        for (int i = 0; i < j.columns(); i++) {
          gram[r][c] += j.get(first + r, i) * j.get(first + c, i);
        }
      }
    }
    return gram;
  }
}
