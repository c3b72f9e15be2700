package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Commands that write, but for {@code train}, whose crashes are in {@link ProcessTest}: killed at
 * seeded moments, and two at once. What they leave in the end is what an undisturbed one leaves.
 */
@Order(1)
@Tag("process")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "kills processes by POSIX signals")
final class CrashTest {

  private static final long SEED = 21;

  /** Of each command, where none is only killed once; more with {@code -Dlemniscate.kills}. */
  private static final int KILLS = Integer.getInteger("lemniscate.kills", 2);

  private static final long PATIENCE_SECONDS = 120;

  private static final String TINY =
      " --data synthetic --data.train 53 --data.test 23 --batch 5 --param.baseWidth 4"
          + " --backend reference";

  @TempDir private Path folder;

  private enum Writer {
    COORD_CHECK("coord-check --rule bp --seeds 1 --steps 1 --widths 16,24,32 --threads 1 --resume"),
    REGIME(
        "regime --rules bp --schemes ntk --seeds 1 --steps 1 --widths 16,24,32 --threads 1 --resume"),
    LINEAR("linear --seeds 1 --relaxed-up-to 0 --widths 16,24,32 --threads 1 --resume"),
    LIMIT("limit --rule bp --widths 8,16,32,64 --seeds 2 --steps 5 --resume" + TINY),
    DEPTH("depth --depths 4,6,8 --seeds 1 --width 13 --threads 1 --resume"),
    DEPTH_ACCURACY(
        "depth --accuracy --depths 4,6 --seeds 1 --width 13 --epochs 1 --data synthetic"
            + " --data.train 53 --data.test 23 --batch 5 --threads 1 --resume"),
    TRANSFER(
        "transfer --widths 3,5,7 --values 0.01,0.02,0.04 --epochs 2 --seeds 2 --workers 1 --resume"
            + TINY),
    RULES_TABLE(
        "reproduce rules-table --data synthetic --data.train 160 --data.test 40"
            + " --data.validation 50 --rows bp,pepita+wd --seeds 1 --rates 0.01,0.1 --width 6"
            + " --epochs 2 --batch 10 --backend reference --workers 1 --resume"),
    REPRODUCE("reproduce pc-is-bp ff-pepita pc-wrong-exponent --backend cpu --workers 1 --resume"),
    SWEEP("sweep SWEEP --workers 1 --resume"),
    PEPITA_ODE(
        "theory pepita-ode --student 2 --teacher 2 --inputs 20 --end 2 --points 5 --copies 2"),
    CURVES("curves RUN"),
    SYNTH("data synth --train 70 --test 20 --features 16 --outputs 4");

    private final String options;

    Writer(String options) {
      this.options = options;
    }
  }

  private String[] arguments(Writer writer, Path out) {
    List<String> args = new ArrayList<>();
    for (String word : writer.options.split(" ")) {
      args.add(
          switch (word) {
            case "SWEEP" -> folder.resolve("sweep.yaml").toString();
            case "RUN" -> folder.resolve("run").toString();
            default -> word;
          });
    }
    args.addAll(
        List.of("--out", (writer == Writer.SYNTH ? out.resolve("set.npz") : out).toString()));
    return args.toArray(String[]::new);
  }

  private Process start(Writer writer, Path out, int number) throws IOException {
    return CommandLineProcess.of(folder, arguments(writer, out))
        .redirectOutput(folder.resolve("out" + number).toFile())
        .redirectError(folder.resolve("err" + number).toFile())
        .start();
  }

  private String err(int number) throws IOException {
    return Files.readString(folder.resolve("err" + number));
  }

