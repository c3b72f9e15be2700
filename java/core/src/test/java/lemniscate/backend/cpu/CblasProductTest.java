package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Choice of the library for matrix products. */
class CblasProductTest {

  @TempDir Path folder;

  private static BackendOptions with(Path blas) {
    return new BackendOptions(Precision.FP32, 1, blas);
  }

  @Test
  void aMissingLibraryIsNamed() {
    Path path = folder.resolve("libnone.so");
    assertThatThrownBy(() -> Backends.open("cpu", with(path)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("no such file")
        .hasMessageContaining("cblas_sgemm");
  }

  @Test
  void aFileThatIsNoLibraryIsRefused() throws IOException {
    Path path = Files.writeString(folder.resolve("libtext.so"), "not a library");
    assertThatThrownBy(() -> Backends.open("cpu", with(path)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("cannot be loaded");
  }

  @Test
  void aLibraryWithoutProductsIsRefused() throws IOException {
    Path path = unpacked("libquadmath.so.0");
    assertThatThrownBy(() -> Backends.open("cpu", with(path)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("has no cblas_sgemm");
  }

  @Test
  void anotherLibraryCanBeNamed() throws IOException {
    unpacked("libquadmath.so.0");
    unpacked("libgfortran.so.5");
    Path path = unpacked("libopenblas.so.0");
    try (Backend backend = Backends.open("cpu", with(path));
        Arena arena = backend.newArena()) {
      assertThat(backend.description()).contains("CBLAS " + path);
      Tensor a = arena.allocate(new Shape(1, 2));
      Tensor b = arena.allocate(new Shape(2, 1));
      Tensor c = arena.allocate(Shape.SCALAR);
      backend.upload(new float[] {2, 3}, a);
      backend.upload(new float[] {5, 7}, b);
      backend.run(ops -> ops.gemm(new Gemm(1, a, false, b, false, 0, c)));
      assertThat(backend.scalar(c)).isEqualTo(31);
    }
  }

  @Test
  void theProviderSaysWhatItUses() {
    assertThat(new CpuProvider().availability().detail()).contains("OpenBLAS").contains("loops");
  }

  private Path unpacked(String name) throws IOException {
    String resource = "/org/bytedeco/openblas/" + NativeLibraries.platform() + "/" + name;
    try (InputStream in = CblasProductTest.class.getResourceAsStream(resource)) {
      Assumptions.assumeTrue(in != null, "no " + resource + " for this platform");
      Path file = folder.resolve(name);
      Files.copy(in, file);
      return file;
    }
  }
}
