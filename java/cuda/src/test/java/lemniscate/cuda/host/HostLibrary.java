package lemniscate.cuda.host;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** The kernels compiled by g++ behind {@code native/host}, loaded once. */
public final class HostLibrary {

  private static final ValueLayout.OfLong L = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfDouble D = ValueLayout.JAVA_DOUBLE;

  private static final String COMPILER = "g++";

  private final SymbolLookup symbols;
  final MethodHandle launch;
  final MethodHandle optIn;
  final MethodHandle allocate;
  final MethodHandle free;
  final MethodHandle gemm32;
  final MethodHandle gemm64;
  final MethodHandle names;

  private HostLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
    launch =
        handle(
            "lemniscate_host_launch",
            FunctionDescriptor.of(
                I,
                ValueLayout.ADDRESS,
                I,
                I,
                I,
                I,
                L,
                I,
                ValueLayout.ADDRESS,
                L,
                ValueLayout.ADDRESS,
                L));
    optIn = handle("lemniscate_host_opt_in", FunctionDescriptor.of(I, ValueLayout.ADDRESS, L));
    allocate = handle("lemniscate_host_allocate", FunctionDescriptor.of(L, L));
    free = handle("lemniscate_host_free", FunctionDescriptor.of(I, L));
    FunctionDescriptor gemm =
        FunctionDescriptor.ofVoid(I, I, L, L, L, D, L, L, L, L, D, L, L, L, I);
    gemm32 = handle("lemniscate_host_gemm_f32", gemm);
    gemm64 = handle("lemniscate_host_gemm_f64", gemm);
    names = handle("lemniscate_host_kernels", FunctionDescriptor.of(L, ValueLayout.ADDRESS, L));
  }

  private MethodHandle handle(String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(name), descriptor);
  }

  /**
   * Compiles sources that nobody has compiled since they last changed, and loads the result.
   *
   * @param root of the checkout
   * @param source the translation unit with the kernels
   * @param library to write
   */
  static HostLibrary build(Path root, Path source, Path library)
      throws IOException, InterruptedException {
    Path folder = Objects.requireNonNull(library.getParent());
    Files.createDirectories(folder);
    if (!isNewest(library, List.of(root.resolve("kernels"), root.resolve("native"), source))) {
      compile(root.resolve("native/host"), source, library);
    }
    return new HostLibrary(SymbolLookup.libraryLookup(library, Arena.global()));
  }

  private static void compile(Path host, Path source, Path library)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(COMPILER);
    command.addAll(List.of("-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of("-fPIC", "-shared"));
    // Kernels may be named as functions of the C library are.
    command.add("-Wl,-Bsymbolic");
    // The checks of a hardened longjmp know one stack only.
    command.add("-U_FORTIFY_SOURCE");
    command.addAll(List.of("-DLEMNISCATE_HOST", "-I" + host, "-x", "c++", source.toString()));
    for (String file : List.of("fibers.cpp", "memory.cpp", "products.cpp")) {
      command.add(host.resolve(file).toString());
    }
    command.addAll(List.of("-o", library.toString()));
    Path log = library.resolveSibling(library.getFileName() + ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(COMPILER + " failed:\n" + Files.readString(log));
    }
  }

  /** Whether a library was compiled since any of its sources last changed. */
  public static boolean isNewest(Path library, List<Path> sources) throws IOException {
    if (!Files.exists(library)) {
      return false;
    }
    FileTime built = Files.getLastModifiedTime(library);
    for (Path source : sources) {
      try (Stream<Path> files = Files.walk(source)) {
        for (Path file : files.toList()) {
          if (Files.getLastModifiedTime(file).compareTo(built) >= 0) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** What keeps the kernels from being compiled on this machine, or nothing. */
  public static Optional<String> obstacle() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.of("the kernels run on the host on Linux only");
    }
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    boolean found =
        Stream.of(path.split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, COMPILER)));
    return found
        ? Optional.empty()
        : Optional.of("no " + COMPILER + " on the PATH to compile the kernels for the host with");
  }

  /** Names of all kernels. */
  List<String> kernels() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment room = arena.allocate(1 << 16);
      long bytes = (long) names.invokeExact(room, room.byteSize());
      if (bytes > room.byteSize()) {
        throw new IllegalStateException("names of " + bytes + " bytes");
      }
      return room.getString(0).lines().toList();
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }
}
