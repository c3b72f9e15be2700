package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;
import static lemniscate.backend.Operand.writes;

import java.util.List;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What every backend has to compile, beside {@link Gemm}. */
public sealed interface PrimitiveOperation extends Operation {

  /** x = value. */
  record Fill(Tensor x, double value) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(writes("x", x).ofAnyType());
    }
  }

  /** target = source; the shapes agree. */
  record Copy(Tensor source, Tensor target) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("source", source).ofAnyType(),
          writes("target", target).ofAnyType().like("source", source));
    }
  }

  /** x = factor · x. */
  record Scale(double factor, Tensor x) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(updates("x", x).ofAnyType());
    }
  }

  /**
   * y = y + factor · scalar · x.
   *
   * @param scalar read in every run; null for 1
   */
  record Axpy(double factor, @Nullable Tensor scalar, Tensor x, Tensor y)
      implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("scalar", scalar).scalar(),
          reads("x", x).ofAnyType(),
          updates("y", y).ofAnyType().like("x", x));
    }
  }

  /** y = x ∘ y, elementwise. */
  record Multiply(Tensor x, Tensor y) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("x", x).ofAnyType(), updates("y", y).ofAnyType().like("x", x));
    }
  }

  /** y[b, :] = y[b, :] + row, for every row of y. */
  record AddRow(Tensor row, Tensor y) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("row", row).rowOf("y", y), updates("y", y));
    }
  }

  /** y[b, :] = row ∘ x[b, :], for every row of x. */
  record MultiplyRow(Tensor row, Tensor x, Tensor y) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("row", row).rowOf("x", x), reads("x", x), writes("y", y).like("x", x).sameAs("x"));
    }
  }

  /**
   * out = factor · Σ_b x[b, :], summed in a fixed order.
   *
   * @param out shape (1, columns of x)
   */
  record ColumnSum(double factor, Tensor x, Tensor out) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("x", x), writes("out", out).rowOf("x", x));
    }
  }

  /** total = (accumulate ? total : 0) + factor · Σ x², summed in float64 in a fixed order. */
  record SumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total)
      implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("x", x).ofAnyType(), updates("total", total).scalar());
    }
  }

  /** h = φ(u). */
  record ApplyActivation(Activation activation, Tensor u, Tensor h) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("u", u), writes("h", h).like("u", u));
    }
  }

  /**
   * derivative = φ′(u).
   *
   * @param h φ(u), which some activations read instead of u
   */
  record ActivationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative)
      implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("u", u), reads("h", h).like("u", u), writes("derivative", derivative).like("u", u));
    }
  }

  /**
   * difference = φ(u + z) − φ(u) and derivative = φ′(u + z), the former without cancellation
   * ({@link Activation#difference}).
   *
   * @param h φ(u)
   * @param z shift of the pre-activation
   */
  record ActivationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative)
      implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("u", u),
          reads("h", h).like("u", u),
          reads("z", z).like("u", u),
          writes("difference", difference).like("u", u),
          writes("derivative", derivative).like("u", u));
    }
  }

  /** out[b, :] = softmax(x[b, :]). */
  record Softmax(Tensor x, Tensor out) implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("x", x), writes("out", out).like("x", x).sameAs("x"));
    }
  }

  /**
   * x = standardDeviation · N(0, 1): element i is number i of the normal stream (seed, stream +
   * counter) of {@link lemniscate.random.NormalStream}. Without a counter every backend draws the
   * same values; with one it is noise: they may differ by some units in the last place of float64.
   *
   * @param counter scalar that holds a whole number, read in every run; null for 0
   */
  record RandomNormal(
      long seed, long stream, @Nullable Tensor counter, double standardDeviation, Tensor x)
      implements PrimitiveOperation {
    @Override
    public List<Operand> operands() {
      return List.of(reads("counter", counter).scalar(), writes("x", x));
    }
  }
}
