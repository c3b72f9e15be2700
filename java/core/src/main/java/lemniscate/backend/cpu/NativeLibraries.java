package lemniscate.backend.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds the OpenBLAS that comes as a jar resource, copies it once into the user's cache folder and
 * loads it. The copy goes to a temporary name first, so that several processes can start at once.
 */
final class NativeLibraries {

  /** Where the jar of the natives keeps them. */
  private static final String RESOURCES = "/org/bytedeco/openblas/";

  /** What OpenBLAS needs and may not find by itself, in loading order, and OpenBLAS last. */
  private static final List<List<String>> LIBRARIES =
      List.of(
          List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0"),
          List.of(
              "libgcc_s.1.1.dylib",
              "libquadmath.0.dylib",
              "libgfortran.5.dylib",
              "libopenblas.0.dylib"),
          List.of("libopenblas.dll"));

  private NativeLibraries() {}

  /** The bundled OpenBLAS, loaded; empty when the class path has none for this platform. */
  static Optional<SymbolLookup> openBlas() {
    String folder = RESOURCES + platform() + "/";
    for (List<String> family : LIBRARIES) {
      if (NativeLibraries.class.getResource(folder + family.getLast()) != null) {
        return Optional.of(load(folder, family));
      }
    }
    return Optional.empty();
  }

  /** Operating system and processor as the natives' jars name them. */
  static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    String system = os.contains("mac") ? "macosx" : os.contains("win") ? "windows" : "linux";
    String processor =
        switch (arch) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "arm64";
          default -> arch;
        };
    return system + "-" + processor;
  }

  private static SymbolLookup load(String folder, List<String> family) {
    SymbolLookup last = null;
    try {
      Path cache = cacheFolder(folder + family.getLast());
      for (String name : family) {
        if (NativeLibraries.class.getResource(folder + name) != null) {
          Path file = cache.resolve(name);
          copy(folder + name, file);
          last = SymbolLookup.libraryLookup(file, Arena.global());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack OpenBLAS: " + e.getMessage(), e);
    }
    if (last == null) {
      throw new IllegalStateException("no library in " + folder);
    }
    return last;
  }

  // One folder for each version of the natives: the name holds the library's size.
  private static Path cacheFolder(String resource) throws IOException {
    long size = NativeLibraries.class.getResource(resource).openConnection().getContentLengthLong();
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg == null || xdg.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    Path folder = base.resolve("lemniscate").resolve("natives-" + platform() + "-" + size);
    try {
      Files.createDirectories(folder);
      if (Files.isWritable(folder)) {
        return folder;
      }
    } catch (IOException unwritableHome) {
      // No home to write to, as in some containers: a folder of this process then.
    }
    Path temporary = Files.createTempDirectory("lemniscate-natives");
    temporary.toFile().deleteOnExit();
    return temporary;
  }

  private static void copy(String resource, Path file) throws IOException {
    var url = NativeLibraries.class.getResource(resource);
    long size = url.openConnection().getContentLengthLong();
    if (Files.exists(file) && Files.size(file) == size) {
      return;
    }
    Path temporary = Files.createTempFile(file.getParent(), "unpack", ".tmp");
    try (InputStream in = url.openStream()) {
      Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
