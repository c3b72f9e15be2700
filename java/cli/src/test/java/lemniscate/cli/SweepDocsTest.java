package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sweeps of docs/sweeps.md, with less data and fewer steps. */
final class SweepDocsTest {

  private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  private static List<String> files() throws IOException {
    Matcher matcher = YAML.matcher(Files.readString(Path.of("../../docs/sweeps.md")));
    List<String> files = new ArrayList<>();
    while (matcher.find()) {
      if (matcher.group(1).startsWith("base:")) {
        files.add(matcher.group(1));
      }
    }
    return files;
  }

  private CommandLineRun run(String name, String text) throws IOException {
    String smaller =
        text.replace("train: 2000, validation: 1000", "train: 400, validation: 100")
            .replace("train: 2000", "train: 400")
            .replace("steps: 100", "steps: 5")
            .replace("net.width: 64", "net.width: 8");
    assertThat(smaller).isNotEqualTo(text);
    Path file = Files.writeString(folder.resolve(name + ".yaml"), smaller);
    return CommandLineRun.of("sweep", file.toString(), "--out", folder.resolve(name).toString());
  }

  @Test
  void theGridRunsAndItsPageIsWrittenAgain() throws IOException {
    assertThat(files()).hasSize(2);
    CommandLineRun run = run("lr", files().getFirst());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("trials           18", "mean training loss over 2 seeds");
    Path page = folder.resolve("lr").resolve("report.html");
    Files.delete(page);
    CommandLineRun report = CommandLineRun.of("sweep", folder.resolve("lr").toString(), "--report");
    assertThat(report.out()).isEqualTo(run.out());
    assertThat(page).exists();
  }

  @Test
  void theSearchThatStopsEarlyRuns() throws IOException {
    CommandLineRun run = run("asha", files().getLast());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("trained to", "27 to 1 epoch, ", "mean validation loss over 1 seed");
    assertThat(folder.resolve("asha").resolve("states")).doesNotExist();
  }
}
