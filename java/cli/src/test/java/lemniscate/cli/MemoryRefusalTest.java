package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What cannot fit any machine is refused at once, by every command that allocates networks. */
final class MemoryRefusalTest {

  /** Weights and gradients of two hidden layers of 4·10⁶ units, in float32. */
  private static final String NEEDED = "128.0 TB";

  @TempDir private Path folder;

  private Path out() {
    return folder.resolve("out");
  }

  @Test
  // Far above the time that it takes, far below that of touching so much memory.
  @Timeout(value = 20, unit = TimeUnit.SECONDS)
  void train() {
    long start = System.nanoTime();
    CommandLineRun.train(out(), "--width", "4000000", "--backend", "cpu")
        .refuses("net.width is 4000000", NEEDED, "are free", "at most");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(out()).doesNotExist();
  }

  @Test
  void coordCheck() {
    CommandLineRun.of(
            "coord-check",
            "--backend",
            "cpu",
            "--rule",
            "bp",
            "--widths",
            "64,128,4000000",
            "--out",
            out().toString())
        .refuses("net.width is 4000000", "TB", "at most");
    assertThat(out()).doesNotExist();
  }

  @Test
  void sweep() throws IOException {
    Path file = folder.resolve("wide.yaml");
    Files.writeString(
        file,
        """
        base: {data: {name: synthetic, train: 53, test: 23}, train.batch: 5, backend: cpu}
        grid: {net.width: [7, 4000000]}
        """);
    CommandLineRun.of("sweep", file.toString(), "--out", out().toString())
        .refuses("trial 1 (net.width=4000000)", NEEDED, "at most");
    assertThat(out()).doesNotExist();
  }
}
