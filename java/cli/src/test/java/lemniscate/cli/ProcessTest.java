package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program in a process of its own: signals, sudden death, exit codes. */
@Order(1)
@Tag("process")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs POSIX signals")
final class ProcessTest {

  private static final int EPOCHS = 400;
  private static final long PATIENCE_SECONDS = 60;

  /** Numbers of signals that a parent may have had ignored; the first is bit 0 of a mask. */
  private static final Map<String, Integer> IGNORED_AT_TIMES = Map.of("HUP", 1, "INT", 2);

  @TempDir private Path folder;

  private Process start(String... args) throws IOException {
    return CommandLineProcess.of(folder, args)
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  private Process train(Path out) throws IOException {
    List<String> args = new ArrayList<>(List.of("train", "--out", out.toString()));
    args.addAll(CommandLineRun.SMALL);
    args.set(args.indexOf("--epochs") + 1, Integer.toString(EPOCHS));
    args.addAll(List.of("--train.checkpointEvery", "37", "--json"));
    return start(args.toArray(String[]::new));
  }

  private int end(Process process) throws InterruptedException, IOException {
    boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly();
    }
    assertThat(ended).as("ended in time; standard error: " + err()).isTrue();
    return process.exitValue();
  }

  private String err() throws IOException {
    return Files.readString(folder.resolve("err"));
  }

  // Until the run has some lines of metrics, so that it is under way.
  private void awaitLines(Path run, Process process) throws Exception {
    Path metrics = run.resolve("metrics.jsonl");
    await(() -> Files.exists(metrics) && Files.readAllLines(metrics).size() >= 20, process);
  }

