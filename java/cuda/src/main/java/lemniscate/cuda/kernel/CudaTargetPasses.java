package lemniscate.cuda.kernel;

import static lemniscate.cuda.kernel.CudaOperations.bits;
import static lemniscate.cuda.kernel.Operand.raise;
import static lemniscate.cuda.kernel.Operand.read;
import static lemniscate.cuda.kernel.Operand.write;

import java.util.List;
import lemniscate.backend.Operations;
import lemniscate.backend.TargetPasses;
import lemniscate.tensor.Tensor;

/**
 * Passes of rules with targets: factorisations and solves of a slab or of all examples in one
 * launch.
 */
final class CudaTargetPasses implements TargetPasses {

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
    work.members(
        WorkList.entry("cholesky", matrix.dtype()),
        new Geometry(1, Geometry.THREADS),
        List.of(bits(damping)),
        List.of(write(matrix), raise(condition)),
        List.of((long) matrix.rows()));
  }

  @Override
  public void solve(Tensor factor, Tensor rows) {
    work.members(
        WorkList.entry("cholesky_solve", rows.dtype()),
        Geometry.rows(rows.rows(), work.multiprocessors()),
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
