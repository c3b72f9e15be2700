package lemniscate.sweep;

import lemniscate.train.TrainingListener;

/** Told of the progress of a sweep, by one thread at a time; only trainings run side by side. */
public interface SweepListener {

  /** Hears nothing. */
  SweepListener NONE = new SweepListener() {};

  /** A trial begins. */
  default void onStart(Trial trial, SweepProgress progress) {}

  /**
   * The training of a trial begins: data and network are there. Called by the thread that trains,
   * while others do.
   *
   * @return who is told of its steps, by the same thread
   */
  default TrainingListener training(Trial trial) {
    return TrainingListener.NONE;
  }

  /** A trial is finished and in the store. */
  default void onFinish(TrialRow row, SweepProgress progress) {}
}
