package lemniscate.backend.cpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArraySet;

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

  /** Folders that did not serve, a line each. */
  private static final Set<String> NOTICES = new CopyOnWriteArraySet<>();

  /** What could not be loaded, by the reason: several things may share one. */
  private static final Map<String, Set<String>> LACKING = new ConcurrentSkipListMap<>();

  private NativeLibraries() {}

  // Loaded when it is first asked for, and once: where it cannot be, every try costs an unpacking.
  private static final class OpenBlas {
    static final Optional<SymbolLookup> LIBRARY;
    static final String TROUBLE;

    static {
      Optional<SymbolLookup> library = Optional.empty();
      String trouble = "";
      try {
        library = load(OPENBLAS, OPENBLAS_FAMILIES);
      } catch (IOException e) {
        trouble = "OpenBLAS cannot be loaded";
        lacking("OpenBLAS", e);
      }
      LIBRARY = library;
      TROUBLE = trouble;
    }
  }

  /** The bundled OpenBLAS, loaded; empty when there is none for this platform, or it cannot be. */
  static Optional<SymbolLookup> openBlas() {
    return OpenBlas.LIBRARY;
  }

  /** Why {@link #openBlas} is empty, for people; empty where this build has none. */
  static String openBlasTrouble() {
    return OpenBlas.TROUBLE;
  }

  /**
   * Our loops in C, loaded; empty when this build has none for this platform.
   *
   * @throws IOException if they cannot be unpacked, or the system refuses to load them
   */
  static Optional<SymbolLookup> loops() throws IOException {
    try {
      return load(LOOPS, LOOPS_FAMILIES);
    } catch (IOException e) {
      lacking("the loops in C", e);
      throw e;
    }
  }

  private static void lacking(String what, IOException reason) {
    LACKING
        .computeIfAbsent(String.valueOf(reason.getMessage()), key -> new ConcurrentSkipListSet<>())
        .add(what);
  }

  /** What stood in the way of libraries that were asked for, and how it was got round. */
  static List<String> warnings() {
    List<String> warnings = new ArrayList<>(NOTICES);
    LACKING.forEach(
        (reason, what) ->
            warnings.add(
                "plain Java, which is slower, runs in the place of %s: %s"
                    .formatted(String.join(" and ", what), reason)));
    return warnings;
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
        UnpackedLibraries.Loaded<Optional<SymbolLookup>> loaded =
            UnpackedLibraries.load(
                libraries, UnpackedLibraries::cache, NativeLibraries::lookUpLast);
        if (!loaded.notice().isEmpty()) {
          NOTICES.add(loaded.notice());
        }
        return loaded.library();
      }
    }
    return Optional.empty();
  }

  private static Optional<SymbolLookup> lookUpLast(List<Path> files) {
    SymbolLookup last = null;
    for (Path file : files) {
      last = SymbolLookup.libraryLookup(file, Arena.global());
    }
    return Optional.ofNullable(last);
  }
}
