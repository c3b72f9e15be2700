package lemniscate.backend.reference;

import lemniscate.backend.PepitaOperation;
import lemniscate.tensor.Tensor;

/** Passes of forward-only learning, in double. */
final class ReferencePepitaPasses {

  private ReferencePepitaPasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(PepitaOperation operation) {
    switch (operation) {
      case PepitaOperation.Normalize(var perRow, var norm, var x, var y) ->
          normalize(perRow, norm, x, y);
      case PepitaOperation.NormalizedDifference(var perRow, var norm, var x, var difference) ->
          normalizedDifference(perRow, norm, x, difference);
      case PepitaOperation.Sign(var x, var y) -> sign(x, y);
      case PepitaOperation.Centre(var x) -> centre(x);
      case PepitaOperation.Rescale(var deviation, var exponent, var reference, var x) ->
          rescale(deviation, exponent, reference, x);
    }
  }

  // Calls the action with the rows of each group that shares a norm.
  private static void groups(boolean perRow, Tensor x, Group group) {
    if (!perRow) {
      group.of(0, Math.toIntExact(x.elements()));
      return;
    }
    for (int b = 0; b < x.rows(); b++) {
      group.of(b * x.columns(), (b + 1) * x.columns());
    }
  }

  /** What is done to the elements from one (inclusive) to another (exclusive). */
  @FunctionalInterface
  private interface Group {
    void of(int from, int to);
  }

  private static void normalize(boolean perRow, double norm, Tensor x, Tensor y) {
    Matrix in = Matrix.of(x);
    Matrix out = Matrix.of(y);
    groups(
        perRow,
        x,
        (from, to) -> {
          double squares = 0;
          for (int i = from; i < to; i++) {
            squares += in.get(i) * in.get(i);
          }
          double factor = squares == 0 ? 0 : norm / Math.sqrt(squares);
          for (int i = from; i < to; i++) {
            out.set(i, factor * in.get(i));
          }
        });
  }

  private static void normalizedDifference(
      boolean perRow, double norm, Tensor x, Tensor difference) {
    Matrix in = Matrix.of(x);
    Matrix d = Matrix.of(difference);
    groups(
        perRow,
        x,
        (from, to) -> {
          double before = 0;
          double after = 0;
          double change = 0;
          for (int i = from; i < to; i++) {
            double moved = in.get(i) + d.get(i);
            before += in.get(i) * in.get(i);
            after += moved * moved;
            change += d.get(i) * (in.get(i) + moved);
          }
          double r = Math.sqrt(before);
          double q = Math.sqrt(after);
          for (int i = from; i < to; i++) {
            double value;
            if (q == 0) {
              value = r == 0 ? 0 : -in.get(i) / r;
            } else {
              double along = r == 0 ? 0 : in.get(i) / r * (change / (r + q));
              value = (d.get(i) - along) / q;
            }
            d.set(i, norm * value);
          }
        });
  }

  private static void sign(Tensor x, Tensor y) {
    Matrix in = Matrix.of(x);
    Matrix out = Matrix.of(y);
    for (int i = 0; i < in.elements(); i++) {
      out.set(i, Math.signum(in.get(i)));
    }
  }

  private static void centre(Tensor x) {
    Matrix to = Matrix.of(x);
    double mean = mean(to);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, to.get(i) - mean);
    }
  }

  private static double mean(Matrix x) {
    double sum = 0;
    for (int i = 0; i < x.elements(); i++) {
      sum += x.get(i);
    }
    return sum / x.elements();
  }

  private static void rescale(double deviation, double exponent, Tensor reference, Tensor x) {
    Matrix of = Matrix.of(reference);
    double mean = mean(of);
    double squares = 0;
    for (int i = 0; i < of.elements(); i++) {
      squares += (of.get(i) - mean) * (of.get(i) - mean);
    }
    double s = Math.sqrt(squares / of.elements());
    double factor = s == 0 ? 1 : Math.pow(deviation / s, exponent);
    Matrix to = Matrix.of(x);
    for (int i = 0; i < to.elements(); i++) {
      to.set(i, factor * to.get(i));
    }
  }
}
