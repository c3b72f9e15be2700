package lemniscate.sweep.slurm;

import java.util.Set;

/** What Slurm's many states of a task come to for whoever waits for it. */
enum TaskState {
  /** It will run; nothing is to be done. */
  WAITING,
  /** It runs, or is about to, or its processes are being ended. */
  RUNNING,
  /** It will not run again by itself. */
  ENDED;

  /** The state of a task that ended by itself with exit code 0. */
  static final String COMPLETED = "COMPLETED";

  private static final Set<String> WAITING_STATES =
      Set.of(
          "PENDING",
          "CONFIGURING",
          "REQUEUED",
          "REQUEUE_FED",
          "REQUEUE_HOLD",
          "RESV_DEL_HOLD",
          "SPECIAL_EXIT");

  private static final Set<String> ENDED_STATES =
      Set.of(
          "BOOT_FAIL",
          "CANCELLED",
          COMPLETED,
          "DEADLINE",
          "FAILED",
          "LAUNCH_FAILED",
          "NODE_FAIL",
          "OUT_OF_MEMORY",
          "PREEMPTED",
          "RECONFIG_FAIL",
          "REVOKED",
          "TIMEOUT");

  /**
   * Classes a state as squeue and sacct write it. One that is not known counts as running: to wait
   * too long does less harm than to run a task twice.
   */
  static TaskState of(String state) {
    String word = word(state);
    return ENDED_STATES.contains(word) ? ENDED : WAITING_STATES.contains(word) ? WAITING : RUNNING;
  }

  /** The state without what sacct adds: {@code CANCELLED} of {@code CANCELLED by 1000}. */
  static String word(String state) {
    String stripped = state.strip();
    int end = 0;
    while (end < stripped.length()
        && (Character.isLetter(stripped.charAt(end)) || stripped.charAt(end) == '_')) {
      end++;
    }
    return stripped.substring(0, end);
  }
}
