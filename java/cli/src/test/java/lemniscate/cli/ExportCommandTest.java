package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code export}, and {@code train --init}. */
final class ExportCommandTest {

  @TempDir private Path folder;
  private Path run;

  @BeforeEach
  void train() {
    run = folder.resolve("run");
    assertThat(CommandLineRun.train(run, "--net.bias").code()).isZero();
  }

  private CommandLineRun export(String... options) {
    return CommandLineRun.withDefaults("export", List.of(), options);
  }

  @Test
  void writesIntoTheRun() throws IOException {
    JsonNode json = export(run.toString(), "--json").json();
    assertThat(json.get("format").asText()).isEqualTo("safetensors");
    assertThat(json.get("tensors").asInt()).isEqualTo(3 * 2 + 2);
    Path file = run.resolve("weights.safetensors");
    assertThat(json.get("path").asText()).isEqualTo(file.toString());
    // The run is what it was.
    assertThat(CommandLineRun.of("resume", run.toString(), "--quiet").code()).isZero();
    CommandLineRun started =
        CommandLineRun.train(folder.resolve("next"), "--net.bias", "--init", file.toString());
    assertThat(started.code()).isZero();
    assertThat(started.err()).contains("weights from " + file);
  }

  @Test
  void theNameSaysTheFormat() throws IOException {
    Path file = folder.resolve("my.npz");
    assertThat(export(run.toString(), "--out", file.toString(), "--quiet").code()).isZero();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(zip.stream().map(Object::toString))
          .startsWith("layer1.weight.npy", "layer1.bias.npy")
          .endsWith("input.mean.npy", "input.std.npy", "about.npy");
    }
  }

  @Test
  void isRefused() throws IOException {
    String path = run.toString();
    export(path, "--format", "onnx")
        .refuses("--format is onnx, which is not written", "torch.onnx");
    export(path, "--out", "my.onnx").refuses("--format is onnx");
    export(path, "--format", "h5").refuses("'h5', expected one of safetensors, npz");
    export(path, "--layout", "nchw").refuses("--layout is 'nchw', expected channels-last or torch");
    export(path, "--checkpoint", "3", "--quiet").refuses("no checkpoint of that step");
    export(path, "--quiet", "--out", folder.resolve("none").resolve("w.npz").toString())
        .refuses("is not there; make it");
    export(path, "--quiet", "--out", Files.createDirectory(folder.resolve("w.npz")).toString())
        .refuses("which is a folder");
    Path device = Path.of("/dev/null");
    if (Files.exists(device)) {
      // By a link, so that nothing of the machine's goes if it is not refused.
      Path link = Files.createSymbolicLink(folder.resolve("null.npz"), device);
      export(path, "--quiet", "--out", link.toString()).refuses("a device or a pipe");
      assertThat(link).isSymbolicLink();
    }
    export(folder.resolve("none").toString()).refuses("not a folder");
    export().refuses("RUN");
    assertThat(run.resolve("weights.safetensors")).doesNotExist();
  }

  @Test
  void weightsThatDoNotFitAreRefused() {
    Path next = folder.resolve("next");
    CommandLineRun.train(next, "--init", "/none.safetensors")
        .refuses("train.init: /none.safetensors does not exist");
    CommandLineRun.train(next, "--init-map", "a=b").refuses("without train.init");
    Path file = run.resolve("checkpoint-00000020.safetensors");
    CommandLineRun.train(next, "--net.bias", "--depth", "3", "--init", file.toString())
        .refuses("another network: it has no layer4.weight, layer4.bias", "--init-map");
    CommandLineRun.train(next, "--net.bias", "--width", "6", "--init", file.toString())
        .refuses("layer1.weight is F32 (7, 32)", "is [6, 32] here", "a whole multiple");
    CommandLineRun.train(
            next, "--net.bias", "--width", "14", "--scheme", "sp", "--init", file.toString())
        .refuses("under mup alone", "net.width 7");
    CommandLineRun.of("transfer", "--init", file.toString()).refuses("--init");
    assertThat(next).doesNotExist();
  }
}
