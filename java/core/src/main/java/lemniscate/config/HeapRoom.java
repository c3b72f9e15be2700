package lemniscate.config;

import lemniscate.text.Shown;

/** What the Java heap has room for: data sets lie there, and what is read of a file before it. */
public final class HeapRoom {

  /** Kept for everything else. */
  private static final long RESERVE_BYTES = 32L << 20;

  /** Less than this is never in question, and not worth collecting garbage for. */
  private static final long SMALL = 1L << 20;

  private static final String REMEDY =
      "a larger heap helps (LEMNISCATE_JAVA_OPTS=-Xmx16g), where the machine has the memory";

  private HeapRoom() {}

  /** Bytes that can be allocated now, garbage not counted as used where it was just collected. */
  public static long freeBytes() {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    return Math.max(0, runtime.maxMemory() - used - RESERVE_BYTES);
  }

  /**
   * Refuses what does not fit.
   *
   * @param what is large: a file, an array, a key with its value
   * @param bytes that it takes
   * @param remedy what else helps, a clause
   * @throws BadInputException if the heap has no room for it
   */
  public static void require(String what, long bytes, String remedy) {
    if (bytes <= SMALL || bytes <= freeBytes()) {
      return;
    }
    System.gc(); // what was used before may be free by now
    long free = freeBytes();
    if (bytes > free) {
      throw new BadInputException(
          "%s takes %s of memory, and the Java heap has %s free of its %s; %s, or %s."
              .formatted(
                  what,
                  Shown.bytes(bytes),
                  Shown.bytes(free),
                  Shown.bytes(Runtime.getRuntime().maxMemory()),
                  REMEDY,
                  remedy));
    }
  }
}
