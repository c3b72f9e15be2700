package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;

/** How loops in C reach memory: by address, checked once for each loop. */
final class NativeMemory {

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
