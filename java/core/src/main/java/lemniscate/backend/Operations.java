package lemniscate.backend;

import lemniscate.tensor.Tensor;

/**
 * What can be enqueued while a {@link Plan} is recorded: the typed way to write {@linkplain
 * Operation operations}, whose records say what they compute. Nothing here allocates, reads back or
 * returns data, so that a recording can be replayed as it is (a list on a CPU, a captured graph on
 * a GPU).
 *
 * <p>Conventions: matrices are row-major, a batch has one example a row; "scalar" means a float64
 * tensor of shape (1, 1) from {@link lemniscate.tensor.Arena#allocateScalars}; operands may not
 * overlap unless the operation says so; operands are checked when the operation is recorded, with
 * an {@link IllegalArgumentException} that names the operand. Operations that do not depend on each
 * other need not be said to be so: backends see it by the operands.
 */
@FunctionalInterface
public interface Operations {

  /** Enqueues an operation. */
  void add(Operation operation);

  /** One matrix product. */
  default void gemm(Gemm gemm) {
    add(gemm);
  }

  /** {@link PrimitiveOperation.Fill}. */
  default void fill(Tensor x, double value) {
    add(new PrimitiveOperation.Fill(x, value));
  }

  /** {@link PrimitiveOperation.Copy}. */
  default void copy(Tensor source, Tensor target) {
    add(new PrimitiveOperation.Copy(source, target));
  }

  /** {@link PrimitiveOperation.Scale}. */
  default void scale(double factor, Tensor x) {
    add(new PrimitiveOperation.Scale(factor, x));
  }

  /** {@link PrimitiveOperation.Axpy} without a scalar. */
  default void axpy(double factor, Tensor x, Tensor y) {
    add(new PrimitiveOperation.Axpy(factor, null, x, y));
  }

  /** {@link PrimitiveOperation.Axpy}, with a scalar that may change from run to run. */
  default void axpy(double factor, Tensor scalar, Tensor x, Tensor y) {
    add(new PrimitiveOperation.Axpy(factor, scalar, x, y));
  }

  /** {@link PrimitiveOperation.Multiply}. */
  default void multiply(Tensor x, Tensor y) {
    add(new PrimitiveOperation.Multiply(x, y));
  }

  /** {@link PrimitiveOperation.AddRow}. */
  default void addRow(Tensor row, Tensor y) {
    add(new PrimitiveOperation.AddRow(row, y));
  }

  /** {@link PrimitiveOperation.MultiplyRow}. */
  default void multiplyRow(Tensor row, Tensor x, Tensor y) {
    add(new PrimitiveOperation.MultiplyRow(row, x, y));
  }

  /** {@link PrimitiveOperation.ColumnSum}. */
  default void columnSum(double factor, Tensor x, Tensor out) {
    add(new PrimitiveOperation.ColumnSum(factor, x, out));
  }

  /** {@link PrimitiveOperation.SumOfSquares}. */
  default void sumOfSquares(double factor, Tensor x, boolean accumulate, Tensor total) {
    add(new PrimitiveOperation.SumOfSquares(factor, x, accumulate, total));
  }

  /** {@link PrimitiveOperation.ApplyActivation}. */
  default void activation(Activation activation, Tensor u, Tensor h) {
    add(new PrimitiveOperation.ApplyActivation(activation, u, h));
  }

  /** {@link PrimitiveOperation.ActivationDerivative}. */
  default void activationDerivative(Activation activation, Tensor u, Tensor h, Tensor derivative) {
    add(new PrimitiveOperation.ActivationDerivative(activation, u, h, derivative));
  }

  /** {@link PrimitiveOperation.ActivationDifference}. */
  default void activationDifference(
      Activation activation, Tensor u, Tensor h, Tensor z, Tensor difference, Tensor derivative) {
    add(new PrimitiveOperation.ActivationDifference(activation, u, h, z, difference, derivative));
  }

  /** {@link PrimitiveOperation.Softmax}. */
  default void softmax(Tensor x, Tensor out) {
    add(new PrimitiveOperation.Softmax(x, out));
  }

  /** {@link PrimitiveOperation.RandomNormal} without a counter. */
  default void randomNormal(long seed, long stream, double standardDeviation, Tensor x) {
    add(new PrimitiveOperation.RandomNormal(seed, stream, null, standardDeviation, x));
  }

  /**
   * {@link PrimitiveOperation.RandomNormal} with a counter, so that every run of a plan that
   * advances the counter draws anew.
   */
  default void randomNormal(
      long seed, long stream, Tensor counter, double standardDeviation, Tensor x) {
    add(new PrimitiveOperation.RandomNormal(seed, stream, counter, standardDeviation, x));
  }

  /** Passes of one dense layer. */
  default LayerPasses layer() {
    return this::add;
  }

  /** Passes at the output. */
  default LossPasses loss() {
    return this::add;
  }

  /** Passes of predictive coding. */
  default PcPasses pc() {
    return this::add;
  }

  /** Passes of rules that give layers targets. */
  default TargetPasses target() {
    return this::add;
  }

  /** Passes of forward-only learning. */
  default PepitaPasses pepita() {
    return this::add;
  }

  /** Passes of Forward-Forward learning. */
  default GoodnessPasses goodness() {
    return this::add;
  }

  /** Convolutions and pools. */
  default ImagePasses image() {
    return this::add;
  }

  /** Passes that bring rows to mean square 1. */
  default StandardizationPasses standardization() {
    return this::add;
  }

  /** Passes of the optimisers. */
  default UpdatePasses update() {
    return this::add;
  }
}
