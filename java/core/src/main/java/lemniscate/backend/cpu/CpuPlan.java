package lemniscate.backend.cpu;

import java.util.List;
import lemniscate.backend.Plan;

/** A list of operations, replayed in order. */
final class CpuPlan implements Plan {

  private final CpuBackend backend;
  private final CpuOperation[] operations;
  private final CpuArena[] arenas;
  private final CpuArena panels;
  private boolean closed;

  /**
   * Takes operations.
   *
   * @param arenas that must be open for them
   * @param panels what belongs to the plan alone
   */
  CpuPlan(
      CpuBackend backend, List<CpuOperation> operations, List<CpuArena> arenas, CpuArena panels) {
    this.panels = panels;
    this.backend = backend;
    this.operations = operations.toArray(CpuOperation[]::new);
    this.arenas = arenas.toArray(CpuArena[]::new);
  }

  @Override
  public void run() {
    backend.requireOpen();
    if (closed) {
      throw new IllegalStateException("the plan is closed");
    }
    for (CpuArena arena : arenas) {
      arena.requireOpen();
    }
    WorkerPool pool = backend.pool();
    for (CpuOperation operation : operations) {
      operation.run(pool);
    }
  }

  @Override
  public void close() {
    closed = true;
    panels.close();
  }
}
