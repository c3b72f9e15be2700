package lemniscate.sweep.slurm;

import lemniscate.sweep.SweepListener;
import lemniscate.sweep.SweepProgress;

/** Told of the progress of a sweep on a cluster, by one thread. */
public interface SlurmListener extends SweepListener {

  /** Hears nothing. */
  SlurmListener NONE = new SlurmListener() {};

  /**
   * How many tasks are in which state.
   *
   * @param done with all their trials
   * @param running now
   * @param waiting in the queue, or for being submitted
   * @param failed and not submitted again
   */
  record Tasks(int done, int running, int waiting, int failed) {
    @Override
    public String toString() {
      return "%d done, %d running, %d pending, %d failed".formatted(done, running, waiting, failed);
    }
  }

  /** After every look at the queue. */
  default void onTasks(Tasks tasks, SweepProgress progress) {}

  /** Something worth a line: a submission, a requeue, a query that failed. */
  default void onNote(String line) {}
}
