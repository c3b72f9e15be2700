package lemniscate.cuda.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernels compiled by g++ behind {@code native/host}, loaded once. */
final class HostLibrary {

  private static final ValueLayout.OfLong L = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt I = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfDouble D = ValueLayout.JAVA_DOUBLE;

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
    HostCode.build(
        library,
        HostCode.sources(root, source),
        () -> {
          List<String> objects = new ArrayList<>(HostCode.objects(root, source));
          objects.add(HostCode.object(root, root.resolve("native/host/products.cpp")));
          HostCode.link(root, library, objects);
        });
    return new HostLibrary(SymbolLookup.libraryLookup(library, Arena.global()));
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
