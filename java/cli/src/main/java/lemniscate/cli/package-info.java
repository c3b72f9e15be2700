/**
 * The command line: one class per command; results on standard output, everything else on standard
 * error.
 */
@NullMarked
package lemniscate.cli;

import org.jspecify.annotations.NullMarked;
