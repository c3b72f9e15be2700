package lemniscate.cuda.device;

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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.cuda.host.HostCode;
import org.junit.jupiter.api.Assumptions;

/**
 * The stand-in for the CUDA driver and cuBLAS of {@code native/host-driver}: built by g++ and
 * loaded under the names that JCuda links, once a process.
 */
public final class StandIn {

  private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong L = ValueLayout.JAVA_LONG;

  private final Path folder;
  private final SymbolLookup symbols;

  private StandIn(Path folder) {
    this.folder = folder;
    this.symbols = SymbolLookup.libraryLookup(folder.resolve(CudaDriver.LIBRARY), Arena.global());
  }

  private static final class Loaded {
    static final StandIn DRIVER = load();
  }

  /**
   * The process's, without failures that were asked for. Loaded before JCuda, whose libraries then
   * find it under the name they ask for. Skips the test where it cannot be compiled.
   */
  public static StandIn driver() {
    HostCode.obstacle().ifPresent(Assumptions::abort);
    Assumptions.assumeTrue(
        System.getProperty("os.arch").equals("amd64"), "JCuda has natives for x86-64 only");
    StandIn.Loaded.DRIVER.recover();
    return StandIn.Loaded.DRIVER;
  }

  private static StandIn load() {
    Path root = Path.of("..", "..").toAbsolutePath().normalize();
    Path folder = Path.of("target", "host-driver").toAbsolutePath();
    try {
      Files.createDirectories(folder);
      build(root, folder);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return new StandIn(folder);
  }

  /** Where the libraries are. */
  public Path folder() {
    return folder;
  }

  /** The stand-in for cuBLAS 12 or 13. */
  public Path cublas(int major) {
    return folder.resolve("libcublas.so." + major);
  }

  /** The call after so many more of a function fails with a status. */
  public void fail(String function, int status, int after) {
    call(
        "standin_fail",
        FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, I, I),
        function,
        status,
        after);
  }

  /** How often a function was called in this process. */
  public long calls(String function) {
    return (long) call("standin_calls", FunctionDescriptor.of(L, ValueLayout.ADDRESS), function);
  }

  /** Newest CUDA that the driver says it supports, as 1000 major + 10 minor. */
  public void version(int version) {
    call("standin_version", FunctionDescriptor.ofVoid(I), version);
  }

  /** Number of devices. */
  public void devices(int count) {
    call("standin_devices", FunctionDescriptor.ofVoid(I), count);
  }

  /** Multiprocessors of each device. */
  public void multiprocessors(int count) {
    call("standin_multiprocessors", FunctionDescriptor.ofVoid(I), count);
  }

  /** Whether devices have clusters. */
  public void clusters(boolean has) {
    call("standin_clusters", FunctionDescriptor.ofVoid(I), has ? 1 : 0);
  }

  /** Forgets failures that were asked for, what they left, and other versions and devices. */
  public void recover() {
    call("standin_recover", FunctionDescriptor.ofVoid());
  }

  /** Why the last failure was one. */
  public String why() {
    return text("standin_why");
  }

  /** What has not been given back; empty for nothing. */
  public String held() {
    return text("standin_held");
  }

  private String text(String function) {
    MemorySegment text = (MemorySegment) call(function, FunctionDescriptor.of(ValueLayout.ADDRESS));
    return text.reinterpret(Long.MAX_VALUE).getString(0);
  }

  // Text goes as C strings.
  private Object call(String function, FunctionDescriptor descriptor, Object... arguments) {
    MethodHandle handle =
        Linker.nativeLinker().downcallHandle(symbols.findOrThrow(function), descriptor);
    try (Arena arena = Arena.ofConfined()) {
      Object[] passed =
          Stream.of(arguments)
              .map(value -> value instanceof String text ? arena.allocateFrom(text) : value)
              .toArray();
      return handle.invokeWithArguments(passed);
    } catch (Throwable failure) {
      throw new IllegalStateException(function, failure);
    }
  }

  private static void build(Path root, Path folder) throws IOException, InterruptedException {
    Path driver = root.resolve("native/host-driver");
    // Kernels of tests beside those of the project.
    Path ofTests = Path.of("src", "test", "cuda", "tensor_core.cu").toAbsolutePath();
    List<Path> sources = List.of(root.resolve("kernels"), root.resolve("native"), ofTests);
    // The last one says whether all are there.
    HostCode.build(
        folder.resolve("libcublas.so.13"),
        sources,
        () -> {
          List<String> parts = new ArrayList<>();
          parts.add(driver.resolve("driver.cpp").toString());
          parts.addAll(HostCode.objects(root, root.resolve("kernels/lemniscate.cu"), ofTests));
          link(root, folder, CudaDriver.LIBRARY, parts.toArray(String[]::new));
          for (int major : new int[] {12, 13}) {
            linkCublas(root, folder, major);
          }
        });
  }

  private static void linkCublas(Path root, Path folder, int major)
      throws IOException, InterruptedException {
    String name = "libcublas.so." + major;
    // JCublas asks for functions of a version that has the library's name.
    Path versions = folder.resolve(name + ".versions");
    Files.writeString(versions, name + " { global: *; };\n");
    // As NVIDIA's, it needs a second library and does not say where that is.
    String needed = "libcublasLt.so." + major;
    link(root, folder, needed, "-x", "c++", "/dev/null");
    link(
        root,
        folder,
        name,
        "-DSTANDIN_CUBLAS_MAJOR=" + major,
        "-Wl,--version-script=" + versions,
        root.resolve("native/host-driver/cublas.cpp").toString(),
        "-L" + folder,
        "-Wl,--no-as-needed",
        "-l:" + needed,
        "-l:" + CudaDriver.LIBRARY);
  }

  private static void link(Path root, Path folder, String name, String... rest)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("-Wl,-soname," + name));
    arguments.addAll(List.of(rest));
    HostCode.link(root, folder.resolve(name), arguments);
  }
}
