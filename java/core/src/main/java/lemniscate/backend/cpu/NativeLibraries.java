package lemniscate.backend.cpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** Finds and loads the native libraries on the class path: OpenBLAS and our own loops. */
final class NativeLibraries {

  /** Where the jar of OpenBLAS keeps it, in a folder for each platform. */
  private static final String OPENBLAS = "/org/bytedeco/openblas/";

  /** What OpenBLAS needs and may not find by itself, in loading order, and OpenBLAS last. */
  private static final List<List<String>> OPENBLAS_FAMILIES =
      List.of(
          List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0"),
          List.of(
              "libgcc_s.1.1.dylib",
              "libquadmath.0.dylib",
              "libgfortran.5.dylib",
              "libopenblas.0.dylib"),
          List.of("libopenblas.dll"));

  /** Where scripts/build-native.sh puts our loops, in a folder for the platform. */
  static final String LOOPS = "/lemniscate/native/";

  private static final List<List<String>> LOOPS_FAMILIES =
      List.of(List.of("liblemniscate-cpu.so"), List.of("liblemniscate-cpu.dylib"));

  private NativeLibraries() {}

  /**
   * The bundled OpenBLAS, loaded; empty when the class path has none for this platform.
   *
   * @throws UncheckedIOException if it cannot be unpacked
   */
  static Optional<SymbolLookup> openBlas() {
    try {
      return load(OPENBLAS, OPENBLAS_FAMILIES);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack OpenBLAS: " + e.getMessage(), e);
    }
  }

  /**
   * Our loops in C, loaded; empty when this build has none for this platform.
   *
   * @throws IOException if they cannot be unpacked
   * @throws IllegalArgumentException if the system refuses to load them
   */
  static Optional<SymbolLookup> loops() throws IOException {
    return load(LOOPS, LOOPS_FAMILIES);
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

  // A family is there if its last library is, which is the one that is looked for.
  private static Optional<SymbolLookup> load(String place, List<List<String>> families)
      throws IOException {
    String folder = place + platform() + "/";
    for (List<String> family : families) {
      if (NativeLibraries.class.getResource(folder + family.getLast()) != null) {
        List<URL> libraries =
            family.stream()
                .map(name -> NativeLibraries.class.getResource(folder + name))
                .filter(Objects::nonNull)
                .toList();
        SymbolLookup last = null;
        for (Path file : UnpackedLibraries.of(libraries, UnpackedLibraries.cache())) {
          last = SymbolLookup.libraryLookup(file, Arena.global());
        }
        return Optional.ofNullable(last);
      }
    }
    return Optional.empty();
  }
}
