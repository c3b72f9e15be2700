package lemniscate.backend;

import java.util.List;
import lemniscate.tensor.Tensor;

/**
 * What can be enqueued while a {@link Plan} is recorded. Nothing here allocates, reads back or
 * returns data, so that a recording can be replayed as it is (a list on a CPU, a captured graph on
 * a GPU).
 *
 * <p>The methods of this interface are the <em>primitives</em>; the rule-shaped <em>passes</em> of
 * {@link #layer()}, {@link #loss()}, {@link #pc()}, {@link #target()}, {@link #goodness()} and
 * {@link #update()} have default forms made of them.
 *
 * <p>Conventions: matrices are row-major, a batch has one example a row; "scalar" means a float64
 * tensor of shape (1, 1) from {@link lemniscate.tensor.Arena#allocateScalars}; operands may not
 * overlap unless the method says so; shapes are checked when the operation is recorded, with an
 * {@link IllegalArgumentException} that names the operand.
 */
public interface Operations {

  /** One matrix product. */
  default void gemm(Gemm gemm) {
    gemms(List.of(gemm));
  }

  /**
   * Matrix products that do not depend on each other: no result is an operand or the result of
   * another. A backend may run them together; members of a slab make one strided-batched product.
   */
  void gemms(List<Gemm> independent);

  /** x = value. */
  void fill(Tensor x, double value);

  /** target = source; the shapes agree. */
  void copy(Tensor source, Tensor target);

  /** x = factor · x. */
  void scale(double factor, Tensor x);

  /** y = y + factor · x. */
  void axpy(double factor, Tensor x, Tensor y);

  /**
   * y = y + factor · scalar · x, with a scalar that may change from run to run.
   *
   * @param scalar float64, shape (1, 1)
   */
  void axpy(double factor, Tensor scalar, Tensor x, Tensor y);

  /** y = x ∘ y, elementwise. */
  void multiply(Tensor x, Tensor y);

  /**
   * y[b, :] = y[b, :] + row, for every row of y.
   *
   * @param row shape (1, columns of y)
   */
  void addRow(Tensor row, Tensor y);

  /**
   * out = factor · Σ_b x[b, :], summed in a fixed order.
   *
   * @param out shape (1, columns of x), overwritten
   */
  void columnSum(double factor, Tensor x, Tensor out);

  /**
   * total = (accumulate ? total : 0) + factor · Σ x², summed in float64 in a fixed order.
   *
   * @param total scalar
   */
  void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total);

  /**
   * h = φ(u).
   *
   * @param h overwritten
   */
  void activation(Activation activation, Tensor u, Tensor h);

  /**
   * derivative = φ′(u).
   *
   * @param h φ(u), which some activations read instead of u
   * @param derivative overwritten
   */
  void activationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative);

  /**
   * difference = φ(u + z) − φ(u) and derivative = φ′(u + z), the former without cancellation
   * ({@link Activation#difference}).
   *
   * @param h φ(u)
   * @param z shift of the pre-activation
   * @param difference overwritten
   * @param derivative overwritten
   */
  void activationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative);

  /**
   * out[b, :] = softmax(x[b, :]).
   *
   * @param out may be the same tensor as x
   */
  void softmax(Tensor x, Tensor out);

  /**
   * x = standardDeviation · N(0, 1): element i is number i of the normal stream (seed, stream) of
   * {@link lemniscate.random.NormalStream}, so that every backend draws the same values.
   */
  void randomNormal(long seed, long stream, double standardDeviation, Tensor x);

  /**
   * As {@link #randomNormal(long, long, double, Tensor)} from stream number {@code stream +
   * counter}, so that every run of a plan that advances the counter draws anew. This is noise:
   * values may differ between backends by some units in the last place of float64.
   *
   * @param counter scalar that holds a whole number
   */
  void randomNormal(long seed, long stream, Tensor counter, double standardDeviation, Tensor x);

  /** Passes of one dense layer. */
  LayerPasses layer();

  /** Passes at the output. */
  LossPasses loss();

  /** Passes of predictive coding. */
  PcPasses pc();

  /** Passes of rules that give layers targets. */
  TargetPasses target();

  /** Passes of forward-only learning. */
  PepitaPasses pepita();

  /** Passes of Forward-Forward learning. */
  GoodnessPasses goodness();

  /** Passes of the optimisers. */
  UpdatePasses update();
}