  private void await(Callable<Boolean> condition, Process process) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.call()) {
      assertThat(process.isAlive()).as(err()).isTrue();
      assertThat(System.nanoTime()).as("waiting").isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  // A program inherits it, and Java keeps to it.
  private static boolean ignores(Process process, int signal) throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.exists(status)) {
      return false;
    }
    String mask =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .map(line -> line.substring("SigIgn:".length()).strip())
            .orElse("0");
    return (Long.parseUnsignedLong(mask, 16) & 1L << (signal - 1)) != 0;
  }

  private void signal(Process process, String name) throws IOException, InterruptedException {
    Integer number = IGNORED_AT_TIMES.get(name);
    if (number != null && ignores(process, number)) {
      process.destroyForcibly();
      abort(name + " is ignored here, as in jobs that a shell runs in the background");
    }
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }

  @Test
  void ctrlCFlushesACheckpointAndTheRunGoesOn() throws Exception {
    for (String name : new String[] {"TERM", "USR1", "USR2", "HUP", "INT"}) {
      Path run = folder.resolve("run-" + name);
      Process process = train(run);
      awaitLines(run, process);
      signal(process, name);
      assertThat(end(process)).isEqualTo(130);
      assertThat(err()).contains("interrupted after step ").contains("lemniscate resume " + run);
      assertThat(Files.readString(folder.resolve("out"))).isEmpty();
      int step = Integer.parseInt(err().replaceAll("(?s).*interrupted after step (\\d+);.*", "$1"));
      assertThat(run.resolve("checkpoint-%08d.safetensors".formatted(step))).exists();
      assertThat(step).isLessThan(EPOCHS * 10);
      CommandLineRun resumed = CommandLineRun.of("resume", run.toString(), "--json", "--quiet");
      assertThat(resumed.code()).isZero();
      assertThat(resumed.json().get("steps").asInt()).isEqualTo(EPOCHS * 10);
    }
  }

  /** Schedulers warn, and then terminate: the step is finished all the same. */
  @Test
  void terminationAfterAWarningWaitsForTheCheckpoint() throws Exception {
    Path run = folder.resolve("run");
    Process process = train(run);
    awaitLines(run, process);
    for (String name : new String[] {"USR1", "USR1", "TERM"}) {
      signal(process, name);
    }
    assertThat(end(process)).isEqualTo(130);
    assertThat(err()).contains("its checkpoint is written");
  }

  /** Killed at moments from the start of the program on, also before there is a checkpoint. */
  @Test
  void aRunThatIsKilledAsItBeginsIsTrainedOrResumed() throws Exception {
    Path run = folder.resolve("run");
    int taken = 0;
    for (int i = 0; i < 40; i++) {
      Process process = train(run);
      int wanted = i % 4;
      // The files appear in this order.
      String file =
          switch (wanted) {
            case 0 -> "metrics.jsonl";
            case 1 -> "provenance.json";
            case 2 -> "config.yaml";
            default -> "config.yaml.tmp";
          };
      while (process.isAlive() && !Files.exists(run.resolve(file)) && !hasCheckpoint(run)) {
        Thread.onSpinWait();
      }
      process.destroyForcibly();
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      if (hasCheckpoint(run)) {
        break;
      }
      taken++;
      if (taken == 4) {
        break;
      }
    }
    if (!hasCheckpoint(run)) {
      assertThat(CommandLineRun.of("resume", run.toString(), "--quiet").code()).isEqualTo(2);
      assertThat(end(train(run))).as(err()).isZero();
    } else {
      assertThat(end(start("resume", run.toString(), "--json"))).as(err()).isZero();
    }
    try (Stream<Path> files = Files.list(run)) {
      assertThat(files).noneMatch(f -> f.toString().endsWith(".tmp"));
    }
  }

  private static boolean hasCheckpoint(Path run) throws IOException {
    if (!Files.isDirectory(run)) {
      return false;
    }
    try (Stream<Path> files = Files.list(run)) {
      return files.anyMatch(f -> f.toString().endsWith(".safetensors"));
    }
  }

  /** As jobs of an array that start together. */
  @Test
  void runsThatStartTogetherHaveFoldersOfTheirOwn() throws Exception {
    List<Process> processes = new ArrayList<>();
    List<String> args = new ArrayList<>(List.of("train"));
    args.addAll(CommandLineRun.SMALL);
    for (int i = 0; i < 3; i++) {
      processes.add(start(args.toArray(String[]::new)));
    }
    for (Process process : processes) {
      assertThat(end(process)).as(err()).isZero();
    }
    try (Stream<Path> runs = Files.list(folder.resolve("runs"))) {
      assertThat(runs).hasSize(3).allMatch(run -> Files.exists(run.resolve("config.yaml")));
    }
  }

  @Test
  void aKilledRunGoesOnBitForBit() throws Exception {
    Path straight = folder.resolve("straight");
    assertThat(end(train(straight))).isZero();
    Path killed = folder.resolve("killed");
    Process process = train(killed);
    awaitLines(killed, process);
    signal(process, "KILL");
    end(process);
    assertThat(end(start("resume", killed.toString(), "--json"))).isZero();

    String last = "checkpoint-%08d.safetensors".formatted(EPOCHS * 10);
    assertThat(data(killed.resolve(last))).isEqualTo(data(straight.resolve(last)));
    assertThat(metrics(killed)).isEqualTo(metrics(straight));
  }

  /** Also one that is trained on, whose logs read its metrics while they are locked. */
  @Test
  void aRunThatIsTrainedOnIsLockedAndGoesOnBitForBit() throws Exception {
    Path killed = folder.resolve("killed");
    assertThat(CommandLineRun.train(killed, "--quiet").code()).isZero();
    Process process =
        start("resume", killed.toString(), "--epochs", "400", "--log", "csv,tensorboard");
    await(() -> Files.readAllLines(killed.resolve("metrics.jsonl")).size() >= 30, process);
    assertThat(CommandLineRun.of("runs", killed.toString(), "--quiet").out())
        .contains("running", " of 400");
    CommandLineRun.of("resume", killed.toString(), "--quiet").refuses("in use");
    signal(process, "KILL");
    end(process);
    assertThat(CommandLineRun.of("runs", killed.toString(), "--quiet").out())
        .contains("interrupted", " of 400");
    assertThat(end(start("resume", killed.toString()))).isZero();

    Path straight = folder.resolve("straight");
    assertThat(CommandLineRun.train(straight, "--quiet", "--epochs", "400").code()).isZero();
    String last = "checkpoint-00004000.safetensors";
    assertThat(data(killed.resolve(last))).isEqualTo(data(straight.resolve(last)));
    assertThat(metrics(killed)).isEqualTo(metrics(straight));
  }

  // Without the header, which also holds times.
  private static byte[] data(Path checkpoint) throws IOException {
    byte[] all = Files.readAllBytes(checkpoint);
    int header = (int) ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return Arrays.copyOfRange(all, 8 + header, all.length);
  }

  private static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      ObjectNode node = (ObjectNode) new ObjectMapper().readTree(line);
      node.remove(List.of("time", "crc"));
      lines.add(node);
    }
    return lines;
  }

  // Trials that take long enough to be interrupted in, of which some are soon finished.
  private Path sweepFile(int steps) throws IOException {
    return Files.writeString(
        folder.resolve("sweep.yaml"),
        """
        base:
          data: {name: synthetic, train: 53, test: 23}
          train: {batch: 5, steps: %d}
          net.width: 7
          backend: reference
          threads: 1
        grid:
          optim.lr: [0.0001, 0.0002, 0.0003, 0.0004, 0.0005, 0.0006]
        seeds: 4
        """
            .formatted(steps));
  }

  private Process sweep(Path file, Path out) throws IOException {
    return start("sweep", file.toString(), "--out", out.toString(), "--resume", "--workers", "2");
  }

  @Test
  void ctrlCEndsASweepThatGoesOnLater() throws Exception {
    Path file = sweepFile(3000);
    Path whole = folder.resolve("whole");
    assertThat(CommandLineRun.of("sweep", file.toString(), "--out", whole.toString()).code())
        .isZero();
    Path store = folder.resolve("store");
    for (String name : new String[] {"INT", "TERM"}) {
      int before = Files.exists(store) ? trials(store).size() : 0;
      Process process = sweep(file, store);
      await(() -> trials(store).size() > before, process);
      signal(process, name);
      assertThat(end(process)).as(err()).isEqualTo(130);
      int finished = trials(store).size();
      assertThat(finished).isLessThan(24);
      assertThat(Files.readString(store.resolve("trials.jsonl"))).as("no torn line").endsWith("\n");
      assertThat(err())
          .contains("interrupted with " + finished + " of 24 trials finished")
          .contains("Go on with: lemniscate sweep " + file + " --out " + store + " --resume")
          .doesNotContain("\u001b");
    }
    assertThat(end(sweep(file, store))).as(err()).isZero();
    assertThat(trials(store)).isEqualTo(trials(whole));
  }

  @Test
  void aSecondCtrlCEndsTheProcessAtOnce() throws Exception {
    // A step of the second trial takes minutes, and only between steps is there a stop.
    Path file =
        Files.writeString(
            folder.resolve("slow.yaml"),
            """
            base:
              data: {name: synthetic, train: 53, test: 23}
              train: {batch: 50, steps: 1}
              net.width: 256
              backend: reference
            grid:
              pc.steps: [1, 20000]
            """);
    Path store = folder.resolve("store");
    Process process = start("sweep", file.toString(), "--out", store.toString(), "--workers", "1");
    await(() -> trials(store).size() == 1, process);
    Thread.sleep(200); // until the second trial is under way
    signal(process, "INT");
    assertThat(process.waitFor(500, TimeUnit.MILLISECONDS)).as("in its step").isFalse();
    signal(process, "INT");
    assertThat(end(process)).isEqualTo(130);
    assertThat(trials(store)).hasSize(1);
  }

  private static List<JsonNode> trials(Path store) throws IOException {
    Path file = store.resolve("trials.jsonl");
    return Files.exists(file) ? SweepCommandTest.rows(store) : List.of();
  }

  @Test
  void aTransferStudyGoesOnAfterCtrlCAndAfterAKill() throws Exception {
    Path out = folder.resolve("study");
    List<String> args = new ArrayList<>(List.of("transfer", "--out", out.toString(), "--json"));
    for (String option : CommandLineRun.SMALL) {
      args.add(option.equals("--lr") ? "--values" : option);
    }
    args.set(args.indexOf("--values") + 1, "0.01,0.02,0.04,0.08");
    args.set(args.indexOf("--epochs") + 1, "40");
    args.remove("7");
    args.set(args.indexOf("--width"), "--widths=3,5,7");
    for (String name : new String[] {"INT", "KILL"}) {
      Process process = start(args.toArray(String[]::new));
      Path trials = out.resolve("trials.jsonl");
      int before = Files.exists(trials) ? Files.readAllLines(trials).size() : 0;
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!Files.exists(trials) || Files.readAllLines(trials).size() < before + 3) {
        assertThat(process.isAlive()).as(err()).isTrue();
        assertThat(System.nanoTime()).as("waiting for trials").isLessThan(deadline);
        Thread.sleep(5);
      }
      signal(process, name);
      int code = end(process);
      assertThat(Files.readString(folder.resolve("out"))).isEmpty();
      if (name.equals("INT")) {
        assertThat(code).isEqualTo(130);
        assertThat(err())
            .containsPattern(
                "interrupted with \\d+ of 144 trials finished. Go on with: lemniscate transfer ")
            .contains(" --resume");
        args.add("--resume");
      }
    }
    CommandLineRun resumed = CommandLineRun.of(args.toArray(String[]::new));
    assertThat(resumed.code()).as(resumed.err()).isZero();
    args.remove("--resume");
    args.set(args.indexOf("--out") + 1, folder.resolve("straight").toString());
    CommandLineRun straight = CommandLineRun.of(args.toArray(String[]::new));
    assertThat(resumed.json().get("curves")).isEqualTo(straight.json().get("curves"));
  }

  @Test
  void writesNoControlCharactersWithoutATerminal() throws Exception {
    Path run = folder.resolve("run");
    List<String> args = new ArrayList<>(List.of("train", "--out", run.toString()));
    args.addAll(CommandLineRun.SMALL);
    assertThat(end(start(args.toArray(String[]::new)))).isZero();
    assertThat(err()).contains("epoch 2/2").doesNotContain("\u001b").doesNotContain("\r");
    assertThat(Files.readString(folder.resolve("out"))).contains("test accuracy");
  }
}
