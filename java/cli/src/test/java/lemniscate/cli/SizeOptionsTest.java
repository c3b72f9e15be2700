package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes in options are refused at once. */
final class SizeOptionsTest {

  // Of the processor, since the machine may do much else: a second, and what the first call of a
  // JVM
  // takes besides.
  private static final long SOON_NANOS = 5_000_000_000L;

  @TempDir Path folder;

  private String refused(List<String> arguments) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    int code =
        Main.run(
            arguments.toArray(String[]::new),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    String text = err.toString(StandardCharsets.UTF_8);
    assertThat(code).as(text).isEqualTo(ExitCode.BAD_INPUT.code());
    assertThat(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start)
        .isLessThan(SOON_NANOS);
    assertThat(folder.resolve("out")).doesNotExist();
    return text;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train --threads 100000 | --threads: threads is '100000'; expected an integer from 1 to"
            + " 1024",
        "train --threads 1024 --backend cpu --data.train 200 | threads is 1024; expected at most",
        "train --depth 100000 | net.depth is '100000'; expected an integer from 1 to 10000",
        "train --batch 2147483647 | train.batch is '2147483647'",
        "train --width 16777216 --preset lenet | unit 1 of the network & use a smaller net.width",
        "train --train.keepCheckpoints 2147483647 | train.keepCheckpoints is '2147483647'",
        "train --train.keepCheckpoints 1000000 --train.checkpointEvery 1 --epochs 2147483647"
            + " --backend cpu | 1000001 checkpoints take & train.keepCheckpoints",
        "train --data synthetic --data.train 2147483647 | more than the 2147483639",
        "coord-check --seeds 2147483647 | seeds is 2147483647; expected an integer from 1 to 10000",
        "coord-check --widths 64,128,2147483647 | largest of widths is 2147483647 & 16777216",
        "coord-check --depths 4,8,2147483647 --preset resmlp | net.depth is '2147483647'",
        "depth --accuracy --depths 4,6 --seeds 1000000 | seeds is 1000000",
        "train --rule pc --pc.scheme jacobi --pc.steps 100000 --depth 40 --data synthetic --backend cpu"
            + " | 4000000 operations & pc.steps",
        "depth --at-steps 2147483647 | --at-steps is 2147483647; expected an integer from 1",
        "limit --seeds 1000000 | seeds is 1000000",
        "linear --widths 128,256,16777216 | closed form takes & Java heap & smaller --widths",
        "regime --seeds 1000000 | seeds is 1000000",
        "transfer --seeds 1000000 | seeds is 1000000",
        "bench --widths 2147483647 | --widths is 2147483647; expected integers",
        "bench --batches 2147483647 | --batches is 2147483647; expected integers",
        "bench --rounds 2147483647 | --rounds is 2147483647; expected integers",
        "gradcheck --net.layers [{dense:16777216}] --rule bp | net.layers",
        "data synth --train 2147483647 --out none.npz | more than the 2147483639",
      })
  void namesOptionValueAndLimit(String line, String messages) {
    List<String> arguments = new ArrayList<>(List.of(line.strip().split(" ")));
    if (List.of("train", "coord-check", "depth", "limit", "linear", "regime", "transfer")
        .contains(arguments.getFirst())) {
      arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    }
    assertThat(refused(arguments)).contains(messages.strip().split(" & "));
  }

  @Test
  void listsWithoutAnEnd() throws Exception {
    String numbers =
        IntStream.rangeClosed(1, 300_000)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(","));
    Path file = Files.writeString(folder.resolve("options"), "--widths\n" + numbers);
    assertThat(refused(List.of("coord-check", "@" + file)))
        .contains("--widths has 300000 values", "(299988 more)", "expected at most 1000");
  }

  @Test
  void namesWithoutAnEnd() {
    String name = "n".repeat(60_000);
    assertThat(refused(List.of("train", "--data", name))).contains("4096").hasSizeLessThan(4000);
    assertThat(refused(List.of("train", "--" + name, "1"))).hasSizeLessThan(8000);
    assertThat(refused(List.of("resume", "\u001b[31m\nlemniscate: done")))
        .contains("\\x1B[31m\\x0Alemniscate: done is not a folder")
        .doesNotContain("\u001b");
  }
}
