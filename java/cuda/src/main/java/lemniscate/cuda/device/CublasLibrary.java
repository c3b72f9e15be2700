package lemniscate.cuda.device;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A cuBLAS that has been found and loaded.
 *
 * @param place path, or name by which the loader found it
 * @param major its major version
 * @param symbols its functions
 */
public record CublasLibrary(String place, int major, SymbolLookup symbols) {

  // Of cublasGetVersion: 1000 or 10000 major, 100 minor, patch. From version 11 on it is 10000.
  private static final int MAJOR = 10_000;
  private static final int MINOR = 100;

  // Of cublasGetProperty.
  private static final int MAJOR_VERSION = 0;

  private static final String FILE = "libcublas.so";
  private static final String NEEDED_FILE = "libcublasLt.so";

  /** Loads a library by the name that the loader knows; nothing where it knows none. */
  static Optional<CublasLibrary> named(String name) {
    try {
      return of(name, SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException absent) {
      return Optional.empty();
    }
  }

  /**
   * Loads a file; nothing where it is no cuBLAS.
   *
   * @throws IllegalArgumentException when it cannot be loaded
   */
  static Optional<CublasLibrary> at(Path file) {
    Path library = file.toAbsolutePath();
    // NVIDIA's libraries don't say where the one they need is. The loader takes what is loaded.
    Path needed =
        library.resolveSibling(library.getFileName().toString().replace(FILE, NEEDED_FILE));
    if (!needed.equals(library) && Files.isRegularFile(needed)) {
      SymbolLookup.libraryLookup(needed, Arena.global());
    }
    return of(file.toString(), SymbolLookup.libraryLookup(library, Arena.global()));
  }

  private static Optional<CublasLibrary> of(String place, SymbolLookup symbols) {
    return symbols
        .find("cublasGetProperty")
        .filter(_ -> symbols.find("cublasGemmStridedBatchedEx").isPresent())
        .map(function -> new CublasLibrary(place, major(function), symbols));
  }

  private static int major(MemorySegment function) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      int status =
          (int)
              Linker.nativeLinker()
                  .downcallHandle(
                      function,
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS))
                  .invokeExact(MAJOR_VERSION, value);
      CublasStatus.check("cublasGetProperty", status);
      return value.get(ValueLayout.JAVA_INT, 0);
    } catch (CudaException e) {
      throw e;
    } catch (Throwable failure) {
      throw new IllegalStateException("cublasGetProperty", failure);
    }
  }

  /** Name, version and place. */
  String description(int version) {
    return "cuBLAS "
        + version / MAJOR
        + "."
        + version % MAJOR / MINOR
        + "."
        + version % MINOR
        + " ("
        + place
        + ")";
  }
}
