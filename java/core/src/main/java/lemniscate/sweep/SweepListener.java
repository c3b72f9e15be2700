package lemniscate.sweep;

/** Told of the progress of a sweep, by one thread at a time. */
public interface SweepListener {

  /** Hears nothing. */
  SweepListener NONE = new SweepListener() {};

  /** A trial begins. */
  default void onStart(Trial trial, SweepProgress progress) {}

  /** A trial is finished and in the store. */
  default void onFinish(TrialRow row, SweepProgress progress) {}
}
