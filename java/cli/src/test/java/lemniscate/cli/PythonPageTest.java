package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cells of docs/python.md, with the interpreter that the variable LEMNISCATE_PYTHON, or the
 * property lemniscate.python, names; by default python3.
 */
@Tag("process")
final class PythonPageTest {

  private static final Path PAGE = Path.of("..", "..", "docs", "python.md");
  private static final Pattern CELL = Pattern.compile("```python\\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;
  private String python = "python3";

  @BeforeEach
  void interpreter() throws Exception {
    python =
        Optional.ofNullable(System.getProperty("lemniscate.python"))
            .or(() -> Optional.ofNullable(System.getenv("LEMNISCATE_PYTHON")))
            .orElse("python3");
    assumeTrue(has("numpy"), python + " with numpy is not here");
  }

  private boolean has(String module) throws Exception {
    try {
      return new ProcessBuilder(python, "-c", "import " + module)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> cells() throws IOException {
    List<String> cells = new ArrayList<>();
    Matcher cell = CELL.matcher(Files.readString(PAGE));
    while (cell.find()) {
      cells.add(cell.group(1));
    }
    return cells;
  }

  private static boolean needs(String cell, String module) {
    return Pattern.compile("^import .*\\b" + module + "\\b", Pattern.MULTILINE)
        .matcher(cell)
        .find();
  }

  private static boolean needsMore(String cell) {
    return needs(cell, "torch") || needs(cell, "wandb") || needs(cell, "aim");
  }

  private void run(String script) throws Exception {
    Path file = Files.writeString(folder.resolve("cells.py"), script);
    Process process =
        new ProcessBuilder(python, "-W", "error", file.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }

  /** A command of the page, with paths in the folder of this test. */
  private void command(String... args) {
    for (int i = 1; i < args.length; i++) {
      if (args[i].startsWith("runs/") || args[i].endsWith(".npz")) {
        args[i] = folder.resolve(args[i]).toString();
      }
    }
    CommandLineRun done = CommandLineRun.of(args);
    assertThat(done.code()).as(done.err()).isZero();
  }

  private void images() throws Exception {
    run(cells().getFirst());
  }

  private void train(String out, String... options) {
    List<String> args =
        new ArrayList<>(List.of("train", "--out", out, "--quiet", "--data.train", "1000"));
    args.addAll(List.of(options));
    command(args.toArray(String[]::new));
  }

  @Test
  void cellsDoWhatThePageSays() throws Exception {
    images();
    train("runs/demo", "--epochs", "1", "--loss", "ce");
    command("predict", "runs/demo", "--data", "new.npz", "--out", "answers.npz");
    command("export", "runs/demo");
    run(String.join("\n", cells().stream().filter(cell -> !needsMore(cell)).toList()));
  }

  @Test
  void cellsThatNeedMoreAreWellFormed() throws Exception {
    for (String cell : cells()) {
      Files.writeString(folder.resolve("cell"), cell);
      run("compile(open('cell').read(), 'cell', 'exec')");
    }
  }

  @Test
  void cellsWithTorch() throws Exception {
    assumeTrue(has("torch"), python + " has no torch");
    images();
    train("runs/demo", "--epochs", "1", "--loss", "ce");
    command("predict", "runs/demo", "--data", "new.npz", "--out", "answers.npz");
    command("export", "runs/demo");
    train("runs/lenet", "--preset", "lenet", "--rule", "bp", "--width", "4", "--epochs", "1");
    command("predict", "runs/lenet", "--data", "new.npz", "--out", "lenet.npz");
    command("export", "runs/lenet", "--layout", "torch");
    run(
        String.join(
            "\n",
            cells().stream()
                .filter(cell -> !needsMore(cell) || needs(cell, "torch") && !needs(cell, "onnx"))
                .toList()));
  }

  /** The forward pass of the page against {@code predict}, for networks of every kind. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--preset resmlp --depth 3 --width 9 --activation relu --net.bias",
        "--preset lenet --width 3 --activation gelu --net.bias",
        "--preset resnet18 --width 2 --depth 1 --activation silu --param.scheme ntk",
        "--rule pepita --net.norm example --width 11 --activation sigmoid",
        "--width 11 --activation leaky-relu --precision fp64 --data.normalize unit",
        "--net.layers"
            + " [{conv:3,kernel:3,stride:2},{norm:rms},{pool:average},{flatten:},{norm:layer},{dense:7}]",
      })
  void theForwardPassIsThatOfTheNetwork(String options) throws Exception {
    images();
    List<String> words = new ArrayList<>(List.of(options.split(" ")));
    int layers = words.indexOf("--net.layers");
    if (layers >= 0) {
      words.set(layers + 1, words.get(layers + 1).replace(":", ": ").replace(",", ", "));
    }
    if (!words.contains("--rule")) {
      words.addAll(List.of("--rule", "bp"));
    }
    words.addAll(List.of("--steps", "2", "--batch", "10"));
    train("runs/demo", words.toArray(String[]::new));
    command("predict", "runs/demo", "--data", "new.npz", "--out", "answers.npz");
    command("export", "runs/demo", "--format", "npz");
    String definitions =
        String.join("\n", cells().stream().filter(cell -> cell.contains("def ")).toList())
            .replaceAll("(?m)^(w, about|scores|assert) .*$", "");
    run(
        cells().getFirst()
            + definitions
            + """

            w = np.load("runs/demo/weights.npz")
            about = json.loads(str(w["about"]))
            answers = np.load("answers.npz")
            scores = forward(images, w, about)
            assert about["feedForward"] == "true"
            assert np.abs(answers["scores"]).max() > 1e-3
            # float32: sums of some hundreds of products
            assert np.allclose(scores, answers["scores"], rtol=1e-4, atol=1e-5), (scores, answers["scores"])
            """);
  }
}
