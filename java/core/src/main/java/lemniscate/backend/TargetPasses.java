package lemniscate.backend;

import lemniscate.backend.TargetOperation.RidgeSystem;
import lemniscate.tensor.Tensor;

/** The typed way to write a {@link TargetOperation}. */
@FunctionalInterface
public interface TargetPasses {

  /** Enqueues an operation. */
  void add(TargetOperation operation);

  /** {@link TargetOperation.AddDiagonal}. */
  default void addDiagonal(double value, Tensor matrix) {
    add(new TargetOperation.AddDiagonal(value, matrix));
  }

  /** {@link TargetOperation.Factor}. */
  default void factor(double damping, Tensor matrix, Tensor condition) {
    add(new TargetOperation.Factor(damping, matrix, condition));
  }

  /** {@link TargetOperation.Solve}. */
  default void solve(Tensor factor, Tensor rows) {
    add(new TargetOperation.Solve(factor, rows));
  }

  /** {@link TargetOperation.RidgeKernel}. */
  default void ridgeKernel(RidgeSystem system) {
    add(new TargetOperation.RidgeKernel(system));
  }

  /** {@link TargetOperation.RidgeCoefficients}. */
  default void ridgeCoefficients(
      boolean plain, RidgeSystem system, Tensor displacement, Tensor coefficients) {
    add(new TargetOperation.RidgeCoefficients(plain, system, displacement, coefficients));
  }

  /** {@link TargetOperation.GateRows}. */
  default void gateRows(Tensor rows, Tensor gate, Tensor gated) {
    add(new TargetOperation.GateRows(rows, gate, gated));
  }

  /** {@link TargetOperation.GaussNewtonTarget}. */
  default void gaussNewtonTarget(
      double damping,
      Tensor jacobian,
      Tensor error,
      Tensor gram,
      Tensor solution,
      Tensor condition,
      Tensor displacement) {
    add(
        new TargetOperation.GaussNewtonTarget(
            damping, jacobian, error, gram, solution, condition, displacement));
  }
}
