package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of runs and stores that are not what they should be, for every command that reads them. */
final class DamagedFilesTest {

  /** Stands for a folder in the place of a file. */
  private static final byte[] FOLDER = {};

  /** Contents that no file of ours has. */
  private static final Map<String, byte[]> CONTENTS = contents();

  @TempDir private Path folder;

  private static Map<String, byte[]> contents() {
    Map<String, byte[]> contents = new LinkedHashMap<>();
    contents.put("null", text("null"));
    contents.put("null and a line feed", text("null\n"));
    contents.put("list", text("[]\n"));
    contents.put("list of nothing", text("[null]\n"));
    contents.put("number", text("3\n"));
    contents.put("words", text("no file: of [ours\n"));
    contents.put("not UTF-8", new byte[] {'{', '"', (byte) 0xff, (byte) 0xfe, '"', '}', '\n'});
    contents.put("NUL", new byte[] {'{', 0, 0, '}', '\n', '{', '}', '\n'});
    contents.put("UTF-16", "{\"a\": 1}\n{\"a\": 1}\n".getBytes(StandardCharsets.UTF_16));
    contents.put("folder", FOLDER);
    return contents;
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // Puts each content in the place of a file, runs a command, and puts the file back.
  private void refused(Path file, Set<String> except, String... command) throws IOException {
    byte[] whole = Files.readAllBytes(file);
    List<String> wrong = new ArrayList<>();
    for (Map.Entry<String, byte[]> content : CONTENTS.entrySet()) {
      if (except.contains(content.getKey())) {
        continue;
      }
      Files.delete(file);
      if (content.getValue() == FOLDER) {
        Files.createDirectory(file);
      } else {
        Files.write(file, content.getValue());
      }
      CommandLineRun run = CommandLineRun.of(command);
      if (run.code() != 2
          || !run.out().isEmpty()
          || run.err().contains("\tat ")
          || !run.err().contains(file.getFileName().toString())) {
        wrong.add(
            "%s of %s, %s: exit code %d, %s"
                .formatted(
                    file.getFileName(), content.getKey(), command[0], run.code(), run.err()));
      }
      if (content.getValue() == FOLDER) {
        assertThat(Files.isDirectory(file)).as("left as it was").isTrue();
      } else {
        assertThat(file).as("left as it was").hasBinaryContent(content.getValue());
      }
      Files.delete(file);
      Files.write(file, whole);
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void filesOfRuns() throws IOException {
    Path run = folder.resolve("run");
    assertThat(CommandLineRun.train(run).code()).isZero();
    String out = folder.resolve("out").toString();
    for (String file : List.of("config.yaml", "provenance.json", "metrics.jsonl")) {
      // "null" without a line feed is a line that was torn.
      Set<String> torn = file.equals("metrics.jsonl") ? Set.of("null") : Set.of();
      refused(run.resolve(file), torn, "resume", run.toString(), "--quiet");
      if (!file.equals("metrics.jsonl")) {
        refused(run.resolve(file), torn, "evaluate", run.toString(), "--quiet");
      }
      if (!file.equals("provenance.json")) {
        refused(run.resolve(file), torn, "curves", run.toString(), "--out", out, "--quiet");
      }
    }
    assertThat(Path.of(out)).doesNotExist();
    refused(
        run.resolve("checkpoint-00000020.safetensors"),
        Set.of(),
        "evaluate",
        run.toString(),
        "--quiet");
  }

  @Test
  void filesOfStores() throws IOException {
    Path sweep =
        Files.writeString(
            folder.resolve("s.yaml"),
            """
            base:
              data: {name: synthetic, train: 53, test: 23}
              train: {batch: 5, epochs: 1}
              net.width: 7
              backend: reference
            grid:
              optim.lr: [0.01, 0.03]
            """);
    Path store = folder.resolve("store");
    String[] again = {"sweep", sweep.toString(), "--out", store.toString(), "--resume", "--quiet"};
    assertThat(CommandLineRun.of(again).code()).isZero();
    String[] merge = {
      "sweep", sweep.toString(), "--merge", store.toString(), "--out", folder + "/m", "--quiet"
    };
    for (String file : List.of("trials.jsonl", "sweep.yaml")) {
      Set<String> torn = file.equals("trials.jsonl") ? Set.of("null") : Set.of();
      refused(store.resolve(file), torn, again);
      refused(store.resolve(file), torn, merge);
    }
    assertThat(folder.resolve("m")).doesNotExist();
    refused(sweep, Set.of(), again);
  }
}
