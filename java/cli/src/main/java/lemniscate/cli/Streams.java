package lemniscate.cli;

import java.io.PrintStream;
import java.util.function.BooleanSupplier;

/**
 * Where the program writes and what it may do there.
 *
 * @param out results
 * @param err progress, logs and errors
 * @param terminal whether {@code err} is a terminal, which may get control characters; asked only
 *     where it matters, for asking takes time
 * @param signals whether the process belongs to the program, so that it may handle signals
 * @param outColours colours of results
 * @param errColours colours of progress, logs and errors
 */
record Streams(
    PrintStream out,
    PrintStream err,
    BooleanSupplier terminal,
    boolean signals,
    Colours outColours,
    Colours errColours) {

  /** Streams without colours. */
  Streams(PrintStream out, PrintStream err, BooleanSupplier terminal, boolean signals) {
    this(out, err, terminal, signals, Colours.NONE, Colours.NONE);
  }
}
