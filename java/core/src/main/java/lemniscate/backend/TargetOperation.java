package lemniscate.backend;

import static lemniscate.backend.Operand.raises;
import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;
import static lemniscate.backend.Operand.writes;

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
public sealed interface TargetOperation extends Operation {

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
      double damping, Tensor activity, Tensor kernel, @Nullable Tensor solution, Tensor condition) {

    private Operand kernel(Operand as) {
      int side = solution == null ? activity.rows() : activity.columns();
      return as.shape(side, side, "activity", activity);
    }
  }

  /**
   * matrix = matrix + value · I.
   *
   * @param matrix shape (n, n)
   */
  record AddDiagonal(double value, Tensor matrix) implements TargetOperation {
    @Override
    public List<Operand> operands() {
      return List.of(updates("matrix", matrix).square());
    }
  }

  /**
   * matrix + damping · I = L Lᵀ (Cholesky).
   *
   * @param matrix symmetric, shape (n, n); its lower triangle is replaced by L, what lies above the
   *     diagonal is neither read nor written
   */
  record Factor(double damping, Tensor matrix, Tensor condition) implements TargetOperation {
    @Override
    public List<Operand> operands() {
      return List.of(updates("matrix", matrix).square(), raises("condition", condition));
    }
  }

  /**
   * rows = rows (L Lᵀ)⁻¹.
   *
   * @param factor what {@link Factor} left; only its lower triangle is read
   * @param rows shape (any, n), replaced by the solutions
   */
  record Solve(Tensor factor, Tensor rows) implements TargetOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("factor", factor).square(),
          updates("rows", rows).shape(rows.rows(), factor.rows(), "factor", factor));
    }
  }

  /**
   * The kernel of a ridge regression, formed and factored: what it needs of the activities, before
   * any displacement is known. Its solution is not touched.
   */
  record RidgeKernel(RidgeSystem system) implements TargetOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("activity", system.activity),
          system.kernel(writes("kernel", system.kernel)),
          raises("condition", system.condition));
    }

    @Override
    public List<Operation> expansion() {
      Tensor h = system.activity;
      return List.of(
          system.solution == null
              ? Gemm.forward(1, h, h, system.kernel)
              : Gemm.outer(1, h, h, system.kernel),
          new Factor(system.damping, system.kernel, system.condition));
    }
  }

  /**
   * The coefficients of a ridge regression applied to displacements D: P = D Hᵀ (H Hᵀ + damping
   * I)⁻¹ = D (Hᵀ H + damping I)⁻¹ Hᵀ, so that P Y is D sent through the regression of Y on H, whose
   * matrix is never formed.
   *
   * @param plain whether H + D goes through and what H stands for comes off: P + H Hᵀ (H Hᵀ +
   *     damping I)⁻¹ − I in place of P
   * @param system after its {@link RidgeKernel}
   * @param displacement D of shape (B, n)
   * @param coefficients P of shape (B, B)
   */
  record RidgeCoefficients(
      boolean plain, RidgeSystem system, Tensor displacement, Tensor coefficients)
      implements TargetOperation {
    @Override
    public List<Operand> operands() {
      Tensor activity = system.activity;
      int batch = activity.rows();
      return List.of(
          reads("activity", activity),
          reads("displacement", displacement).like("activity", activity),
          system.kernel(reads("kernel", system.kernel)),
          writes("solution", system.solution).like("activity", activity),
          reads("condition", system.condition).scalar(),
          writes("coefficients", coefficients).shape(batch, batch, "activity", activity));
    }

    @Override
    public List<Operation> expansion() {
      Tensor activity = system.activity;
      Tensor solution = system.solution;
      List<Operation> all = new ArrayList<>();
      if (solution == null) {
        all.add(Gemm.forward(1, displacement, activity, coefficients));
        if (plain) {
          // H Hᵀ A⁻¹ − I = −damping A⁻¹, without cancellation.
          all.add(new AddDiagonal(-system.damping, coefficients));
        }
        all.add(new Solve(system.kernel, coefficients));
      } else {
        all.add(new PrimitiveOperation.Copy(displacement, solution));
        if (plain) {
          all.add(new PrimitiveOperation.Axpy(1, null, activity, solution));
        }
        all.add(new Solve(system.kernel, solution));
        all.add(Gemm.forward(1, solution, activity, coefficients));
        if (plain) {
          all.add(new AddDiagonal(-1, coefficients));
        }
      }
      return all;
    }
  }

  /**
   * gated[bC + c, :] = rows[bC + c, :] ∘ gate[b, :]: the C rows of each example times the example's
   * gate.
   *
   * @param rows shape (B·C, n), or (C, n) where every example has the same rows
   * @param gate shape (B, n)
   * @param gated shape (B·C, n); may be the same tensor as rows
   */
  record GateRows(Tensor rows, Tensor gate, Tensor gated) implements TargetOperation {

    /** C. */
    public int each() {
      return gated.rows() / gate.rows();
    }

    /** Whether every example has the same rows. */
    public boolean shared() {
      return rows.rows() != gated.rows();
    }

    @Override
    public List<Operand> operands() {
      int height = shared() ? each() : gated.rows();
      return List.of(
          reads("rows", rows).shape(height, gated.columns(), "gated", gated),
          reads("gate", gate),
          writes("gated", gated)
              .shape(each() * gate.rows(), gate.columns(), "gate", gate)
              .sameAs("rows"));
    }

    @Override
    public List<Operation> expansion() {
      List<Operation> all = new ArrayList<>();
      for (int b = 0; b < gate.rows(); b++) {
        Tensor block = gated.rows(b * each(), each());
        if (!rows.isSameView(gated)) {
          all.add(
              new PrimitiveOperation.Copy(shared() ? rows : rows.rows(b * each(), each()), block));
        }
        for (int c = 0; c < each(); c++) {
          all.add(new PrimitiveOperation.Multiply(gate.rows(b, 1), block.rows(c, 1)));
        }
      }
      return all;
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
   * @param displacement shape (B, n)
   */
  record GaussNewtonTarget(
      double damping,
      Tensor jacobian,
      Tensor error,
      Tensor gram,
      Tensor solution,
      Tensor condition,
      Tensor displacement)
      implements TargetOperation {
    @Override
    public List<Operand> operands() {
      int outputs = error.columns();
      int rows = error.rows() * outputs;
      return List.of(
          reads("jacobian", jacobian).shape(rows, jacobian.columns(), "error", error),
          reads("error", error),
          writes("gram", gram).shape(rows, outputs, "error", error),
          writes("solution", solution).like("error", error),
          raises("condition", condition),
          writes("displacement", displacement)
              .shape(error.rows(), jacobian.columns(), "jacobian", jacobian));
    }

    @Override
    public List<Operation> expansion() {
      int outputs = error.columns();
      List<Operation> grams = new ArrayList<>();
      List<Operation> factors = new ArrayList<>();
      List<Operation> solves = new ArrayList<>();
      List<Operation> products = new ArrayList<>();
      for (int b = 0; b < error.rows(); b++) {
        Tensor j = jacobian.rows(b * outputs, outputs);
        Tensor g = gram.rows(b * outputs, outputs);
        Tensor x = solution.rows(b, 1);
        grams.add(Gemm.forward(1, j, j, g));
        factors.add(new Factor(damping, g, condition));
        solves.add(new Solve(g, x));
        products.add(Gemm.backward(1, x, j, displacement.rows(b, 1)));
      }
      List<Operation> all = new ArrayList<>(grams);
      all.add(new PrimitiveOperation.Copy(error, solution));
      all.addAll(factors);
      all.addAll(solves);
      all.addAll(products);
      return all;
    }
  }
}
