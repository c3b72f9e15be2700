package lemniscate.cli;

import java.util.Map;
import java.util.function.Consumer;
import lemniscate.journal.JsonLine;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command, and the writing that they decide. */
final class CommonOptions {

  private final Streams streams;
  private volatile @Nullable Consumer<String> above;

  @Option(
      names = "--json",
      description = "Write the result as one line of JSON, the only thing on standard output.")
  private boolean json;

  @Option(names = "--quiet", description = "Write no progress and no log.")
  private boolean quiet;

  @Option(names = "--debug", description = "Write a stack trace with an error.")
  private boolean debug;

  @SuppressWarnings("unused") // picocli acts on it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  CommonOptions(Streams streams) {
    this.streams = streams;
  }

  boolean json() {
    return json;
  }

  boolean quiet() {
    return quiet;
  }

  boolean debug() {
    return debug;
  }

  /** Whether to draw on standard error: it is a terminal, and progress is wanted. */
  boolean draws() {
    return !quiet && streams.terminal().getAsBoolean();
  }

  Streams streams() {
    return streams;
  }

  /**
   * Where lines of the log go while something is drawn in place, which they must stand above.
   *
   * @param now null once nothing is
   */
  void logAbove(@Nullable Consumer<String> now) {
    above = now;
  }

  /** A line about what goes on. */
  void log(String line) {
    if (!quiet || line.startsWith("warning:")) {
      String shown = streams.errColours().line(Shown.printable(line));
      Consumer<String> display = above;
      if (display != null) {
        display.accept(shown);
      } else {
        streams.err().println(shown);
      }
    }
  }

  /** The result: as JSON, or as text that ends with a line feed. */
  void result(Map<String, ?> fields, String text) {
    if (json) {
      streams.out().println(JsonLine.of(fields));
    } else {
      streams.out().print(streams.outColours().result(Shown.printableLines(text)));
    }
    streams.out().flush();
  }

  /** A result that other programs read, as JSON or as the text that it is. */
  void document(Map<String, ?> fields, String text) {
    if (json) {
      result(fields, "");
    } else {
      streams.out().print(text);
    }
  }
}
