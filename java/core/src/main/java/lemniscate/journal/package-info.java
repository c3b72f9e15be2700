/**
 * Append-only files of JSON, one object a line: written line by line with a checksum, and read
 * without believing anything that is stored.
 */
@NullMarked
package lemniscate.journal;

import org.jspecify.annotations.NullMarked;
