package lemniscate.backend.reference;

import lemniscate.backend.StandardizationOperation;
import lemniscate.tensor.Tensor;

/** Rows brought to mean square 1, in double. */
final class ReferenceStandardizationPasses {

  private ReferenceStandardizationPasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(StandardizationOperation operation) {
    switch (operation) {
      case StandardizationOperation.Standardize(
              var centred,
              var epsilon,
              var x,
              var normal,
              var deviation) ->
          standardize(centred, epsilon, x, normal, deviation);
      case StandardizationOperation.StandardizedDifference(
              var centred,
              var normal,
              var deviation,
              var z,
              var difference,
              var movedDeviation) ->
          difference(centred, normal, deviation, z, difference, movedDeviation);
      case StandardizationOperation.StandardizeBack(
              var centred,
              var normal,
              var deviation,
              var d,
              var back) ->
          back(centred, normal, deviation, d, back);
    }
  }

  // A row with its mean taken away, or as it is.
  private static double[] row(boolean centred, Matrix x, int b) {
    double[] row = new double[x.columns()];
    double sum = 0;
    for (int j = 0; j < row.length; j++) {
      row[j] = x.get(b, j);
      sum += row[j];
    }
    double mean = centred ? sum / row.length : 0;
    for (int j = 0; j < row.length; j++) {
      row[j] -= mean;
    }
    return row;
  }

  private static void standardize(
      boolean centred, double epsilon, Tensor x, Tensor normal, Tensor deviation) {
    Matrix in = Matrix.of(x);
    Matrix out = Matrix.of(normal);
    Matrix scale = Matrix.of(deviation);
    for (int b = 0; b < in.rows(); b++) {
      double[] row = row(centred, in, b);
      double squares = 0;
      for (double value : row) {
        squares += value * value;
      }
      double sd = Math.sqrt(squares / row.length + epsilon);
      scale.set(b, sd);
      for (int j = 0; j < row.length; j++) {
        out.set(b, j, sd == 0 ? 0 : row[j] / sd);
      }
    }
  }

  private static void difference(
      boolean centred,
      Tensor normal,
      Tensor deviation,
      Tensor z,
      Tensor difference,
      Tensor movedDeviation) {
    Matrix at = Matrix.of(normal);
    Matrix scale = Matrix.of(deviation);
    Matrix shift = Matrix.of(z);
    Matrix out = Matrix.of(difference);
    Matrix moved = Matrix.of(movedDeviation);
    for (int b = 0; b < at.rows(); b++) {
      double[] zeta = row(centred, shift, b);
      double sd = scale.get(b);
      double sum = 0;
      for (int j = 0; j < zeta.length; j++) {
        sum += zeta[j] * (2 * sd * at.get(b, j) + zeta[j]);
      }
      double change = sum / zeta.length;
      // Rounding may take a variance that was all but zero below it.
      double after = Math.sqrt(Math.max(0, sd * sd + change));
      moved.set(b, after);
      for (int j = 0; j < zeta.length; j++) {
        double along = sd + after == 0 ? 0 : at.get(b, j) * change / (sd + after);
        out.set(b, j, after == 0 ? -at.get(b, j) : (zeta[j] - along) / after);
      }
    }
  }

  private static void back(
      boolean centred, Tensor normal, Tensor deviation, Tensor d, Tensor back) {
    Matrix at = Matrix.of(normal);
    Matrix scale = Matrix.of(deviation);
    Matrix error = Matrix.of(d);
    Matrix out = Matrix.of(back);
    for (int b = 0; b < at.rows(); b++) {
      double[] row = row(centred, error, b);
      double along = 0;
      for (int j = 0; j < row.length; j++) {
        along += error.get(b, j) * at.get(b, j);
      }
      along /= row.length;
      for (int j = 0; j < row.length; j++) {
        double value = row[j] - at.get(b, j) * along;
        out.set(b, j, scale.get(b) == 0 ? 0 : value / scale.get(b));
      }
    }
  }
}
