package lemniscate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes are checked before memory or time is spent on them. */
final class SizesTest {

  // Of the processor, since the machine may do much else: a second, and what the first call of a
  // JVM
  // takes besides.
  private static final long SOON_NANOS = 5_000_000_000L;

  // What reading a text of some megabytes takes; the sizes that are asked for would take far more.
  private static final long FEW_BYTES = 200L << 20;

  @TempDir Path folder;

  private static void refused(ThrowingCallable call, String... parts) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    long start = threads.getCurrentThreadCpuTime();
    assertThatThrownBy(call).isInstanceOf(BadInputException.class).hasMessageContainingAll(parts);
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(FEW_BYTES);
    assertThat(threads.getCurrentThreadCpuTime() - start).isLessThan(SOON_NANOS);
  }

  @ParameterizedTest
  @CsvSource({
    "threads, 100000, 1024",
    "net.depth, 100000, 10000",
    "net.depth, 2147483647, 10000",
    "net.width, 16777217, 16777216",
    "train.batch, 2147483647, 1048576",
    "train.keepCheckpoints, 2147483647, 1000000",
    "pc.steps, 2147483647, 100000",
    "pc.almSteps, 2147483647, 100000",
    "tp.iterations, 2147483647, 100000",
    "tp.hiddenUnits, 2147483647, 16777216",
    "data.classes, 2147483647, 65536",
    "data.shape, 2147483647, 16384",
    "data.cropPadding, 2147483647, 16384",
  })
  void namesKeyValueAndLimit(String key, String value, String limit) {
    refused(
        () -> Config.defaults().with(key, value, "--set"), key, "'" + value + "'", "to " + limit);
    assertThat(Config.defaults().with(key, limit, "--set").source(ConfigSchema.key(key, "")))
        .isEqualTo("--set");
  }

  @Test
  void longTextsAndListsAreRefusedAndShortened() {
    String text = "v".repeat(60_000);
    refused(() -> Config.defaults().with("data.name", text, "--data"), "4096 characters", "60000");
    refused(() -> Config.defaults().with("out", text, "--out"), "4096 characters");
    refused(() -> Config.defaults().with("net.activation", text, "--set"), "vvv…'", "one of");
    refused(() -> Config.defaults().with(text, "1", "--set"), "unknown key 'vvv", "vvv…'");
    refused(() -> Config.defaults().withAssignment(text, "--set"), "vvv…' has no '='");
    String list = IntStream.range(0, 1_000_000).mapToObj(i -> "1").collect(Collectors.joining(","));
    refused(() -> Config.defaults().with("tp.damping", "[" + list + "]", "--set"), "at most 10000");
  }

  @Test
  void aliasesAreNotFollowed() {
    StringBuilder laughs = new StringBuilder("data.files: &a [x, x, x, x, x, x, x, x, x]\n");
    laughs.append("net.layers:\n");
    for (char c = 'b'; c < 'z'; c++) {
      char before = (char) (c - 1);
      laughs.append("- &%c [%s]\n".formatted(c, ("*" + before + ",").repeat(9)));
    }
    refused(
        () -> Config.defaults().withYaml(laughs.toString(), "f.yaml"),
        "f.yaml:3",
        "aliases are not supported");
  }

  @Test
  void filesWithoutAnEndAreReadToALimit() throws Exception {
    Path file = Files.writeString(folder.resolve("long.yaml"), "#".repeat(3_000_001));
    refused(() -> Config.defaults().withYaml(file), "long.yaml", "more than 3000000 bytes");
    Path zero = Path.of("/dev/zero");
    if (Files.exists(zero)) {
      assertTimeoutPreemptively(
          Duration.ofMinutes(1),
          () -> refused(() -> Config.defaults().withYaml(zero), "more than 3000000 bytes"));
    }
  }

  @Test
  void whatAFileHoldsIsEscaped() {
    refused(
        () ->
            Config.defaults()
                .withYaml("net.activation: \"a\\e[31m\\u202e\\nlemniscate: done\"\n", "f.yaml"),
        "'a\\x1B[31m\\u202E\\x0Alemniscate: done'");
  }

  @Test
  void whatTheHeapHasNoRoomFor() {
    refused(
        () -> HeapRoom.require("x.npz:x_train", Long.MAX_VALUE / 2, "fewer examples"),
        "x.npz:x_train takes 4.6 EB",
        "Java heap",
        "-Xmx",
        "fewer examples");
    HeapRoom.require("little", 1000, "");
  }
}
