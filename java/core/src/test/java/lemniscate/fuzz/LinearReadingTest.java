package lemniscate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.data.FuzzedData;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What readers allocate and how long their thread computes grows with the size of the file, not
 * with a power of it. Eight times the size may take three times eight times the time, where a
 * square would take 64, and twice eight times the memory; the least of a few tries counts, of the
 * thread's own time, so that a busy machine decides nothing.
 */
final class LinearReadingTest {

  private static final int TIMES = 8;
  private static final int SOME = 1000;
  private static final int TRIES = 4;
  private static final double MOST_TIME = 3 * TIMES;
  private static final double MOST_MEMORY = 2 * TIMES;

  // Compilation and collection that fall into a try.
  private static final long SLACK_NANOS = 150_000_000;
  private static final long SLACK_BYTES = 4 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private static Path folder;

  @TestFactory
  Stream<DynamicTest> timeAndMemoryAreLinearInTheSize() {
    Map<String, FuzzedReader> readers = new HashMap<>();
    FuzzedReaders.all(folder).forEach(reader -> readers.put(reader.name(), reader));
    Map<String, IntFunction<byte[]>> files = new TreeMap<>(FuzzedData.large());
    for (String journal :
        List.of("metrics", "trials", "limit-measurements", "measurements", "slurm-journal")) {
      byte[] lines = readers.get(journal).seeds().getFirst();
      files.put(journal, n -> repeated(lines, Math.ceilDiv(n * 100, lines.length)));
    }
    files.put("safetensors", LinearReadingTest::tensors);
    List<DynamicTest> tests = new ArrayList<>();
    files.forEach((name, file) -> tests.add(test(name, readers.get(name), file)));
    FuzzedData.largeTables()
        .forEach((name, file) -> tests.add(test("table of " + name, readers.get("table"), file)));
    yaml()
        .forEach((name, file) -> tests.add(test("config of " + name, readers.get("config"), file)));
    tests.add(
        test(
            "sweep",
            readers.get("sweep"),
            n -> text("grid:\n  optim.lr: [" + numbers(n) + "]\nseeds: 1\n")));
    return tests.stream();
  }

  // A single text is none of them: SnakeYAML copies what it has of one at every 1,025 characters,
  // which the largest file that is read, of 3,000,000 bytes, keeps to some seconds.
  private static Map<String, IntFunction<byte[]>> yaml() {
    Map<String, IntFunction<byte[]>> files = new TreeMap<>();
    files.put("comments", n -> text("# a comment\n".repeat(4 * n)));
    files.put("items", n -> text("data.drop: [" + numbers(n) + "]\n"));
    files.put("depth", n -> text("net.layers: " + "[".repeat(n) + "]".repeat(n) + "\n"));
    files.put("unknown keys", n -> text(keys(n)));
    files.put("lines of a text", n -> text("data.name: |\n" + "  x\n".repeat(10 * n)));
    return files;
  }

  private static String keys(int n) {
    return IntStream.range(0, n).mapToObj(i -> "k" + i + ": 1\n").collect(Collectors.joining());
  }

  private static String numbers(int n) {
    return IntStream.range(0, n).mapToObj(i -> "0." + (i + 1)).collect(Collectors.joining(", "));
  }

  private static byte[] tensors(int n) {
    String header =
        IntStream.range(0, n)
            .mapToObj(
                i ->
                    "\"t%d\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}"
                        .formatted(i, 4 * i, 4 * i + 4))
            .collect(Collectors.joining(",", "........{", "}"));
    return Repairs.safetensors(text(header + "1234".repeat(n)));
  }

  private static byte[] repeated(byte[] lines, int times) {
    return text(new String(lines, StandardCharsets.UTF_8).repeat(times));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static DynamicTest test(String name, FuzzedReader reader, IntFunction<byte[]> file) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          Path own = FuzzedReader.folder(folder, "large-" + reader.name());
          byte[] little = file.apply(SOME);
          byte[] large = file.apply(SOME * TIMES);
          assertThat((double) large.length / little.length).isBetween(0.9 * TIMES, 1.2 * TIMES);
          least(reader, little, own); // compiles
          Cost one = least(reader, little, own);
          Cost many = least(reader, large, own);
          assertThat(many.bytes)
              .as("bytes; %d of the smaller file", one.bytes)
              .isLessThan(Math.round(MOST_MEMORY * one.bytes) + SLACK_BYTES);
          assertThat(many.nanos)
              .as("nanoseconds; %d of the smaller file", one.nanos)
              .isLessThan(Math.round(MOST_TIME * one.nanos) + SLACK_NANOS);
        });
  }

  private record Cost(long bytes, long nanos) {}

  private static Cost least(FuzzedReader reader, byte[] file, Path folder) throws IOException {
    Cost least = new Cost(Long.MAX_VALUE, Long.MAX_VALUE);
    for (int i = 0; i < TRIES; i++) {
      long bytes = THREADS.getCurrentThreadAllocatedBytes();
      long nanos = THREADS.getCurrentThreadCpuTime();
      try {
        reader.attempt().read(file, folder);
      } catch (BadInputException e) {
        // What is refused is read as far.
      }
      least =
          new Cost(
              Math.min(least.bytes, THREADS.getCurrentThreadAllocatedBytes() - bytes),
              Math.min(least.nanos, THREADS.getCurrentThreadCpuTime() - nanos));
    }
    return least;
  }
}
