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
 */
record Streams(PrintStream out, PrintStream err, BooleanSupplier terminal, boolean signals) {}
