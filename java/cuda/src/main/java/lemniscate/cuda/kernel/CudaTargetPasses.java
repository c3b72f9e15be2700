package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;
import static lemniscate.cuda.kernel.Operand.raise;
import static lemniscate.cuda.kernel.Operand.read;
import static lemniscate.cuda.kernel.Operand.write;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetPasses;
import lemniscate.cuda.driver.Launch;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * Passes of rules with targets: factorisations and solves of all layers of a shape, or of all
 * examples, share their launches.
 */
final class CudaTargetPasses implements TargetPasses {

  // kTile and kSolvedRows of kernels/target.
  private static final int TILE = 32;
  private static final int SOLVED_ROWS = 16;

  private final Operations operations;
  private final WorkList work;

  CudaTargetPasses(Operations operations, WorkList work) {
    this.operations = operations;
    this.work = work;
  }

  @Override
  public Operations operations() {
    return operations;
  }

  @Override
  public void addDiagonal(double value, Tensor matrix) {
    work.members(
        WorkList.entry("add_diagonal", matrix.dtype()),
        Geometry.elements(matrix.rows(), work.multiprocessors()),
        List.of(bits(value)),
        List.of(write(matrix)),
        List.of((long) matrix.rows()));
  }

  @Override
  public void factor(double damping, Tensor matrix, Tensor condition) {
    factors(List.of(new Factorization(damping, matrix, condition)));
  }

  @Override
  public void factors(List<Factorization> independent) {
    Map<Integer, List<Factorization>> bySide = new LinkedHashMap<>();
    for (Factorization each : independent) {
      bySide.computeIfAbsent(each.matrix().rows(), _ -> new ArrayList<>()).add(each);
    }
    bySide.values().forEach(this::factorAlike);
  }

  // Matrices of one shape: a column of tiles of all of them at a time.
  private void factorAlike(List<Factorization> alike) {
    Factorization first = alike.getFirst();
    DType dtype = first.matrix().dtype();
    long n = first.matrix().rows();
    double damping = first.damping();
    if (alike.stream().anyMatch(each -> each.damping() != first.damping())) {
      // A launch has one damping: here each matrix gets its own beforehand.
      alike.forEach(each -> addDiagonal(each.damping(), each.matrix()));
      damping = 0;
    }
    long panels = (n + TILE - 1) / TILE;
    // The only tile of a small matrix is factored by one warp.
    int threads = panels == 1 ? Launch.WARP : Geometry.THREADS;
    for (long panel = 0; panel < panels; panel++) {
      int tiles = Math.toIntExact(panels - panel);
      for (Factorization each : alike) {
        work.members(
            WorkList.entry("cholesky_column", dtype),
            new Geometry(tiles, threads),
            List.of(bits(damping)),
            List.of(write(each.matrix()), raise(each.condition())),
            List.of(n, panel));
      }
      if (tiles == 1) {
        return;
      }
      for (Factorization each : alike) {
        work.members(
            WorkList.entry("cholesky_panel", dtype),
            new Geometry(tiles - 1, Geometry.THREADS),
            List.of(),
            List.of(write(each.matrix())),
            List.of(n, panel));
      }
    }
  }

  @Override
  public void solve(Tensor factor, Tensor rows) {
    boolean tiled = factor.rows() > TILE && rows.rows() >= SOLVED_ROWS;
    work.members(
        WorkList.entry(tiled ? "cholesky_solve_rows" : "cholesky_solve", rows.dtype()),
        tiled
            ? new Geometry((rows.rows() + SOLVED_ROWS - 1) / SOLVED_ROWS, Geometry.THREADS)
            : Geometry.rows(rows.rows(), work.multiprocessors()),
        List.of(),
        List.of(read(factor), write(rows)),
        List.of((long) factor.rows(), (long) rows.rows()));
  }

  @Override
  public void gateRows(Tensor rows, Tensor gate, Tensor gated) {
    long each = gated.rows() / gate.rows();
    boolean shared = rows.rows() != gated.rows();
    work.elementwise(
        "gate_rows",
        List.of(each, (long) gated.columns(), shared ? 1L : 0L),
        read(rows),
        read(gate),
        write(gated));
  }
}
