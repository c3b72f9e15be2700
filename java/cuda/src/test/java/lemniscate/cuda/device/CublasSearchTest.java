package lemniscate.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where cuBLAS is looked for, and in which order. */
final class CublasSearchTest {

  @TempDir private Path root;

  private Path file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.createFile(file);
  }

  private List<Path> files(Map<String, String> environment, int driverMajor) {
    return new CublasSearch(null, environment, root, driverMajor).files();
  }

  @Test
  void toolkitsBeforePythonAndTheNewestFirst() throws IOException {
    Path older = file("usr/local/cuda-12.6/targets/x86_64-linux/lib/libcublas.so.12");
    Path newer = file("usr/local/cuda-13.0/lib64/libcublas.so.13");
    Path pip = file("usr/local/lib/python3.12/dist-packages/nvidia/cublas/lib/libcublas.so.12");
    Path pip13 = file("home/.local/lib/python3.13/site-packages/nvidia/cu13/lib/libcublas.so.13");
    Path venv = file("venv/lib/python3.11/site-packages/nvidia/cublas/lib/libcublas.so.12");
    Path conda = file("conda/lib/libcublas.so.12");
    Path named = file("cuda/lib64/libcublas.so.12");
    Map<String, String> environment =
        Map.of(
            "CUDA_HOME", root.resolve("cuda").toString(),
            "VIRTUAL_ENV", root.resolve("venv").toString(),
            "CONDA_PREFIX", root.resolve("conda").toString(),
            "HOME", root.resolve("home").toString());
    assertThat(files(environment, 13))
        .containsExactly(named, newer, older, venv, conda, pip13, pip);
    assertThat(files(Map.of(), 13)).containsExactly(newer, older, pip);
  }

  /**
   * An environment that is not active, behind a link on PATH, and itself a link to the system's.
   */
  @Test
  void inThePackagesOfThePythonOnPath() throws IOException {
    Path library = file("opt/env/lib/python3.12/site-packages/nvidia/cu13/lib/libcublas.so.13");
    Path python = file("usr/bin/python3.12");
    assertThat(python.toFile().setExecutable(true)).isTrue();
    Path inside = root.resolve("opt/env/bin/python3");
    Path outside = root.resolve("usr/local/bin/python3");
    Files.createDirectories(inside.getParent());
    Files.createDirectories(outside.getParent());
    Files.createSymbolicLink(inside, python);
    Files.createSymbolicLink(outside, Path.of("../../../opt/env/bin/python3"));
    for (Path folder : List.of(outside.getParent(), inside.getParent())) {
      assertThat(files(Map.of("PATH", root.resolve("none") + ":" + folder), 13))
          .as("%s", folder)
          .containsExactly(library);
    }
  }

  @Test
  void noneThatIsTooNewForTheDriver() throws IOException {
    file("usr/local/cuda/lib64/libcublas.so.13");
    Path fitting = file("usr/local/cuda/lib64/libcublas.so.12");
    assertThat(files(Map.of(), 12)).containsExactly(fitting);
    assertThat(files(Map.of(), 11)).isEmpty();
  }

  @Test
  void remedyNamesWhatFits() {
    assertThat(new CublasSearch(null, Map.of(), root, 12).remedy())
        .contains("version 12 ", "cuda.blas", "LEMNISCATE_CUBLAS");
    assertThat(new CublasSearch(null, Map.of(), root, 13).remedy()).contains("version 12 or 13");
  }
}
