package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.writes;

import java.util.List;
import lemniscate.tensor.Tensor;

/**
 * Rows brought to mean square 1, as layer normalisation (Ba, Kiros and Hinton, arXiv 1607.06450:
 * with their mean taken away) and root-mean-square normalisation (Zhang and Sennrich, arXiv
 * 1910.07467) do before their gain: normal = c(x) / √(mean c(x)² + ε), where c takes the row's mean
 * away or nothing. Sums are taken in float64. None has an expansion.
 */
public sealed interface StandardizationOperation extends Operation {

  /**
   * normal = c(x) / deviation.
   *
   * @param centred whether c takes the mean away
   * @param epsilon ε, not negative
   * @param x shape (rows, n)
   * @param normal same shape
   * @param deviation √(mean c(x)² + ε), shape (rows, 1)
   */
  record Standardize(boolean centred, double epsilon, Tensor x, Tensor normal, Tensor deviation)
      implements StandardizationOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("x", x),
          writes("normal", normal).like("x", x),
          writes("deviation", deviation).shape(x.rows(), 1, "x", x));
    }
  }

  /**
   * difference = normal(x + z) − normal(x) without cancellation: with ζ = c(z), δ = mean ζ (2 c(x)
   * + ζ) and σ′² = σ² + δ it is (ζ − normal · δ / (σ′ + σ)) / σ′.
   *
   * @param normal of x, shape (rows, n)
   * @param deviation σ of x, shape (rows, 1)
   * @param z shift of x
   * @param difference same shape
   * @param movedDeviation σ′, shape (rows, 1)
   */
  record StandardizedDifference(
      boolean centred,
      Tensor normal,
      Tensor deviation,
      Tensor z,
      Tensor difference,
      Tensor movedDeviation)
      implements StandardizationOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("normal", normal),
          reads("deviation", deviation).shape(normal.rows(), 1, "normal", normal),
          reads("z", z).like("normal", normal),
          writes("difference", difference).like("normal", normal),
          writes("movedDeviation", movedDeviation).shape(normal.rows(), 1, "normal", normal));
    }
  }

  /**
   * back = the adjoint of {@link Standardize} on d: (c(d) − normal · mean(d ∘ normal)) / deviation.
   *
   * @param normal at the point where the derivative is taken, shape (rows, n)
   * @param deviation there, shape (rows, 1)
   * @param d same shape as normal
   * @param back same shape
   */
  record StandardizeBack(boolean centred, Tensor normal, Tensor deviation, Tensor d, Tensor back)
      implements StandardizationOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("normal", normal),
          reads("deviation", deviation).shape(normal.rows(), 1, "normal", normal),
          reads("d", d).like("normal", normal),
          writes("back", back).like("normal", normal));
    }
  }
}
