package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;
import static lemniscate.backend.Operand.writes;

import java.util.List;
import lemniscate.tensor.Tensor;

/**
 * Passes of forward-only learning: activities of fixed norm, and weights that mirror others. Sums
 * are taken in float64 in a fixed order, so that a result does not depend on the number of threads.
 * None has an expansion.
 */
public sealed interface PepitaOperation extends Operation {

  /**
   * y = norm · x / ‖x‖ with the norm of the whole matrix, or row by row with that of the row; 0
   * where x is 0.
   *
   * @param perRow whether each row is divided by its own norm
   * @param norm of the result, positive
   */
  record Normalize(boolean perRow, double norm, Tensor x, Tensor y) implements PepitaOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("x", x), writes("y", y).like("x", x));
    }
  }

  /**
   * difference = n(x + difference) − n(x), where n is {@link Normalize}: with r = ‖x‖ and r̃ = ‖x +
   * d‖ it is norm · (d − x c/r)/r̃ for c = r̃ − r = Σ d (2x + d)/(r + r̃), which does not cancel.
   *
   * @param difference d on entry
   */
  record NormalizedDifference(boolean perRow, double norm, Tensor x, Tensor difference)
      implements PepitaOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("x", x), updates("difference", difference).like("x", x));
    }
  }

  /** y = −1, 0 or 1 as x is below, at or above 0. */
  record Sign(Tensor x, Tensor y) implements PepitaOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("x", x), writes("y", y).like("x", x));
    }
  }

  /** x = x − the mean of all its elements. */
  record Centre(Tensor x) implements PepitaOperation {
    @Override
    public List<Operand> operands() {
      return List.of(updates("x", x));
    }
  }

  /**
   * x = x · (deviation / s)^exponent, where s is the standard deviation of all elements of the
   * reference around their mean; x stays as it is where s is 0.
   *
   * @param deviation positive
   * @param x of any shape; may be the same tensor as the reference
   */
  record Rescale(double deviation, double exponent, Tensor reference, Tensor x)
      implements PepitaOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("reference", reference), updates("x", x).sameAs("reference"));
    }
  }
}
