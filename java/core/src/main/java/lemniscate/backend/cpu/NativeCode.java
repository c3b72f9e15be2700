package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lemniscate.backend.BackendProvider;
import lemniscate.config.BadInputException;
import lemniscate.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * The loops in C for one instruction set, out of the library that scripts/build-native.sh makes of
 * native/cpu. The library is loaded once, when it is first asked for.
 */
final class NativeCode {

  /**
   * The environment variable that says which instruction set is used: {@code auto} (as where it is
   * not set) for the best, {@code off} for plain Java, or a name such as {@code avx2}.
   */
  static final String VARIABLE = "LEMNISCATE_NATIVE";

  private static final String AUTO = "auto";
  private static final String OFF = "off";

  private final SymbolLookup library;
  private final String instructionSet;

  private NativeCode(SymbolLookup library, String instructionSet) {
    this.library = library;
    this.instructionSet = instructionSet;
  }

  /**
   * What {@link #VARIABLE} asks for; empty where loops are to run in plain Java, for the reason
   * that {@link #absence()} gives.
   *
   * @throws BadInputException if it names what this processor or this build does not have
   */
  static Optional<NativeCode> chosen() {
    return chosen(System.getenv(VARIABLE), NativeBuild.here());
  }

  /** The same for a value of the variable, or null where it is not set, and a build. */
  static Optional<NativeCode> chosen(@Nullable String asked, NativeBuild build) {
    if (asked == null || isAuto(asked)) {
      return build.usable().stream().findFirst().map(set -> code(build, set));
    }
    if (OFF.equals(asked)) {
      return Optional.empty();
    }
    if (!build.usable().contains(asked)) {
      throw new BadInputException(refusal(asked, build));
    }
    return Optional.of(code(build, asked));
  }

  /**
   * One of {@link #available()}.
   *
   * @throws IllegalArgumentException if it is not available
   */
  static NativeCode of(String set) {
    if (!available().contains(set)) {
      throw new IllegalArgumentException(set + " is none of " + available());
    }
    return code(NativeBuild.here(), set);
  }

  /** Instruction sets that this build has and this processor runs, the best first. */
  static List<String> available() {
    return NativeBuild.here().usable();
  }

  /** Why loops run in plain Java, in one line for people; empty where they run in C. */
  static String absence() {
    return absence(System.getenv(VARIABLE), NativeBuild.here());
  }

  /** The same for a value of the variable, or null where it is not set, and a build. */
  static String absence(@Nullable String asked, NativeBuild build) {
    return OFF.equals(asked) ? VARIABLE + "=" + OFF : build.reason();
  }

  /** What to do about {@link #absence()}; empty where loops run in C. */
  static String remedy() {
    return remedy(System.getenv(VARIABLE), NativeBuild.here());
  }

  /** The same for a value of the variable, or null where it is not set, and a build. */
  static String remedy(@Nullable String asked, NativeBuild build) {
    return OFF.equals(asked) ? "unset " + VARIABLE : build.remedy();
  }

  /** What a value of the variable, or null where it is not set, makes of a build, for people. */
  static BackendProvider.Part part(@Nullable String asked, NativeBuild build) {
    String name = "native loops";
    try {
      return chosen(asked, build)
          .map(code -> new BackendProvider.Part(name, true, description(code, build), ""))
          .orElseGet(
              () ->
                  new BackendProvider.Part(
                      name, false, absence(asked, build), remedy(asked, build)));
    } catch (BadInputException e) {
      return new BackendProvider.Part(
          name, false, String.valueOf(e.getMessage()), "set it to one of these");
    }
  }

  private static String description(NativeCode code, NativeBuild build) {
    String others =
        build.usable().stream()
            .filter(set -> !set.equals(code.instructionSet()))
            .collect(Collectors.joining(", "));
    return "instruction set "
        + code.instructionSet()
        + (others.isEmpty() ? "" : " (possible too: " + others + ")");
  }

  private static boolean isAuto(String asked) {
    return asked.isBlank() || asked.equals(AUTO);
  }

  private static NativeCode code(NativeBuild build, String set) {
    return new NativeCode(build.library().orElseThrow(), set);
  }

  private static String refusal(String asked, NativeBuild build) {
    String why;
    if (!build.reason().isEmpty()) {
      why = "no loops in C here (" + build.reason() + "; " + build.remedy() + ")";
    } else if (build.built().contains(asked)) {
      why = "this processor does not have it";
    } else if (build.processor().contains(asked)) {
      why = "this build's compiler did not know it";
    } else {
      why = "not known here";
    }
    return "%s is %s: %s; expected one of %s; auto, or not set, takes the best"
        .formatted(
            VARIABLE,
            asked,
            why,
            Stream.concat(Stream.of(AUTO, OFF), build.usable().stream())
                .collect(Collectors.joining(", ")));
  }

  /** Name of the instruction set, as {@code avx2}. */
  String instructionSet() {
    return instructionSet;
  }

  /**
   * Address of a function.
   *
   * @param type of its elements
   * @param name as in the C source, without instruction set and type
   * @throws IllegalStateException if the library has no such function
   */
  MemorySegment function(DType type, String name) {
    String symbol =
        "lemniscate_%s_%s_%s"
            .formatted(instructionSet, type == DType.FLOAT32 ? "f32" : "f64", name);
    return library
        .find(symbol)
        .orElseThrow(() -> new IllegalStateException("the library of native/cpu has no " + symbol));
  }
}
