package lemniscate.backend;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Passes of rules that give every layer a target: solves with small symmetric matrices (B, B) or
 * (C, C), and the chains that carry a displacement of the output down.
 *
 * <p>A <em>condition</em> is a float64 scalar that only grows: before a step the rule sets it to 0,
 * and each factorisation raises it to (max L_ii / min L_ii)², which is at most the condition number
 * of the factored matrix, to infinity where that matrix is not positive definite, and to NaN where
 * it is not finite. Results are undefined where the condition is not finite.
 */
public interface TargetPasses {

  /**
   * A matrix to be factored, matrix + damping · I = L Lᵀ.
   *
   * @param matrix symmetric, shape (n, n); its lower triangle is replaced by L, what lies above the
   *     diagonal is neither read nor written
   * @param condition raised, see {@link TargetPasses}
   */
  record Factorization(double damping, Tensor matrix, Tensor condition) {}

  /**
   * The ridge regression of anything on the activities H of a layer.
   *
   * @param activity H of shape (B, n)
   * @param kernel shape (B, B) for H Hᵀ, or (n, n) for Hᵀ H, the second form; either gives the same
   *     results
   * @param solution scratch of shape (B, n) for the second form, or null for the first
   * @param condition of the damped kernel
   */
  record RidgeSystem(
      double damping,
      Tensor activity,
      Tensor kernel,
      @Nullable Tensor solution,
      Tensor condition) {}

  /** The recording that the defaults write to. */
  Operations operations();

  /**
   * matrix = matrix + value · I.
   *
   * @param matrix shape (n, n)
   */
  void addDiagonal(double value, Tensor matrix);

  /**
   * matrix + damping · I = L Lᵀ (Cholesky).
   *
   * @param matrix symmetric, shape (n, n); its lower triangle is replaced by L, what lies above the
   *     diagonal is neither read nor written
   * @param condition raised, see above
   */
  void factor(double damping, Tensor matrix, Tensor condition);

  /**
   * Factorisations that do not depend on each other: no matrix overlaps another. They may raise the
   * same condition. A backend may run them together.
   *
   * @param independent of any shapes
   */
  default void factors(List<Factorization> independent) {
    for (Factorization each : independent) {
      factor(each.damping(), each.matrix(), each.condition());
    }
  }

  /**
   * rows = rows (L Lᵀ)⁻¹.
   *
   * @param factor what {@link #factor} left; only its lower triangle is read
   * @param rows shape (any, n), replaced by the solutions
   */
  void solve(Tensor factor, Tensor rows);

  /**
   * The kernels of ridge regressions, formed and factored: what they need of the activities, before
   * any displacement is known. Each kernel is left as its {@link #factor} for {@link
   * #ridgeCoefficients}.
   *
   * @param independent no kernel or solution overlaps an operand of another, but solutions may be
   *     the same
   */
  default void ridgeKernels(List<RidgeSystem> independent) {
    List<Gemm> products = new ArrayList<>();
    List<Factorization> factorizations = new ArrayList<>();
    for (RidgeSystem system : independent) {
      Tensor h = system.activity();
      products.add(
          system.solution() == null
              ? Gemm.forward(1, h, h, system.kernel())
              : Gemm.outer(1, h, h, system.kernel()));
      factorizations.add(new Factorization(system.damping(), system.kernel(), system.condition()));
    }
    operations().gemms(products);
    factors(factorizations);
  }

  /**
   * The coefficients of a ridge regression applied to displacements D: P = D Hᵀ (H Hᵀ + damping
   * I)⁻¹ = D (Hᵀ H + damping I)⁻¹ Hᵀ, so that P Y is D sent through the regression of Y on H, whose
   * matrix is never formed.
   *
   * @param plain whether H + D goes through and what H stands for comes off: P + H Hᵀ (H Hᵀ +
   *     damping I)⁻¹ − I in place of P
   * @param system after {@link #ridgeKernels}
   * @param displacement D of shape (B, n)
   * @param coefficients P of shape (B, B), overwritten
   */
  default void ridgeCoefficients(
      boolean plain, RidgeSystem system, Tensor displacement, Tensor coefficients) {
    Operations ops = operations();
    Tensor activity = system.activity();
    Tensor solution = system.solution();
    if (solution == null) {
      ops.gemm(Gemm.forward(1, displacement, activity, coefficients));
      if (plain) {
        // H Hᵀ A⁻¹ − I = −damping A⁻¹, without cancellation.
        addDiagonal(-system.damping(), coefficients);
      }
      solve(system.kernel(), coefficients);
    } else {
      ops.copy(displacement, solution);
      if (plain) {
        ops.axpy(1, activity, solution);
      }
      solve(system.kernel(), solution);
      ops.gemm(Gemm.forward(1, solution, activity, coefficients));
      if (plain) {
        addDiagonal(-1, coefficients);
      }
    }
  }

  /**
   * gated[bC + c, :] = rows[bC + c, :] ∘ gate[b, :]: the C rows of each example times the example's
   * gate.
   *
   * @param rows shape (B·C, n), or (C, n) where every example has the same rows
   * @param gate shape (B, n)
   * @param gated shape (B·C, n), overwritten; may be the same tensor as rows
   */
  default void gateRows(Tensor rows, Tensor gate, Tensor gated) {
    Operations ops = operations();
    int each = gated.rows() / gate.rows();
    boolean shared = rows.rows() != gated.rows();
    for (int b = 0; b < gate.rows(); b++) {
      Tensor block = gated.rows(b * each, each);
      if (!rows.isSameView(gated)) {
        ops.copy(shared ? rows : rows.rows(b * each, each), block);
      }
      for (int c = 0; c < each; c++) {
        ops.multiply(gate.rows(b, 1), block.rows(c, 1));
      }
    }
  }

  /**
   * The damped Gauss-Newton target of each example: displacement_b = J_bᵀ (J_b J_bᵀ + damping I)⁻¹
   * error_b.
   *
   * @param jacobian J_b of shape (C, n) one after the other: (B·C, n)
   * @param error shape (B, C)
   * @param gram scratch of shape (B·C, C)
   * @param solution scratch of shape (B, C)
   * @param condition raised to the worst of the examples
   * @param displacement shape (B, n), overwritten
   */
  default void gaussNewtonTarget(
      double damping,
      Tensor jacobian,
      Tensor error,
      Tensor gram,
      Tensor solution,
      Tensor condition,
      Tensor displacement) {
    Operations ops = operations();
    int examples = error.rows();
    int outputs = error.columns();
    List<Gemm> grams = new ArrayList<>();
    List<Factorization> factorizations = new ArrayList<>();
    List<Gemm> products = new ArrayList<>();
    for (int b = 0; b < examples; b++) {
      Tensor j = jacobian.rows(b * outputs, outputs);
      Tensor g = gram.rows(b * outputs, outputs);
      grams.add(Gemm.forward(1, j, j, g));
      factorizations.add(new Factorization(damping, g, condition));
      products.add(Gemm.backward(1, solution.rows(b, 1), j, displacement.rows(b, 1)));
    }
    ops.gemms(grams);
    ops.copy(error, solution);
    factors(factorizations);
    for (int b = 0; b < examples; b++) {
      solve(factorizations.get(b).matrix(), solution.rows(b, 1));
    }
    ops.gemms(products);
  }
}