  private int end(Process process) throws Exception {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it does not end");
    }
    return process.exitValue();
  }

  // What commands read.
  private void prepare(Writer writer) throws IOException {
    if (writer == Writer.SWEEP) {
      Files.writeString(
          folder.resolve("sweep.yaml"),
          """
          base:
            data: {name: synthetic, train: 53, test: 23}
            train: {batch: 5, steps: 200}
            net.width: 7
            backend: reference
            threads: 1
          grid:
            optim.lr: [0.0001, 0.0002, 0.0003]
          seeds: 4
          """);
    } else if (writer == Writer.CURVES) {
      assertThat(CommandLineRun.train(folder.resolve("run")).code()).isZero();
    }
  }

  /** Once, for every change; {@code mvn -Pstudy} does it at more moments. */
  @ParameterizedTest
  @EnumSource(names = {"COORD_CHECK", "RULES_TABLE", "CURVES"})
  void aKilledCommandGoesOnToTheSameResult(Writer writer) throws Exception {
    requireSameAfterKills(writer, 1);
  }

  @Tag("study")
  @ParameterizedTest
  @EnumSource
  void aCommandKilledAgainAndAgainGoesOnToTheSameResult(Writer writer) throws Exception {
    requireSameAfterKills(writer, KILLS);
  }

  private void requireSameAfterKills(Writer writer, int kills) throws Exception {
    prepare(writer);
    Path straight = Files.createDirectory(folder.resolve("straight"));
    long began = System.nanoTime();
    assertThat(end(start(writer, straight, 0))).as(err(0)).isZero();
    long nanoseconds = System.nanoTime() - began;
    Path killed = Files.createDirectory(folder.resolve("killed"));
    Random random = new Random(SEED + writer.ordinal());
    for (int i = 0; i < kills; i++) {
      Process process = start(writer, killed, 0);
      // The first half is the start of the program, before it has written anything.
      process.waitFor(
          (long) (nanoseconds * (0.4 + 0.6 * random.nextDouble())), TimeUnit.NANOSECONDS);
      process.destroyForcibly();
      end(process);
    }
    requireDone(end(start(writer, killed, 0)), err(0));
    requireSame(killed, straight);
  }

  @ParameterizedTest
  @EnumSource(names = {"REGIME", "PEPITA_ODE"})
  void twoAtOnceGiveTheResultOfOne(Writer writer) throws Exception {
    requireSameOfTwo(writer);
  }

  @Tag("study")
  @ParameterizedTest
  @EnumSource
  void twoAtOnceOfAnyGiveTheResultOfOne(Writer writer) throws Exception {
    requireSameOfTwo(writer);
  }

  private void requireSameOfTwo(Writer writer) throws Exception {
    prepare(writer);
    Path straight = Files.createDirectory(folder.resolve("straight"));
    assertThat(end(start(writer, straight, 0))).as(err(0)).isZero();
    Path both = Files.createDirectory(folder.resolve("both"));
    Process first = start(writer, both, 1);
    Process second = start(writer, both, 2);
    int code = end(first);
    int other = end(second);
    requireDone(code, err(1));
    requireDone(other, err(2));
    assertThat(code * other).as("one is done").isZero();
    requireSame(both, straight);
  }

  // Or another process is at it, or was before.
  private static void requireDone(int code, String err) {
    if (code != 0) {
      assertThat(err).containsAnyOf("in use", "already holds", "exists already");
      assertThat(code).as(err).isEqualTo(2);
    }
  }

  private static void requireSame(Path found, Path expected) throws IOException {
    Map<String, String> files = contents(expected);
    assertThat(contents(found)).containsOnlyKeys(files.keySet());
    for (Map.Entry<String, String> file : contents(found).entrySet()) {
      assertThat(file.getValue()).as(file.getKey()).isEqualTo(files.get(file.getKey()));
    }
  }

  // Pages tell when and where they were made, and times are in the lines of what was measured.
  private static Map<String, String> contents(Path out) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = out.relativize(file).toString();
        if (name.matches("\\.npz\\d+\\.tmp")) {
          continue; // goes after an hour, because the folder may be anybody's
        }
        String text =
            name.endsWith(".html") || name.endsWith(".png")
                ? ""
                : Files.readString(file, StandardCharsets.ISO_8859_1);
        contents.put(
            name,
            text.replaceAll(",\"crc\":\"[0-9a-f]*\"", "")
                .replaceAll("\"(time|seconds)\":(\\{[^}]*}|[0-9.E-]+)", "")
                .replaceAll("\"finished\":\"[^\"]*\"", "")
                .replace(out.toString(), ""));
      }
    }
    return contents;
  }
}
