package lemniscate.backend.reference;

import lemniscate.backend.GoodnessPasses;
import lemniscate.tensor.Tensor;

/** Passes of Forward-Forward learning, in double. */
final class ReferenceGoodnessPasses implements GoodnessPasses {

  private final Recording recording;

  ReferenceGoodnessPasses(Recording recording) {
    this.recording = recording;
  }

  @Override
  public void embed(Tensor labels, Tensor x) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(labels);
          Matrix to = Matrix.of(x);
          for (int b = 0; b < from.rows(); b++) {
            for (int c = 0; c < from.columns(); c++) {
              to.set(b, c, from.get(b, c));
            }
          }
        });
  }

  @Override
  public void normalize(double length, Tensor x, Tensor normalized) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(x);
          Matrix to = Matrix.of(normalized);
          for (int b = 0; b < from.rows(); b++) {
            double norm = Math.sqrt(squares(from, b));
            for (int j = 0; j < from.columns(); j++) {
              to.set(b, j, length * from.get(b, j) / (norm + LENGTH_EPSILON * length));
            }
          }
        });
  }

  @Override
  public void measure(double factor, Tensor h, boolean accumulate, Tensor goodness) {
    recording.add(
        () -> {
          Matrix from = Matrix.of(h);
          Matrix to = Matrix.of(goodness);
          for (int b = 0; b < from.rows(); b++) {
            to.set(b, (accumulate ? to.get(b) : 0) + factor * squares(from, b));
          }
        });
  }

  @Override
  public void contrast(
      double factor, double threshold, Tensor h, Tensor displacement, Tensor total) {
    recording.add(
        () -> {
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
        });
  }

  private static double squares(Matrix x, int row) {
    double sum = 0;
    for (int j = 0; j < x.columns(); j++) {
      sum += x.get(row, j) * x.get(row, j);
    }
    return sum;
  }
}
