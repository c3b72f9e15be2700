package lemniscate.cli;

/** How the program ends; scripts rely on the numbers. */
public enum ExitCode {
  /** All is well. */
  DONE(0),
  /** A failure of the program or the machine. */
  FAILURE(1),
  /** An option, a file or a combination that cannot be used; nothing was done. */
  BAD_INPUT(2),
  /** The run diverged; its last good checkpoint is kept. */
  DIVERGED(3),
  /** A verdict that was asked for failed. */
  VERDICT_FAILED(4),
  /** Stopped by Ctrl-C or a termination signal, with a checkpoint flushed. */
  INTERRUPTED(130),
  /** Whoever read standard output has closed it; what a shell gives for SIGPIPE. */
  ABANDONED(141);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** The number that the process ends with. */
  public int code() {
    return code;
  }
}
