package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder that cannot be written is refused before data is read and a backend is opened. */
final class OutputFolderFirstTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train",
        "transfer",
        "coord-check",
        "depth",
        "depth --accuracy",
        "linear",
        "limit",
        "regime",
        "reproduce rules-table",
        "theory pepita-ode"
      })
  void isLookedAtFirst(String command) throws IOException {
    Path file = Files.writeString(folder.resolve("plain"), "x");
    for (Path out : List.of(file, file.resolve("below"))) {
      List<String> args = new ArrayList<>(List.of(command.split(" ")));
      args.addAll(List.of("--out", out.toString()));
      CommandLineRun run = CommandLineRun.of(args.toArray(String[]::new));
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err())
          .contains("out is " + out, "cannot be written")
          .doesNotContain("backend auto:");
    }
    assertThat(file).hasContent("x");
  }
}
