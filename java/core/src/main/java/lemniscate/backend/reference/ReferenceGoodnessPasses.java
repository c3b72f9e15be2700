package lemniscate.backend.reference;

import lemniscate.backend.GoodnessOperation;
import lemniscate.backend.GoodnessPasses;
import lemniscate.tensor.Tensor;

/** Passes of Forward-Forward learning, in double. */
final class ReferenceGoodnessPasses {

  private ReferenceGoodnessPasses() {}

  /** Runs an operation whose operands have been checked. */
  static void run(GoodnessOperation operation) {
    switch (operation) {
      case GoodnessOperation.Embed(var labels, var x) -> embed(labels, x);
      case GoodnessOperation.Normalize(var length, var x, var normalized) ->
          normalize(length, x, normalized);
      case GoodnessOperation.Measure(var factor, var h, var accumulate, var goodness) ->
          measure(factor, h, accumulate, goodness);
      case GoodnessOperation.Contrast(
              var factor,
              var threshold,
              var h,
              var displacement,
              var total) ->
          contrast(factor, threshold, h, displacement, total);
    }
  }

  private static void embed(Tensor labels, Tensor x) {
    Matrix from = Matrix.of(labels);
    Matrix to = Matrix.of(x);
    for (int b = 0; b < from.rows(); b++) {
      for (int c = 0; c < from.columns(); c++) {
        to.set(b, c, from.get(b, c));
      }
    }
  }

  private static void normalize(double length, Tensor x, Tensor normalized) {
    Matrix from = Matrix.of(x);
    Matrix to = Matrix.of(normalized);
    for (int b = 0; b < from.rows(); b++) {
      double norm = Math.sqrt(squares(from, b));
      for (int j = 0; j < from.columns(); j++) {
        to.set(b, j, length * from.get(b, j) / (norm + GoodnessPasses.LENGTH_EPSILON * length));
      }
    }
  }

  private static void measure(double factor, Tensor h, boolean accumulate, Tensor goodness) {
    Matrix from = Matrix.of(h);
    Matrix to = Matrix.of(goodness);
    for (int b = 0; b < from.rows(); b++) {
      to.set(b, (accumulate ? to.get(b) : 0) + factor * squares(from, b));
    }
  }

  private static void contrast(
      double factor, double threshold, Tensor h, Tensor displacement, Tensor total) {
    Matrix from = Matrix.of(h);
    Matrix to = Matrix.of(displacement);
    double sum = 0;
    for (int b = 0; b < from.rows(); b++) {
      double logit = factor * squares(from, b) - threshold;
      boolean positive = b < from.rows() / 2;
      // What speaks against the row's kind.
      double against = positive ? -logit : logit;
      double wrong = 1 / (1 + Math.exp(-against));
      for (int j = 0; j < from.columns(); j++) {
        to.set(b, j, 2 * (positive ? wrong : -wrong) * from.get(b, j));
      }
      sum += Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(against)));
    }
    Matrix.of(total).set(0, sum);
  }

  private static double squares(Matrix x, int row) {
    double sum = 0;
    for (int j = 0; j < x.columns(); j++) {
      sum += x.get(row, j) * x.get(row, j);
    }
    return sum;
  }
}
