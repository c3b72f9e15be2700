package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import lemniscate.config.Config;
import lemniscate.rule.RulesTableRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CurvesCommandTest {

  @TempDir private Path folder;

  private String train(String name, String... further) {
    List<String> args = new ArrayList<>(List.of("train", "--quiet"));
    args.addAll(CommandLineRun.SMALL);
    String path = folder.resolve(name).toString();
    args.addAll(List.of("--out", path));
    args.addAll(List.of(further));
    CommandLineRun run = CommandLineRun.of(args.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isZero();
    return path;
  }

  @Test
  void drawsEveryNumberOfEveryRun() throws IOException {
    String one = train("one", "--rule", "dfa", "--metrics.feedback", "true");
    String two =
        train("two", "--rule", "pepita", "--metrics.feedback", "true", "--metrics.angleTo", "bp");
    Path out = folder.resolve("curves");
    CommandLineRun run =
        CommandLineRun.of("curves", one, two, "--out", out.toString(), "--json", "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode runs = run.json().get("runs");
    assertThat(runs.fieldNames()).toIterable().containsExactly("one", "two");
    // What one of the two rules alone has is none of the other's.
    JsonNode differences = run.json().get("differences");
    assertThat(differences.at("/rule/one").asText()).isEqualTo("dfa");
    assertThat(differences.at("/rule/two").asText()).isEqualTo("pepita");
    assertThat(differences.at("/metrics.angleTo/two").asText()).contains("bp");
    // Which the other has no value of.
    assertThat(differences.has("pepita.variant")).isFalse();
    assertThat(differences.has("out")).isFalse();
    assertThat(differences.has("net.width")).isFalse();
    assertThat(Files.readString(out.resolve("report.html"))).contains("In what the runs differ");
    assertThat(runs.get("one").get("epochs").asInt()).isEqualTo(2);
    assertThat(runs.get("one").get("slowness").asDouble()).isPositive();
    assertThat(runs.get("two").get("diagnostics").get("projectionAngle").asDouble())
        .isBetween(0.0, 180.0);
    // Start and two epochs, of the one run that has them.
    assertThat(Files.readAllLines(out.resolve("projection-angle.csv"))).hasSize(1 + 3);
    assertThat(Files.readAllLines(out.resolve("accuracy.csv"))).hasSize(1 + 2 * 2);
    assertThat(out.resolve("angle-to-bp.svg")).exists();
    assertThat(out.resolve("feedback-angle.svg")).exists();
    assertThat(Files.readString(out.resolve("report.html"))).contains("slowness");
  }

  /** A relaxation too short for ten units: said once while it trains, and drawn. */
  @Test
  void showsHowFarCreditReaches() throws IOException {
    Path path = folder.resolve("deep");
    CommandLineRun trained =
        CommandLineRun.train(
            path,
            "--quiet",
            "--preset",
            "resmlp",
            "--depth",
            "10",
            "--pc.scheme",
            "jacobi",
            "--pc.steps",
            "5",
            "--pc.rate",
            "0.1");
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(trained.err())
        .containsOnlyOnce("warning: most of the network does not learn: credit reach 0.")
        .contains("at the start: units 1–", "of 12 get no gradient", "use pc.scheme error");
    assertThat(trained.out()).contains("credit reach", ", s = ");
    Path out = folder.resolve("curves");
    CommandLineRun run =
        CommandLineRun.of("curves", path.toString(), "--out", out.toString(), "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    List<String> lines = Files.readAllLines(out.resolve("credit-reach.csv"));
    // The start, two epochs of 8 steps and what lies between; twelve units in three panels.
    assertThat(lines).hasSizeGreaterThanOrEqualTo(1 + 3 + 3 * 12);
    assertThat(Files.readString(path.resolve("metrics.jsonl")))
        .contains("\"kind\":\"reach\",\"step\":0,\"reach\":0.");
  }

  @Test
  void drawsNothingThatWasNotMeasured() throws IOException {
    Path run = folder.resolve("targets");
    CommandLineRun trained =
        CommandLineRun.train(run, "--quiet", "--rule", "bp", "--data", "synthetic-regression");
    assertThat(trained.code()).as(trained.err()).isZero();
    Path out = folder.resolve("curves");
    CommandLineRun drawn =
        CommandLineRun.of("curves", run.toString(), "--out", out.toString(), "--quiet");
    assertThat(drawn.code()).as(drawn.err()).isZero();
    assertThat(out.resolve("loss.svg")).exists();
    assertThat(out.resolve("accuracy.svg")).doesNotExist();
  }

  /** As far as they are known, by the row of the table of rules that says most of a run. */
  @Test
  void showsPublishedAccuracies() {
    Config decaying =
        Config.defaults()
            .withAll(RulesTableRow.named(List.of("pepita+wd"), "test").getFirst().keys(), "test")
            .with("data.name", "mnist", "test");
    Map<String, Config> runs =
        Map.of(
            "decaying",
            decaying,
            "other data",
            decaying.with("data.name", "fashion-mnist", "test"),
            "other rule",
            decaying.with("rule", "gnt", "test"));
    assertThat(PublishedTable.of(runs).rows())
        .containsExactly(
            List.of("decaying", "mnist", "pepita+wd", "ICLR 2024", "98.10 %", "from memory"));
  }

  /** The figures of this command are images of TensorBoard, each a whole PNG. */
  @Test
  void theLogHasTheFigures() throws IOException {
    Path run = Path.of(train("logged", "--rule", "bp", "--log", "tensorboard"));
    byte[] events;
    try (Stream<Path> files = Files.list(run)) {
      events =
          Files.readAllBytes(
              files.filter(file -> file.toString().contains("tfevents")).findFirst().orElseThrow());
    }
    // Characters of one byte each, so that places are those of bytes.
    String text = new String(events, StandardCharsets.ISO_8859_1);
    for (String tag : List.of("figures/accuracy", "figures/loss")) {
      int last = text.lastIndexOf(tag);
      assertThat(last).as(tag).isPositive().isNotEqualTo(text.indexOf(tag));
      int png = text.indexOf("\u0089PNG", last);
      BufferedImage image =
          ImageIO.read(new ByteArrayInputStream(events, png, events.length - png));
      assertThat(image.getWidth()).isGreaterThan(image.getHeight());
      assertThat(image.getRGB(0, 0)).as("white").isEqualTo(-1);
    }
    assertThat(text).doesNotContain("figures/credit-reach");
  }

  @Test
  void refusesWhatIsNoRun() {
    CommandLineRun none = CommandLineRun.of("curves", folder.resolve("nothing").toString());
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("nothing is not a folder");
    String run = train("one", "--rule", "bp");
    CommandLineRun twice = CommandLineRun.of("curves", run, run);
    assertThat(twice.code()).isEqualTo(2);
    assertThat(twice.err()).contains("named twice");
  }
}
