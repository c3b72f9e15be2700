package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Order(1)
final class TransferCommandTest {

  private static final List<String> SMALL =
      List.of(
          "transfer",
          "--data",
          "synthetic",
          "--data.train",
          "53",
          "--data.test",
          "23",
          "--batch",
          "5",
          "--epochs",
          "2",
          "--pc.steps",
          "3",
          "--backend",
          "reference",
          "--param.baseWidth",
          "4");

  @TempDir private Path folder;

  private Path out() {
    return folder.resolve("out");
  }

  /** Of further options, those that a small study does not have yet are added. */
  private CommandLineRun transfer(String... further) {
    List<String> own = new ArrayList<>(SMALL.subList(1, SMALL.size()));
    own.addAll(List.of("--out", out().toString(), "--widths", "3,7", "--seeds", "2"));
    if (!List.of(further).contains("--key")) {
      own.addAll(List.of("--values", "10^-3..10^2"));
    }
    return CommandLineRun.withDefaults(SMALL.getFirst(), own, further);
  }

  @Test
  void writesJsonTablesFiguresAndAPage() throws IOException {
    CommandLineRun run =
        transfer("--json", "--quiet", "--check", "--scheme", "mup", "--tolerance", "99");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    assertThat(run.err()).isEmpty();
    JsonNode json = run.json();
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "rule", "key", "curves", "optima", "drifts", "driftOctaves", "verdict", "report");
    assertThat(json.get("rule")).extracting(JsonNode::asText).containsExactly("pc", "bp");
    assertThat(json.get("verdict").asText()).isEqualTo("pass");
    assertThat(json.at("/drifts/0/flat").isBoolean()).isTrue();
    // The interval of two seeds holds the drift of their mean.
    assertThat(json.at("/drifts/0/atLeast").asDouble())
        .isLessThanOrEqualTo(json.at("/drifts/0/driftOctaves").asDouble());
    assertThat(json.get("curves")).hasSize(2 * 2 * 6);
    assertThat(json.get("optima")).hasSize(2 * 2);
    JsonNode lowest = json.get("curves").get(0);
    assertThat(lowest.fieldNames())
        .toIterable()
        .containsExactly(
            "rule", "scheme", "width", "key", "value", "loss", "lossStd", "seeds", "diverged");
    assertThat(lowest.get("value").asDouble()).isEqualTo(0.001);
    assertThat(lowest.get("seeds").asInt()).isEqualTo(2);
    assertThat(lowest.get("diverged").asInt()).isZero();
    JsonNode highest = json.get("curves").get(5);
    assertThat(highest.get("value").asDouble()).isEqualTo(100);
    assertThat(highest.get("diverged").asInt()).isEqualTo(2);
    assertThat(highest.get("loss").isNull()).isTrue();
    // The drift is that of the optima.
    double drift =
        Math.log(
                json.get("optima").get(1).get("value").asDouble()
                    / json.get("optima").get(0).get("value").asDouble())
            / Math.log(2);
    assertThat(json.get("optima").get(1).get("width").asInt()).isEqualTo(7);
    assertThat(json.get("driftOctaves").get("pc").get("mup").asDouble())
        // A few roundings.
        .isCloseTo(drift, within(1e-12));
    assertThat(Path.of(json.get("report").asText())).isEqualTo(out().resolve("report.html"));
    assertThat(Files.readString(out().resolve("report.html"))).contains("pc under mup");
    assertThat(Files.readAllLines(out().resolve("curves.csv"))).hasSize(1 + 24);
    assertThat(Files.readAllLines(out().resolve("optima.csv"))).hasSize(1 + 4);
    assertThat(Files.readAllLines(out().resolve("drifts.csv"))).hasSize(1 + 2);
    assertThat(out().resolve("transfer.svg")).exists();
  }

  @Test
  void trialsAreThoseOfTrain() throws IOException {
    CommandLineRun run =
        transfer(
            "--json", "--quiet", "--rule", "bp", "--seeds", "1", "--seed", "5", "--metric", "test");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode point = run.json().get("curves").get(1);
    assertThat(run.json().get("rule").asText()).isEqualTo("bp");
    assertThat(run.json().get("driftOctaves").has("sp")).isTrue();
    List<String> train = new ArrayList<>(List.of("train", "--json", "--quiet"));
    train.addAll(SMALL.subList(1, SMALL.size()));
    train.addAll(
        List.of(
            "--out", folder.resolve("run").toString(),
            "--rule", "bp",
            "--scheme", point.get("scheme").asText(),
            "--width", point.get("width").asText(),
            "--lr", point.get("value").asText(),
            "--seed", "5",
            "--set", "param.weightScale=1.5",
            "--set", "param.outputScale=0.5",
            "--threads", "1"));
    JsonNode alone = CommandLineRun.of(train.toArray(String[]::new)).json();
    assertThat(alone.get("testLoss").asDouble()).isEqualTo(point.get("loss").asDouble());
  }

  /** Under their own exponents, with data of few inputs where a loss is each layer's own. */
  @ParameterizedTest
  @ValueSource(strings = {"pepita", "fa", "dfa", "drtp", "ff"})
  void forwardOnlyRulesAreStudied(String rule) throws IOException {
    CommandLineRun run =
        transfer("--json", "--quiet", "--rule", rule, "--seeds", "1", "--schemes", "sp,ntk,mup");
    assertThat(run.code()).as(run.err()).isZero();
    for (String scheme : List.of("sp", "ntk", "mup")) {
      List<JsonNode> narrow = new ArrayList<>();
      for (JsonNode point : run.json().get("curves")) {
        if (point.get("scheme").asText().equals(scheme) && point.get("width").asInt() == 3) {
          narrow.add(point);
        }
      }
      assertThat(narrow).hasSize(6);
      // The lowest rate trains, and the rate matters.
      assertThat(narrow.get(0).get("loss").asDouble()).isPositive();
      assertThat(narrow.get(1).get("loss").asDouble())
          .isNotEqualTo(narrow.get(0).get("loss").asDouble());
    }
    assertThat(run.json().get("drifts"))
        .extracting(drift -> drift.get("rule").asText())
        .containsOnly(rule);
  }

  /** By the share of examples classified wrongly, which is the goodness's answer for ff. */
  @Test
  void comparesErrors() throws IOException {
    CommandLineRun run =
        transfer("--json", "--quiet", "--rule", "ff", "--metric", "error", "--seeds", "1");
    assertThat(run.code()).as(run.err()).isZero();
    for (JsonNode point : run.json().get("curves")) {
      if (point.get("diverged").asInt() == 0) {
        // Of 23 test examples.
        assertThat(point.get("loss").asDouble() * 23)
            .isBetween(0.0, 23.0)
            // Roundings, and what stands for no error.
            .isCloseTo(Math.round(point.get("loss").asDouble() * 23), within(1e-3));
      }
    }
    assertThat(out().resolve("report.html")).content().contains("test error after the last step");
  }

  /** On images small batches, whose noise bounds the rate; beside a length that is given, not. */
  @Test
  void ratesOfPerceptronsOnImagesAreFoundWithSmallBatches() throws IOException {
    for (String key : List.of("optim.lr", "param.outputScale")) {
      CommandLineRun run =
          CommandLineRun.of(
              "transfer",
              "--key",
              key,
              "--rule",
              "bp",
              "--scheme",
              "mup",
              "--widths",
              "3,5",
              "--seeds",
              "1",
              "--values",
              "0.01,0.02,0.04",
              "--out",
              out() + key,
              "--quiet");
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(Files.readString(Path.of(out() + key).resolve("sweep.yaml")))
          .contains(
              key.equals("optim.lr")
                  ? new String[] {"train.batch: 16\n", "train.steps: 256\n"}
                  : new String[] {"train.batch: 64\n", "train.steps: 64\n"});
    }
  }

  /** Images have more inputs than these networks have units; docs/studies/transfer.md says more. */
  @Test
  void localErrorsGetDataOfFewInputs() throws IOException {
    for (String rules : List.of("tp", "pc,gnt", "ff")) {
      CommandLineRun run =
          CommandLineRun.of(
              "transfer",
              "--rules",
              rules,
              "--widths",
              "3,5",
              "--seeds",
              "1",
              "--steps",
              "1",
              "--data.train",
              "64",
              "--data.test",
              "10",
              "--values",
              "0.01,0.02,0.04",
              "--scheme",
              "mup",
              "--backend",
              "reference",
              "--out",
              out() + rules);
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(Files.readString(Path.of(out() + rules).resolve("sweep.yaml")))
          .contains("data.name: \"synthetic\"");
    }
  }

  @Test
  void goesOnAfterBeingKilled() throws IOException {
    CommandLineRun whole = transfer("--json", "--quiet");
    assertThat(whole.code()).as(whole.err()).isZero();
    Path trials = out().resolve("trials.jsonl");
    List<String> lines = Files.readAllLines(trials);
    // As a kill leaves it: some trials, the last line torn, no result.
    Files.writeString(trials, String.join("\n", lines.subList(0, 20)) + "\n" + "{\"format\":1,");
    Files.delete(out().resolve("curves.csv"));
    CommandLineRun again = transfer("--json", "--resume");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(again.err().lines().filter(line -> line.contains("  trial ")))
        .hasSize(lines.size() - 20);
    assertThat(again.out()).isEqualTo(whole.out());
    // All is there: only the result is made again.
    CommandLineRun more = transfer("--json", "--resume");
    assertThat(more.err()).doesNotContain("  trial ");
    assertThat(more.out()).isEqualTo(whole.out());
  }

  @Test
  void shardsMerge() throws IOException {
    CommandLineRun whole =
        transfer("--json", "--quiet", "--out", folder.resolve("whole").toString());
    List<String> merge = new ArrayList<>(List.of("--json", "--merge"));
    for (int i = 1; i <= 2; i++) {
      String part = folder.resolve("part" + i).toString();
      CommandLineRun run = transfer("--json", "--shard", i + "/2", "--out", part);
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.json().get("trials").asInt()).isEqualTo(96);
      assertThat(run.json().get("finished").asInt()).isEqualTo(48);
      merge.add(part);
    }
    CommandLineRun merged = transfer(merge.toArray(String[]::new));
    assertThat(merged.code()).as(merged.err()).isZero();
    assertThat(merged.json().get("curves")).isEqualTo(whole.json().get("curves"));
  }

  @Test
  void optimumAtAnEdgeIsInconclusive() {
    CommandLineRun run = transfer("--check", "--scheme", "mup", "--values", "1e-5,2e-5,4e-5");
    assertThat(run.code()).as(run.err()).isEqualTo(4);
    assertThat(run.out())
        .contains("≥ 4.00e-05")
        .contains("inconclusive")
        .contains("verdict: inconclusive");
    assertThat(run.err()).contains("24/24");
  }

  @Test
  void otherKeysAreStudiedForTheirRule() throws IOException {
    CommandLineRun run =
        transfer(
            "--json", "--quiet", "--key", "pc.gammaLast", "--values", "0.5,1,2", "--lr", "0.05");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().get("rule").asText()).isEqualTo("pc");
    assertThat(run.json().get("curves").get(0).get("key").asText()).isEqualTo("pc.gammaLast");
    assertThat(run.json().get("drifts"))
        .filteredOn(drift -> drift.get("scheme").asText().equals("sp"))
        .allMatch(drift -> drift.get("verdict").asText().equals("not judged"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--key optim.lrr --values 1,2,3 | unknown key 'optim.lrr'; expected",
        "--key net.activation --values 1,2,3 | expected a numeric hyper-parameter",
        "--key pc.rate | --values is missing",
        "--key pc.rate --values 1,2,3 --rule bp | plays no part in the rules bp",
        "--key tp.damping --values 1,2,3 --rule tp,gnt | plays no part in the rules gnt",
        "--key tp.feedbackLr --values 1,2,3 | plays no part in rule tp as the other keys",
        "--key pc.rate --values 1,2,3 --pc.scheme zil | plays no part in rule pc",
        "--key pc.rate --values 1,2,3 --set pc.rate=3 | pc.rate is set, but --key varies it",
        "--lr 0.1 | optim.lr is set, but --key varies it",
        "--values x,1,2 | --values has 'x'",
        "--values -1,1,2 | optim.lr is '-1'",
        "--values 1,2 | at least 3",
        "--values 2^0..1 | expected numbers, or powers",
        "--widths 64 | at least two to transfer between",
        "--widths 64,64 | each once",
        "--widths 64,x | --widths",
        "--scheme up | param.scheme is 'up'",
        "--seeds 0 | seeds is 0",
        "--tolerance 0 | tolerance is 0",
        "--metric best | expected train, test or error",
        "--metric error --data synthetic-regression | none is right or wrong",
        "--rules ff --data synthetic-regression | learns from class labels",
        "--set net.width=8 | use --widths",
        "--set rule=bp | use --rules",
        "--check --scheme ntk | no drift is known for optim.lr under ntk",
        "--workers 0 | --workers is '0'",
        "--shard 3/2 | --shard is '3/2'",
        "--pc.scheme zil --pc.gammaLast 2 | pc.gammaLast",
      })
  void badInputEndsBeforeWork(String options, String message) {
    transfer(options.split(" ")).refuses(message);
    assertThat(out()).doesNotExist();
  }

  @Test
  void resultsAreNotOverwritten() throws IOException {
    CommandLineRun.of("transfer", "--resume").refuses("--resume is given without --out");
    Files.createDirectories(out());
    Files.writeString(out().resolve("slopes.csv"), "kept");
    transfer().refuses("already holds something else (slopes.csv)");
    transfer("--resume").refuses("already holds something else (slopes.csv)");
    assertThat(out()).isDirectoryNotContaining(file -> !file.endsWith("slopes.csv"));
    Files.delete(out().resolve("slopes.csv"));
    assertThat(transfer("--quiet").code()).isZero();
    transfer().refuses("already holds a sweep", "--resume");
    transfer("--resume", "--widths", "3,9").refuses("holds another sweep");
  }
}
