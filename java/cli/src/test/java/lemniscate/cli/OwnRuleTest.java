package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import lemniscate.config.Config;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rule, the optimiser and the schedule of {@code docs/own-rule.md}, in a jar of their own, take
 * part in the commands.
 */
@Tag("process")
final class OwnRuleTest {

  private static final Path PAGE = Path.of("..", "..", "docs", "own-rule.md");
  private static final Pattern SOURCE =
      Pattern.compile("```java\\n(.*?class (\\w+).*?)```", Pattern.DOTALL);
  private static final Pattern REGISTER =
      Pattern.compile("`(META-INF/services/\\S+)`:\\n\\n```text\\n(.*?)```", Pattern.DOTALL);
  private static final long PATIENCE_SECONDS = 120;

  // A rule with no function that it descends: the one of the page behind another name.
  private static final String WITHOUT_OBJECTIVE =
      """
      package example;

      import lemniscate.rule.Objective;

      public final class AimlessFamily implements lemniscate.rule.RuleFamily {
        @Override public java.util.List<String> names() { return java.util.List.of("aimless"); }
        @Override public String title() { return "no aim"; }
        @Override public lemniscate.rule.LearningRule rule(
            String name, lemniscate.config.Config config) { return new Aimless(); }

        record Aimless() implements lemniscate.rule.LearningRule {
          @Override public String name() { return "aimless"; }
          @Override public lemniscate.mup.CreditRule creditRule() {
            return new lemniscate.mup.CreditRule.BackPropagation();
          }
          @Override public lemniscate.rule.RuleStep prepare(lemniscate.rule.RuleContext context) {
            return new Step(new DampedFamily.Damped(1).prepare(context));
          }
        }

        record Step(lemniscate.rule.RuleStep inner) implements lemniscate.rule.RuleStep {
          @Override public lemniscate.tensor.Tensor input() { return inner.input(); }
          @Override public lemniscate.tensor.Tensor target() { return inner.target(); }
          @Override public void run() { inner.run(); }
          @Override public void computeGradients() { inner.computeGradients(); }
          @Override public double loss() { return inner.loss(); }
          @Override public void close() { inner.close(); }
        }
      }
      """;

  @TempDir private static Path folder;
  private static Path jar = Path.of("");

