package lemniscate.sweep.slurm;

import java.util.Set;
import lemniscate.sweep.slurm.SlurmJournal.Submission;
import org.jspecify.annotations.Nullable;

/** A part of the sweep that a task of an array trains, and what a session knows of it. */
final class SlurmTask {

  private final int number;
  private final Set<String> missing;
  private long size;
  private int attempts;
  private @Nullable Submission last;
  private @Nullable String ended;
  private long endedSince;
  private boolean lost;
  private int known;
  private int knownBefore;

  /**
   * A task that was never submitted.
   *
   * @param number from 1
   * @param missing keys of the jobs whose results are to come; kept, not copied
   */
  SlurmTask(int number, Set<String> missing) {
    this.number = number;
    this.missing = missing;
  }

  int number() {
    return number;
  }

  /** How many results are to come. */
  int missing() {
    return missing.size();
  }

  boolean done() {
    return missing.isEmpty();
  }

  /** How often it was submitted since it last had nothing to do. */
  int attempts() {
    return attempts;
  }

  /** Its latest submission; null if it has none. */
  @Nullable Submission last() {
    return last;
  }

  /** The job of its latest submission; null if that is not known. */
  @Nullable String job() {
    Submission submission = last;
    return submission == null ? null : submission.job();
  }

  /** How its latest submission ended; null if it may be running. */
  @Nullable String ended() {
    return ended;
  }

  void end(String state) {
    ended = state;
  }

  /** For how long it has said that it is complete, in milliseconds. */
  long completedFor(long now) {
    if (endedSince == 0) {
      endedSince = now;
    }
    return now - endedSince;
  }

  boolean lost() {
    return lost;
  }

  /** It will not be submitted again. */
  void giveUp() {
    lost = true;
  }

  void forgetAttempts() {
    attempts = 0;
  }

  /** That a task was submitted often is no sign of failures, where each time there was more. */
  void countOneAttemptAtMost() {
    attempts = Math.min(attempts, 1);
  }

  /** A submission that is not known to have failed. */
  void submitted(Submission submission) {
    last = submission;
    ended = null;
    endedSince = 0;
    attempts++;
    knownBefore = known;
  }

  /** As the journal has it: the number of a submission's job becomes known later. */
  void update(Submission submission) {
    if (last != null && last.number() == submission.number()) {
      last = submission;
      if (submission.refused()) {
        attempts--;
        ended = "not submitted";
      }
    }
  }

  /** Whether a store of this many bytes may tell what is not known. */
  boolean toRead(long bytes) {
    return bytes != 0 && (bytes != size || endedSince != 0);
  }

  void found(String key) {
    missing.remove(key);
  }

  /** Its store was read as far as its bytes went. */
  void read(long bytes, int rows) {
    size = bytes;
    known = rows;
  }

  /** There is this to do, more or less than was known. */
  void setMissing(Set<String> keys) {
    boolean wasDone = done();
    missing.clear();
    missing.addAll(keys);
    if (wasDone && !done()) {
      forgetAttempts();
    }
  }

  /** Whether results have come since it was submitted. */
  boolean progressed() {
    return known > knownBefore;
  }
}
