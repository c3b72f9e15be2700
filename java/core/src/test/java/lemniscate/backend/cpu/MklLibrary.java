package lemniscate.backend.cpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where profile {@code mkl} puts the library. */
final class MklLibrary {

  private static final Path FILE = Path.of("target", "mkl", "libmkl_rt.so.2");

  private MklLibrary() {}

  /** The library; the test is skipped where there is none. */
  static Path orSkip() {
    assumeTrue(Files.exists(FILE), "no " + FILE + "; mvn -Pmkl gets it");
    return FILE;
  }
}
