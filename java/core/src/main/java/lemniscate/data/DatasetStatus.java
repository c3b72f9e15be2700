package lemniscate.data;

import org.jspecify.annotations.Nullable;

/**
 * What is known about a set of the catalogue on this machine, as {@code data list} and {@code data
 * check} report it.
 *
 * @param name name of the set
 * @param description one line on what it is
 * @param path folder or archive it was found in, {@code bundled}, {@code generated}, or null if it
 *     was not found
 * @param train training examples, or null if not found, unreadable, or told only by reading it all
 * @param test test examples, or null likewise
 * @param sha256 SHA-256 over the uncompressed content of all files, one after the other in the
 *     order of the catalogue; null unless it was worked out
 * @param state how the contents compare with the official ones
 * @param remedy what is wrong and what to do, or null if nothing is
 */
public record DatasetStatus(
    String name,
    String description,
    @Nullable String path,
    @Nullable Integer train,
    @Nullable Integer test,
    @Nullable String sha256,
    State state,
    @Nullable String remedy) {

  /** How the contents compare with the official ones. */
  public enum State {
    /** Every file has its official SHA-256. */
    VERIFIED,
    /** Found; the hashes were not worked out, or none are known. */
    NOT_CHECKED,
    /** At least one file differs from the official one, or cannot be read. */
    DIFFERS,
    /** Not found on this machine. */
    MISSING,
    /** Made in memory: there are no files. */
    GENERATED
  }

  /** True if the set can be used as far as is known. */
  public boolean ok() {
    return state != State.DIFFERS && state != State.MISSING;
  }
}
