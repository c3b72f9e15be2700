package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Going on with studies that store what they have measured. */
final class ResumptionTest {

  @TempDir private Path folder;

  private CommandLineRun study(String options, String... further) {
    List<String> args = new ArrayList<>(List.of(options.split(" ")));
    args.addAll(
        List.of("--backend", "cpu", "--threads", "1", "--quiet", "--out", out().toString()));
    args.addAll(List.of(further));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  private Path out() {
    return folder.resolve("out");
  }

  private List<String> measurements() throws IOException {
    return Files.readAllLines(out().resolve("measurements.jsonl"));
  }

  @ParameterizedTest
  @CsvSource({
    "coord-check --rule bp --seeds 1 --steps 1, optim.lr=0.011, 1",
    "regime --rules bp --schemes ntk --seeds 1 --steps 1, optim.lr=0.011, 1",
    "linear --seeds 1 --relaxed-up-to 0, train.batch=12, 2"
  })
  void measuresOnlyWhatIsMissing(String options, String other, int each) throws IOException {
    CommandLineRun first = study(options, "--widths", "16,24,32");
    assertThat(first.code()).as(first.err()).isZero();
    List<String> before = measurements();
    assertThat(before).hasSize(3 * each);
    String slopes = Files.readString(out().resolve("slopes.csv"));
    study(options, "--widths", "16,24,32")
        .refuses("already holds a measurements.jsonl", "--resume");
    CommandLineRun again = study(options, "--widths", "16,24,32", "--resume");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(measurements()).isEqualTo(before);
    assertThat(out().resolve("slopes.csv")).hasContent(slopes);
    CommandLineRun more = study(options, "--widths", "16,24,32,40", "--resume");
    assertThat(more.code()).as(more.err()).isZero();
    assertThat(measurements()).hasSize(4 * each).startsWith(before.toArray(String[]::new));
    study(options, "--widths", "16,24,32", "--resume", "--set", other)
        .refuses("another configuration");
  }

  @ParameterizedTest
  @ValueSource(strings = {"coord-check", "regime", "linear", "limit"})
  void needsAFolder(String command) {
    CommandLineRun.of(command, "--resume").refuses("--resume is given without --out");
  }
}
