package lemniscate.cli;

import java.io.Console;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** Asks the operating system whether a stream of this process is a terminal. */
final class TerminalCheck {

  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;

  private TerminalCheck() {}

  /** Whether standard error is a terminal that understands control characters. */
  static boolean standardErrorIsTerminal() {
    return isTerminal(STANDARD_ERROR);
  }

  /** Whether standard output is one. */
  static boolean standardOutputIsTerminal() {
    return isTerminal(STANDARD_OUTPUT);
  }

  private static boolean isTerminal(int descriptor) {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      Linker linker = Linker.nativeLinker();
      return (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("isatty"),
                      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                  .invokeExact(descriptor)
          == 1;
    } catch (Throwable e) {
      // No POSIX here: the console stands for all streams together.
      Console console = System.console();
      return console != null && console.isTerminal();
    }
  }
}
