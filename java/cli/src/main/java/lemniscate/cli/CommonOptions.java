package lemniscate.cli;

import java.util.Map;
import lemniscate.journal.JsonLine;
import lemniscate.text.Shown;
import picocli.CommandLine.Option;

/** Options of every command, and the writing that they decide. */
final class CommonOptions {

  private final Streams streams;

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

  /** A line about what goes on. */
  void log(String line) {
    if (!quiet || line.startsWith("warning:")) {
      streams.err().println(Shown.printable(line));
    }
  }

  /** The result: as JSON, or as text that ends with a line feed. */
  void result(Map<String, ?> fields, String text) {
    if (json) {
      streams.out().println(JsonLine.of(fields));
    } else {
      streams.out().print(Shown.printableLines(text));
    }
    streams.out().flush();
  }
}
