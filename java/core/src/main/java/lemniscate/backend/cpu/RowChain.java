package lemniscate.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive operations that treat the rows of a batch independently of each other, such as the
 * steps of a relaxation. Each thread takes some rows through all of them: the threads meet once
 * instead of after every operation, and what a thread wrote it finds in its own cache.
 *
 * <p>Row i of an operand may only depend on row i of others and on tensors that the chain does not
 * write. Every thread packs the weights for itself, so only small ones are worth it.
 */
final class RowChain implements CpuOperation, WorkerPool.Task {

  /** An operation that can be done for some rows of the batch alone. */
  sealed interface Member extends CpuOperation permits CpuOperation.Elementwise, Products {

    /** Rows of the batch, or 0 if this operation does not treat rows independently. */
    int batch();

    /** Tensors of which row i is read or written for row i alone. */
    List<Tensor> byRow();

    /** Tensors that are read whole for every row. */
    List<Tensor> shared();

    /**
     * Does the operation for some rows.
     *
     * @param part who does it
     * @param from first row
     * @param to one past the last
     */
    void runRows(int part, int from, int to);
  }

  /** Fewer rows are multiplied so much less efficiently that meeting the others costs less. */
  private static final int ROWS_WORTH_A_THREAD = 32;

  /** Parts start at multiples: a row of one column more or less fills no cache line. */
  private static final int GRAIN = 16;

  private final int batch;
  private final List<Member> members = new ArrayList<>();
  private final List<Tensor> byRow = new ArrayList<>();
  private final List<Tensor> shared = new ArrayList<>();

  private RowChain(int batch) {
    this.batch = batch;
  }

  /**
   * Links the neighbours that can be linked.
   *
   * @param operations of a recording, in order
   * @param threads of the pool that will run them
   */
  static List<CpuOperation> link(List<CpuOperation> operations, int threads) {
    List<CpuOperation> linked = new ArrayList<>();
    RowChain open = null;
    for (CpuOperation operation : operations) {
      if (open != null && operation instanceof Member member && open.add(member)) {
        continue;
      }
      close(open, linked);
      open = null;
      if (operation instanceof Member member
          && threads > 1
          && member.batch() >= threads * ROWS_WORTH_A_THREAD) {
        RowChain begun = new RowChain(member.batch());
        if (begun.add(member)) {
          open = begun;
          continue;
        }
      }
      linked.add(operation);
    }
    close(open, linked);
    return linked;
  }

  private static void close(@Nullable RowChain chain, List<CpuOperation> into) {
    if (chain != null) {
      into.add(chain.members.size() == 1 ? chain.members.getFirst() : chain);
    }
  }

  private boolean add(Member next) {
    if (next.batch() != batch) {
      return false;
    }
    List<Tensor> rows = union(byRow, next.byRow());
    List<Tensor> whole = union(shared, next.shared());
    for (Tensor tensor : next.byRow()) {
      if (rows.stream().anyMatch(t -> t.overlaps(tensor) && !t.isSameView(tensor))
          || whole.stream().anyMatch(tensor::overlaps)) {
        return false;
      }
    }
    for (Tensor tensor : next.shared()) {
      if (rows.stream().anyMatch(tensor::overlaps)) {
        return false;
      }
    }
    byRow.clear();
    byRow.addAll(rows);
    shared.clear();
    shared.addAll(whole);
    members.add(next);
    return true;
  }

  private static List<Tensor> union(List<Tensor> tensors, List<Tensor> more) {
    List<Tensor> all = new ArrayList<>(tensors);
    for (Tensor tensor : more) {
      if (all.stream().noneMatch(tensor::isSameView)) {
        all.add(tensor);
      }
    }
    return all;
  }

  @Override
  public void run(WorkerPool pool) {
    pool.run(this);
  }

  @Override
  public void run(int part, int parts) {
    int from = cut(part, parts);
    int to = cut(part + 1, parts);
    for (int i = 0; i < members.size(); i++) {
      members.get(i).runRows(part, from, to);
    }
  }

  private int cut(int part, int parts) {
    return part == parts ? batch : (int) ((long) batch * part / parts / GRAIN * GRAIN);
  }
}
