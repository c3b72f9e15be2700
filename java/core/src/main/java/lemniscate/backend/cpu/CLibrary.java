package lemniscate.backend.cpu;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory from the C library. The JVM's own off-heap allocation counts against a limit that defaults
 * to the heap size, and touches every page at once; {@code calloc} does neither.
 */
final class CLibrary {

  private static final MethodHandle CALLOC =
      function(
          "calloc",
          FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
  private static final MethodHandle FREE =
      function("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

  private CLibrary() {}

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  /**
   * Zeroed memory, to be given back with {@link #free}.
   *
   * @throws OutOfMemoryError when the system has none
   */
  static MemorySegment zeroed(long bytes) {
    MemorySegment block;
    try {
      block = (MemorySegment) CALLOC.invokeExact(1L, bytes);
    } catch (Throwable failure) {
      throw new IllegalStateException("calloc", failure);
    }
    if (block.address() == 0) {
      throw new OutOfMemoryError(
          "the system refused " + bytes / (1 << 20) + " MiB; use a smaller width or batch");
    }
    return block.reinterpret(bytes);
  }

  static void free(MemorySegment block) {
    try {
      FREE.invokeExact(block);
    } catch (Throwable failure) {
      throw new IllegalStateException("free", failure);
    }
  }
}
