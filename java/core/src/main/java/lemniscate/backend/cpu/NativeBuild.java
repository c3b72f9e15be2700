package lemniscate.backend.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The library of loops in C that this build has, and what of it this processor runs.
 *
 * @param library the library, loaded; empty where there is none that can be
 * @param built instruction sets that it was compiled for
 * @param processor instruction sets that the processor and its operating system run, the best first
 * @param reason why none can be used, for people; empty where one can
 * @param remedy what to do about that; empty where one can be used
 */
record NativeBuild(
    Optional<SymbolLookup> library,
    List<String> built,
    List<String> processor,
    String reason,
    String remedy) {

  private static final String BUILD_AGAIN = ", then build again: mvn -DskipTests package";

  // Loads the library when it is first asked for.
  private static final class Here {
    static final NativeBuild FOUND = find();
  }

  /** That of this process. */
  static NativeBuild here() {
    return Here.FOUND;
  }

  /** One without a library. */
  static NativeBuild without(String reason, String remedy) {
    return new NativeBuild(Optional.empty(), List.of(), List.of(), reason, remedy);
  }

  /** One with a library, which says what is missing if no instruction set is in both lists. */
  static NativeBuild of(SymbolLookup library, List<String> built, List<String> processor) {
    String reason = "";
    String remedy = "";
    if (processor.isEmpty()) {
      reason = "a processor without AVX2";
      remedy = "none on this machine: its loops stay in plain Java, which is slower";
    } else if (processor.stream().noneMatch(built::contains)) {
      reason = "built by a compiler that knows none of " + String.join(", ", processor);
      remedy = "install a newer gcc or clang" + BUILD_AGAIN;
    }
    return new NativeBuild(Optional.of(library), built, processor, reason, remedy);
  }

  /** Instruction sets that can be used, the best first. */
  List<String> usable() {
    return processor.stream().filter(built::contains).toList();
  }

  private static NativeBuild find() {
    try {
      Optional<SymbolLookup> library = NativeLibraries.loops();
      return library.isPresent()
          ? of(
              library.get(),
              words(library.get(), "lemniscate_built_sets"),
              words(library.get(), "lemniscate_instruction_sets"))
          : notBuilt(facts());
    } catch (IOException | RuntimeException e) {
      return without(
          "the library of loops in C cannot be loaded: " + e.getMessage(),
          "correct what the reason names, or build again on this machine: mvn -DskipTests clean"
              + " package");
    }
  }

  /**
   * Why a build has no library.
   *
   * @param facts what scripts/build-native.sh wrote; empty where it was not run
   */
  static NativeBuild notBuilt(Properties facts) {
    String reason = facts.getProperty("reason");
    if (reason != null) {
      return without(reason, "install gcc or clang" + BUILD_AGAIN);
    }
    String platform = facts.getProperty("platform");
    if (NativeLibraries.platform().equals(platform)) {
      return without(
          "the library that was built is missing", "build again: mvn -DskipTests clean package");
    }
    return without(
        platform == null
            ? "built where scripts/build-native.sh does not run"
            : "built for " + platform + ", and this is " + NativeLibraries.platform(),
        "build on Linux or macOS, on a machine of this kind, with gcc or clang");
  }

  private static Properties facts() throws IOException {
    Properties facts = new Properties();
    try (InputStream in =
        NativeBuild.class.getResourceAsStream(NativeLibraries.LOOPS + "native.properties")) {
      if (in != null) {
        facts.load(in);
      }
    }
    return facts;
  }

  private static List<String> words(SymbolLookup library, String function) {
    MemorySegment text;
    try {
      text =
          (MemorySegment)
              Linker.nativeLinker()
                  .downcallHandle(
                      library.findOrThrow(function), FunctionDescriptor.of(ValueLayout.ADDRESS))
                  .invokeExact();
    } catch (Throwable failure) {
      throw new IllegalStateException(function, failure);
    }
    return Stream.of(text.reinterpret(Long.MAX_VALUE).getString(0).split(" "))
        .filter(word -> !word.isEmpty())
        .toList();
  }
}
