package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import lemniscate.backend.BackendProvider;
import lemniscate.backend.BackendProvider.Availability;
import lemniscate.backend.Backends;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cuda backend where it cannot be used: refused by name, passed over by auto. */
final class CudaOptionTest {

  @TempDir private Path folder;

  private Availability found = Availability.usable("");

  @BeforeEach
  void askTheProvider() {
    BackendProvider cuda =
        Backends.providers().stream()
            .filter(provider -> provider.name().equals("cuda"))
            .findFirst()
            .orElseThrow();
    found = cuda.availability();
    assumeFalse(found.usable(), "this machine has a device");
    assertThat(found.detail()).isNotBlank();
    assertThat(found.remedy()).isNotBlank();
  }

  @Test
  void byNameItIsRefusedWithTheRemedy() {
    Path out = folder.resolve("run");
    CommandLineRun.train(out, "--backend", "cuda")
        .refuses("backend cuda is not usable here", found.detail(), found.remedy());
    assertThat(out).doesNotExist();
  }

  @Test
  void autoTakesTheNextAndSaysWhyInOneLine() {
    CommandLineRun run = CommandLineRun.train(folder.resolve("run"), "--backend", "auto");
    assertThat(run.code()).isZero();
    assertThat(run.err().lines().filter(line -> line.contains("cuda")))
        .singleElement()
        .asString()
        .contains("backend auto: cpu", "(cuda is not: " + found.detail() + ")");
  }

  @Test
  void doctorSaysWhatIsMissing() {
    CommandLineRun run = CommandLineRun.of("doctor");
    assertThat(run.code()).isZero();
    assertThat(run.out().lines().filter(line -> line.startsWith("backend cuda")))
        .singleElement()
        .asString()
        .contains("no", found.detail(), found.remedy());
  }

  @Test
  void precisionsOfTheDeviceAreRefusedElsewhere() {
    CommandLineRun.train(folder.resolve("run"), "--backend", "auto", "--precision", "tf32")
        .refuses("precision is tf32", "backend cpu", "backend cuda");
  }

  @Test
  void deviceNumbersStartAtZero() {
    CommandLineRun.train(folder.resolve("run"), "--cuda.device", "-1")
        .refuses("cuda.device", "-1", ">= 0");
  }
}
