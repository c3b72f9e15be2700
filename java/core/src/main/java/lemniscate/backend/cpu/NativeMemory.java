package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;

/**
 * How vector loops reach memory: by address, in one segment that is all there is.
 *
 * <p>A loop over segments of its own checks each of its accesses against the bounds of its segment,
 * and how much of that the compiler moves out of the loop depends on what it has seen before it
 * compiles: the same loop took 6 or 14 ns a vector. Here bounds are checked once for each loop.
 */
final class NativeMemory {

  /** All of it. */
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private NativeMemory() {}

  /**
   * Where a piece of native memory begins.
   *
   * @param bytes that will be reached from there on
   * @throws IllegalArgumentException if it is no native memory, or not that much
   */
  static long address(MemorySegment segment, long bytes) {
    if (!segment.isNative() || bytes > segment.byteSize()) {
      throw new IllegalArgumentException(
          segment + ": expected native memory of " + bytes + " bytes");
    }
    return segment.address();
  }
}
