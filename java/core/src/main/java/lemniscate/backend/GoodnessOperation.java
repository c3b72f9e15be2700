package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;
import static lemniscate.backend.Operand.writes;

import java.util.List;
import lemniscate.tensor.Tensor;

/**
 * Passes of Forward-Forward learning: a label in the place of the first features, inputs of one
 * length, and the goodness of a layer, the sum of its squared activities. None has an expansion.
 */
public sealed interface GoodnessOperation extends Operation {

  /**
   * x[b, c] = labels[b, c] for c below the number of classes; what lies right of it stays.
   *
   * @param labels shape (batch, classes)
   * @param x shape (batch, features), features at least classes
   */
  record Embed(Tensor labels, Tensor x) implements GoodnessOperation {
    @Override
    public List<Operand> operands() {
      int features = Math.max(labels.columns(), x.columns());
      return List.of(
          reads("labels", labels),
          updates("x", x).shape(labels.rows(), features, "labels", labels));
    }
  }

  /**
   * normalized[b, :] = length · x[b, :] / (‖x[b, :]‖ + ε · length) for ε = {@link
   * GoodnessPasses#LENGTH_EPSILON}, with the Euclidean norm summed in float64.
   *
   * @param length positive
   * @param normalized may be the same tensor as x
   */
  record Normalize(double length, Tensor x, Tensor normalized) implements GoodnessOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("x", x), writes("normalized", normalized).like("x", x).sameAs("x"));
    }
  }

  /**
   * goodness[b] = (accumulate ? goodness[b] : 0) + factor · Σ_j h[b, j]².
   *
   * @param h shape (batch, width)
   * @param goodness shape (batch, 1)
   */
  record Measure(double factor, Tensor h, boolean accumulate, Tensor goodness)
      implements GoodnessOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("h", h), updates("goodness", goodness).shape(h.rows(), 1, "h", h));
    }
  }

  /**
   * Drives the goodness of positive rows, the first half, above a threshold and that of negative
   * rows, the second half, below it. With g = factor · Σ_j h[b, j]² − threshold, p = 1/(1 + e^−g)
   * and y = 1 for a positive row, 0 for a negative one:
   *
   * <p>displacement[b, :] = 2 (y − p) h[b, :], and total = Σ_b −log(y p + (1 − y)(1 − p)), summed
   * in float64 in the order of the rows.
   *
   * @param h shape (2 · pairs, width)
   * @param total scalar
   */
  record Contrast(double factor, double threshold, Tensor h, Tensor displacement, Tensor total)
      implements GoodnessOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("h", h).shape(2 * (h.rows() / 2), h.columns(), "displacement", displacement),
          writes("displacement", displacement).like("h", h),
          writes("total", total).scalar());
    }
  }
}
