package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Order(1)
final class BenchCommandTest {

  /** Of some quotients in float64. */
  private static final Percentage ROUNDING = Percentage.withPercentage(1e-10);

  @TempDir private Path folder;

  private static CommandLineRun bench(String... further) {
    return CommandLineRun.withDefaults(
        "bench",
        List.of("--backend", "cpu", "--threads", "1", "--rounds", "3", "--warm-up", "0.02"),
        further);
  }

  @Test
  void timesStepsBesideTheirFloor() throws IOException {
    CommandLineRun run =
        bench("--rules", "bp,pc", "--widths", "9,12", "--batches", "5", "--json", "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("backend").asText()).isEqualTo("cpu");
    assertThat(json.get("device").asText()).contains("1 thread");
    assertThat(json.get("rows")).hasSize(4);
    for (JsonNode row : json.get("rows")) {
      assertThat(row.get("scheme").asText()).isEqualTo("mup");
      assertThat(row.get("batch").asInt()).isEqualTo(5);
      double step = row.get("msPerStep").asDouble();
      assertThat(step).isPositive();
      assertThat(row.get("ratio").asDouble())
          .isCloseTo(step / row.get("floorMs").asDouble(), ROUNDING);
      // One thread waits for nothing, so that it takes no longer than the clock says, but for
      // jitter.
      assertThat(row.get("cpuMsPerStep").asDouble()).isBetween(0.0, 2 * step);
      assertThat(row.get("floorCpuMs").asDouble()).isNotNegative();
      assertThat(row.get("ratioLow").asDouble())
          .isLessThanOrEqualTo(row.get("ratioHigh").asDouble());
    }
    assertThat(json.at("/rows/0/rule").asText()).isEqualTo("bp");
    assertThat(json.at("/rows/0/T").isNull()).isTrue();
    JsonNode pc = json.at("/rows/2");
    assertThat(pc.get("T").asInt()).isEqualTo(20);
    assertThat(pc.get("width").asInt()).isEqualTo(9);
    // Products of 20 steps of relaxation, both directions, two layers, and of the input.
    double flops = 2 * 5 * (20 * 2 * (9 * 9 + 9 * 10) + 784 * 9);
    assertThat(pc.get("gflops").asDouble() * pc.get("msPerStep").asDouble() * 1e6)
        .isCloseTo(flops, ROUNDING);
  }

  private Path python(String... lines) throws IOException {
    Path python = folder.resolve("python");
    Files.writeString(python, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));
    return python;
  }

  @Test
  void tableNamesOtherProgramsAndThoseThatAreNotThere() throws IOException {
    Path python =
        python(
            "[ \"$2\" = torch_steps ] || { echo '{\"skipped\": \"not installed here\"}'; exit; }",
            "[ -f \"$1\" ] && [ -f \"$3/problem.json\" ] || exit 4",
            "echo '{\"ready\": true, \"version\": \"Torch 9\", \"blas\": \"\", \"difference\": 1e-6}'",
            "while read what n; do echo '{\"seconds\": 3600}'; done");
    CommandLineRun run =
        bench(
            "--rules", "tp", "--widths", "9", "--peer", "jax,torch", "--python", python.toString());
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("tp, width 9, batch 128: jax skipped, not installed here");
    assertThat(run.out())
        .contains("jax")
        .contains("skipped")
        .containsPattern("tp .*\\d{4,}\\.\\d\\d x");
  }

  @Test
  void namesOfAListAreProgramsOfTheirOwn() throws IOException {
    Path python =
        python(
            "echo '{\"ready\": true, \"version\": \"'$2' 1\", \"difference\": 1e-6}'",
            "while read what n; do echo '{\"seconds\": 9, \"cpuSeconds\": 8}'; done");
    CommandLineRun run =
        bench(
            "--rules",
            "pc",
            "--widths",
            "9",
            "--peer",
            "jpc,pcx",
            "--python",
            python.toString(),
            "--json",
            "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode peers = run.json().at("/rows/0/peers");
    assertThat(peers).extracting(peer -> peer.get("peer").asText()).containsExactly("jpc", "pcx");
    assertThat(peers)
        .extracting(peer -> peer.get("version").asText())
        .containsExactly("jpc_adapter 1", "pcx_adapter 1");
    assertThat(peers).allMatch(peer -> peer.get("msPerStep").asDouble() == 9000);
    assertThat(peers).allMatch(peer -> peer.get("cpuMsPerStep").asDouble() == 8000);
  }

  @Test
  void oneLineWarnsOfWideQuartiles() throws IOException {
    Path python =
        python(
            "echo '{\"ready\": true, \"version\": \"X\", \"difference\": 1e-6}'",
            "n=1; while read what; do echo '{\"seconds\": '$n'}'; n=$((10 * n % 999)); done");
    CommandLineRun run =
        bench(
            "--rules",
            "pc,tp",
            "--widths",
            "9",
            "--peer",
            "jax",
            "--python",
            python.toString(),
            "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err().lines().toList())
        .singleElement()
        .asString()
        .startsWith("warning: the quartiles of ")
        .contains(" of 4 ratios are more than 15 % apart (")
        .contains(", width 9, batch 128, jax");
  }

  @Test
  void aPackageThatIsMissingIsOneLineAndASkippedRow() throws IOException {
    // Without the folders that packages are installed in.
    Path python = python("exec python3 -S -E \"$@\"");
    assumeThat(
            new ProcessBuilder("sh", "-c", "command -v python3")
                .start()
                .onExit()
                .join()
                .exitValue())
        .isZero();
    CommandLineRun run =
        bench(
            "--rules",
            "pc",
            "--widths",
            "9",
            "--peer",
            "jpc",
            "--python",
            python.toString(),
            "--json",
            "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    String reason = "not installed here (No module named 'numpy')";
    assertThat(run.err().lines())
        .filteredOn(line -> !line.startsWith("warning: the quartiles"))
        .containsExactly("warning: pc, width 9, batch 128: jpc skipped, " + reason);
    JsonNode peer = run.json().at("/rows/0/peers/0");
    assertThat(peer.get("peer").asText()).isEqualTo("jpc");
    assertThat(peer.get("skipped").asText()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--widths 0 | --widths is 0",
        "--set net.preset=lenet | takes fully connected networks alone",
        "--batches 4,0 | --batches is 4, 0",
        "--rounds 0 | --rounds is 0",
        "--warm-up 0 | --warm-up is 0.0",
        "--rules bq | --rules",
        "--pc.scheme equilibrium | pc.scheme is equilibrium",
        "--peer tourch | --peer names 'tourch'; expected some of jax,",
        "--peer jpc,pxc | --peer names 'pxc'; expected some of jax, jpc, pcx, preco, torch, torch-",
        "--peer torch --rules bp | --peer: the other programs have pc, tp and pepita",
        "--peer torch --activation relu | net.activation is relu, which the other programs",
        "--peer torch --python /no/python | /no/python, which cannot be started",
        "--widths 40000000 | --widths is 40000000",
        "--width 8 | --width",
        "--set net.width=8 | --set: net.width has no meaning for bench; use --widths.",
        "--set train.epochs=2 | --set: train.epochs has no meaning for bench; leave it out.",
        "--data mnist | --data",
      })
  void badInputEndsBeforeWork(String options, String message) {
    bench(options.split(" ")).refuses(message);
  }
}