  @BeforeAll
  static void compile() throws IOException {
    String page = Files.readString(PAGE);
    Path classes = Files.createDirectories(folder.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                Files.writeString(folder.resolve("AimlessFamily.java"), WITHOUT_OBJECTIVE)
                    .toString()));
    for (MatchResult source : SOURCE.matcher(page).results().toList()) {
      Path file = folder.resolve(source.group(2) + ".java");
      arguments.add(Files.writeString(file, source.group(1)).toString());
    }
    int exit =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertThat(exit).as("exit code of javac").isZero();
    jar = folder.resolve("rules.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        var files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = classes.relativize(file).toString().replace(File.separatorChar, '/');
        put(out, name, Files.readAllBytes(file));
      }
      List<MatchResult> registers = REGISTER.matcher(page).results().toList();
      assertThat(registers).hasSize(3);
      for (MatchResult register : registers) {
        String more =
            register.group(1).endsWith("RuleDeclaration") ? "example.AimlessFamily\n" : "";
        put(out, register.group(1), (register.group(2) + more).getBytes());
      }
    }
  }

  private static void put(JarOutputStream out, String name, byte[] content) throws IOException {
    out.putNextEntry(new JarEntry(name));
    ((OutputStream) out).write(content);
    out.closeEntry();
  }

  /** A finished process. */
  private record Ended(int code, String out, String err) {
    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(out);
    }
  }

  private static Ended run(String... args) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path") + File.pathSeparator + jar,
                "lemniscate.cli.Main"));
    command.addAll(List.of(args));
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertThat(ended).as("ended in time; standard error: " + Files.readString(err)).isTrue();
    return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static String path(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void trainsAndKeepsItsKeyToItself() throws Exception {
    String[] common = {
      "train", "--data", "synthetic", "--width", "16", "--steps", "12", "--threads", "1", "--json"
    };
    Ended own = run(with(common, "--rule", "damped", "--damped.factor", "0.4", "--out", path("a")));
    assertThat(own.code()).as(own.err()).isZero();
    assertThat(own.json().path("rule").asText()).isEqualTo("damped");
    assertThat(own.json().path("trainLoss").asDouble()).isPositive().isFinite();
    assertThat(Files.readString(folder.resolve("a/config.yaml")))
        .contains("damped:\n  factor: 0.4\n");
    // The jar changes no run of another rule.
    Ended other = run(with(common, "--rule", "bp", "--out", path("b")));
    assertThat(other.code()).as(other.err()).isZero();
    String yaml = Files.readString(folder.resolve("b/config.yaml"));
    assertThat(yaml).doesNotContain("damped");
    assertThat(Config.defaults().withYaml(yaml, "config.yaml").toYaml()).isEqualTo(yaml);
    Ended bad = run(with(common, "--rule", "dampd", "--out", path("c")));
    assertThat(bad.code()).isEqualTo(2);
    assertThat(bad.err()).contains("the nearest is 'damped'");
  }

  @Test
  void optimisersAndSchedulesOfOnesOwn() throws Exception {
    String[] common = {
      "train",
      "--data",
      "synthetic",
      "--width",
      "16",
      "--steps",
      "12",
      "--threads",
      "1",
      "--json",
      "--rule",
      "bp"
    };
    String[] own = with(common, "--optim.name", "signum", "--signum.momentum", "0.5");
    Ended constant = run(with(own, "--out", path("constant")));
    assertThat(constant.code()).as(constant.err()).isZero();
    String yaml = Files.readString(folder.resolve("constant/config.yaml"));
    assertThat(yaml).contains("name: signum\n", "signum:\n  momentum: 0.5\n", "  lr: 0.001\n");
    assertThat(yaml).doesNotContain("inverseRoot");
    Path checkpoints = folder.resolve("constant");
    try (var files = Files.walk(checkpoints)) {
      Path last =
          files.filter(f -> f.toString().endsWith(".safetensors")).findFirst().orElseThrow();
      String text = Files.readString(last, StandardCharsets.ISO_8859_1);
      assertThat(text).contains("layer1.weight.velocity").doesNotContain("layer1.weight.sign");
    }
    String[] falling = with(own, "--optim.schedule", "inverse-root", "--inverseRoot.after", "3");
    Ended falls = run(with(falling, "--out", path("falls")));
    assertThat(falls.code()).as(falls.err()).isZero();
    assertThat(Files.readString(folder.resolve("falls/config.yaml")))
        .contains("  schedule: inverse-root\n", "inverseRoot:\n  after: 3\n");
    assertThat(falls.json().path("trainLoss").asDouble())
        .isPositive()
        .isNotEqualTo(constant.json().path("trainLoss").asDouble());
    Ended bad = run(with(common, "--optim.name", "signun", "--out", path("bad")));
    assertThat(bad.code()).isEqualTo(2);
    assertThat(bad.err()).contains("the nearest is 'signum'");
    Ended rise = run(with(falling, "--optim.warmupSteps", "3", "--out", path("rise")));
    assertThat(rise.code()).isEqualTo(2);
    assertThat(rise.err()).contains("schedule inverse-root has no rise");
    // The tables of μP follow from the kind of its steps.
    Ended coordinates =
        run(
            "coord-check",
            "--rule",
            "bp",
            "--optim.name",
            "signum",
            "--widths",
            "64,128,256,512",
            "--steps",
            "1",
            "--out",
            path("coord-signum"),
            "--check",
            "--json");
    assertThat(coordinates.code()).as(coordinates.out() + coordinates.err()).isZero();
  }

  @Test
  void sweepsAndTransfers() throws Exception {
    Path spec = folder.resolve("sweep.yaml");
    Files.writeString(
        spec,
        """
        base: {rule: damped, data.name: synthetic, net.width: 8, train.steps: 4, threads: 1}
        grid:
          damped.factor: [0.25, 0.5]
        """);
    Ended sweep = run("sweep", spec.toString(), "--out", path("sweep"), "--json");
    assertThat(sweep.code()).as(sweep.err()).isZero();
    Ended transfer =
        run(
            "transfer",
            "--key",
            "damped.factor",
            "--values",
            "0.25,0.5,1",
            "--widths",
            "8,16",
            "--schemes",
            "mup",
            "--seeds",
            "1",
            "--data",
            "synthetic",
            "--steps",
            "4",
            "--optim.lr",
            "0.05",
            "--out",
            path("transfer"),
            "--json");
    assertThat(transfer.code()).as(transfer.err()).isZero();
    assertThat(transfer.json().path("rule").asText()).isEqualTo("damped");
  }

  @Test
  void isChecked() throws Exception {
    String[] one = {"--activation", "tanh", "--loss", "mse", "--check", "--json"};
    Ended gradients = run(with(one, "gradcheck", "--rule", "damped"));
    assertThat(gradients.code()).as(gradients.err()).isZero();
    assertThat(gradients.json().path("rows").size()).isPositive();
    Ended aimless = run(with(one, "gradcheck", "--rule", "aimless"));
    assertThat(aimless.code()).as(aimless.err()).isZero();
    assertThat(aimless.json().path("rows").size()).isZero();
    assertThat(aimless.err())
        .containsOnlyOnce("aimless: has no objective to compare its gradients with");
    Ended coordinates =
        run(
            "coord-check",
            "--rule",
            "damped",
            "--widths",
            "64,128,256,512",
            "--steps",
            "1",
            // Wide enough for the intervals of four seeds.
            "--tolerance",
            "0.3",
            "--out",
            path("coord"),
            "--check",
            "--json");
    assertThat(coordinates.code()).as(coordinates.out() + coordinates.err()).isZero();
    assertThat(coordinates.json().path("verdict").asText()).isEqualTo("pass");
  }

  // The command first, wherever it stands among the arguments of a test.
  private static String[] with(String[] some, String... others) {
    List<String> all = new ArrayList<>();
    boolean options = some[0].startsWith("-");
    all.addAll(List.of(options ? others : some));
    all.addAll(List.of(options ? some : others));
    return all.toArray(String[]::new);
  }
}
