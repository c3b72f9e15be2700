package lemniscate.nd4j;

import java.util.List;
import lemniscate.backend.Plan;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/** A recorded list of calls of ND4J. */
final class Nd4jPlan implements Plan {

  /** Where intermediate results lie during a run; ND4J reuses it from run to run. */
  private static final String WORKSPACE = "lemniscate";

  private final Nd4jBackend backend;
  private final List<Runnable> steps;
  private final List<Nd4jArena> arenas;
  private boolean closed;

  Nd4jPlan(Nd4jBackend backend, Nd4jSteps recording) {
    this.backend = backend;
    this.steps = recording.steps();
    this.arenas = recording.arenas();
  }

  @Override
  public void run() {
    backend.requireOpen();
    if (closed) {
      throw new IllegalStateException("the plan is closed");
    }
    arenas.forEach(Nd4jArena::requireOpen);
    for (Runnable step : steps) {
      try (MemoryWorkspace _ = Nd4j.getWorkspaceManager().getAndActivateWorkspace(WORKSPACE)) {
        step.run();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
