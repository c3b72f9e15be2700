package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Operation;
import lemniscate.backend.TargetOperation;
import lemniscate.cuda.driver.Launch;
import lemniscate.tensor.DType;

/**
 * Passes of rules with targets: factorisations and solves of all layers of a shape, or of all
 * examples, share their launches.
 */
final class CudaTargetPasses {

  // kTile and kSolvedRows of kernels/target.
  private static final int TILE = 32;
  private static final int SOLVED_ROWS = 16;

  private final CudaOperations operations;
  private final WorkList work;

  CudaTargetPasses(CudaOperations operations, WorkList work) {
    this.operations = operations;
    this.work = work;
  }

  void lower(TargetOperation operation) {
    switch (operation) {
      case TargetOperation.AddDiagonal(var value, var matrix) -> {
        work.members(
            WorkList.entry("add_diagonal", matrix.dtype()),
            Geometry.elements(matrix.rows(), work.multiprocessors()),
            List.of(bits(value)),
            operation.operands(),
            List.of((long) matrix.rows()));
      }
      case TargetOperation.Solve(var factor, var rows) -> {
        boolean tiled = factor.rows() > TILE && rows.rows() >= SOLVED_ROWS;
        work.members(
            WorkList.entry(tiled ? "cholesky_solve_rows" : "cholesky_solve", rows.dtype()),
            tiled
                ? new Geometry((rows.rows() + SOLVED_ROWS - 1) / SOLVED_ROWS, Geometry.THREADS)
                : Geometry.rows(rows.rows(), work.multiprocessors()),
            List.of(),
            operation.operands(),
            List.of((long) factor.rows(), (long) rows.rows()));
      }
      case TargetOperation.GateRows gating ->
          work.members(
              WorkList.entry("gate_rows", gating.gated().dtype()),
              Geometry.rows(gating.gated().rows(), work.multiprocessors()),
              List.of(
                  (long) gating.each(), (long) gating.gated().columns(), gating.shared() ? 1L : 0L),
              gating.operands(),
              List.of(gating.gated().elements()));
      case TargetOperation.Factor factor -> factors(List.of(factor));
      case TargetOperation.RidgeKernel composed -> composed.expansion().forEach(operations::lower);
      case TargetOperation.RidgeCoefficients composed ->
          composed.expansion().forEach(operations::lower);
      case TargetOperation.GaussNewtonTarget composed ->
          composed.expansion().forEach(operations::lower);
    }
  }

  /** Lowers factorisations that do not depend on each other. */
  void factors(List<Operation> independent) {
    Map<Integer, List<TargetOperation.Factor>> bySide = new LinkedHashMap<>();
    for (Operation each : independent) {
      TargetOperation.Factor factor = (TargetOperation.Factor) each;
      bySide.computeIfAbsent(factor.matrix().rows(), _ -> new ArrayList<>()).add(factor);
    }
    bySide.values().forEach(this::factorAlike);
  }

  // Matrices of one shape share a launch.
  private void factorAlike(List<TargetOperation.Factor> alike) {
    TargetOperation.Factor first = alike.getFirst();
    DType dtype = first.matrix().dtype();
    long n = first.matrix().rows();
    double damping = first.damping();
    if (alike.stream().anyMatch(each -> each.damping() != first.damping())) {
      // A launch has one damping: here each matrix gets its own beforehand.
      alike.forEach(each -> lower(new TargetOperation.AddDiagonal(each.damping(), each.matrix())));
      damping = 0;
    }
    int tiles = Math.toIntExact(Math.ceilDiv(n, TILE));
    for (TargetOperation.Factor each : alike) {
      String entry = WorkList.entry("cholesky_factor", dtype);
      List<Long> scalars = List.of(bits(damping));
      if (tiles == 1) {
        // By one warp.
        work.members(entry, new Geometry(1, Launch.WARP), scalars, each.operands(), List.of(n));
      } else {
        work.cooperativeMembers(
            entry, new Geometry(tiles, Geometry.THREADS), scalars, each.operands(), List.of(n));
      }
    }
  }
}
