package lemniscate.cli;

/** How the program ends; scripts rely on the numbers. */
public enum ExitCode {
  DONE(0, "All is well."),
  FAILURE(1, "A failure of the program or the machine."),
  BAD_INPUT(2, "An option, a file or a combination that cannot be used; nothing was done."),
  DIVERGED(3, "The run diverged; its last good checkpoint is kept."),
  VERDICT_FAILED(4, "A verdict that was asked for failed."),
  INTERRUPTED(130, "Stopped by Ctrl-C or a termination signal, with a checkpoint flushed."),
  ABANDONED(141, "Whoever read standard output has closed it; what a shell gives for SIGPIPE.");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /** What it says, for people. */
  public String meaning() {
    return meaning;
  }

  /** The number that the process ends with. */
  public int code() {
    return code;
  }
}
