package lemniscate.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import lemniscate.config.BadInputException;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MemoryPlanTest {

  @TempDir private Path root;

  @ParameterizedTest
  @CsvSource({"cpu, FP32", "cpu, FP64", "reference, FP32", "reference, FP64"})
  void countsWhatTheArenaHandsOut(String name, Precision precision) {
    try (Backend backend =
            Backends.open(name, BackendOptions.defaults().withPrecision(precision).withThreads(1));
        Arena real = backend.newArena()) {
      long planned =
          MemoryPlan.bytes(
              backend,
              counting -> {
                try (Arena arena = counting.newArena()) {
                  allocate(arena);
                }
              });
      allocate(real);
      assertThat(planned).isEqualTo(real.allocatedBytes());
    }
  }

  // Members of 15 elements lie at multiples of a cache line on the CPU, and close together
  // elsewhere.
  private static void allocate(Arena arena) {
    arena.allocate(new Shape(7, 11));
    arena.allocateSlab(3, new Shape(3, 5));
    arena.allocateScalars(9);
  }

  @Test
  void countsTheMostAtATime() {
    try (Backend backend = reference()) {
      long planned =
          MemoryPlan.bytes(
              backend,
              counting -> {
                try (Arena arena = counting.newArena()) {
                  arena.allocate(new Shape(10, 10));
                }
                try (Arena arena = counting.newArena()) {
                  arena.allocate(new Shape(3, 7));
                  arena.allocate(new Shape(1, 1));
                }
              });
      assertThat(planned).isEqualTo(100 * Double.BYTES);
    }
  }

  @Test
  void saysWhatIsBeyondCounting() {
    try (Backend backend = reference()) {
      Shape largest = new Shape(Integer.MAX_VALUE, Integer.MAX_VALUE);
      assertThat(
              MemoryPlan.bytes(
                  backend,
                  counting -> {
                    try (Arena arena = counting.newArena()) {
                      arena.allocateSlab(3, largest);
                    }
                  }))
          .isEqualTo(MemoryPlan.BEYOND);
    }
    assertThat(MemoryPlan.text(MemoryPlan.BEYOND)).isEqualTo("more than 9 EB");
  }

  private static Backend reference() {
    return Backends.open("reference", BackendOptions.defaults().withPrecision(Precision.FP64));
  }

  private static BackendMemory memory(long available) {
    return new BackendMemory("memory", OptionalLong.of(available), 1);
  }

  @Test
  void refusesWithTheLargestWidthThatFits() {
    // 12 w² bytes: 1000 takes 12 MB, and 288 is the last below 1 MB.
    assertThatThrownBy(
            () -> MemoryPlan.requireFits(memory(1_000_000), 1000, width -> 12L * width * width))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(
            "net.width is 1000", "takes 12.0 MB of memory", "1.0 MB are free", "at most 288");
    assertThatThrownBy(() -> MemoryPlan.requireFits(memory(5), 1000, width -> 12L * width))
        .hasMessageContaining("no width fits");
  }

  @Test
  void takesWhatFitsExactlyAndWhatNobodyKnows() {
    assertThatCode(() -> MemoryPlan.requireFits(memory(1000), 10, width -> 100L * width))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> MemoryPlan.requireFits(memory(999), 10, width -> 100L * width))
        .hasMessageContaining("at most 9,");
    BackendMemory unknown = new BackendMemory("memory", OptionalLong.empty(), 1);
    assertThatCode(() -> MemoryPlan.requireFits(unknown, 10, width -> MemoryPlan.BEYOND))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({"0, 0 B", "999, 999 B", "1000, 1.0 kB", "23140000000, 23.1 GB"})
  void writesBytesForPeople(long bytes, String text) {
    assertThat(MemoryPlan.text(bytes)).isEqualTo(text);
  }

  // ---------------------------------------------------------------- what the machine has

  private void file(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private long left() {
    return new HostMemory(root).availableBytes().orElseThrow() + HostMemory.RESERVE_BYTES;
  }

  private void machine() throws IOException {
    file(
        "proc/meminfo",
        "MemTotal:       24684084 kB\nMemFree:         4000000 kB\nMemAvailable:    9000000 kB\n");
  }

  @Test
  void withoutGroupsTheMachineCounts() throws IOException {
    machine();
    assertThat(left()).isEqualTo(9_000_000L * 1024);
  }

  @Test
  void aSmallerGroupOfVersionTwoCounts() throws IOException {
    machine();
    file("proc/self/cgroup", "0::/slurm/job7/step0\n");
    file("sys/fs/cgroup/slurm/job7/step0/memory.max", "max\n");
    file("sys/fs/cgroup/slurm/job7/step0/memory.current", "100\n");
    file("sys/fs/cgroup/slurm/job7/memory.max", "5000000000\n");
    file("sys/fs/cgroup/slurm/job7/memory.current", "1500000000\n");
    file("sys/fs/cgroup/slurm/job7/memory.stat", "anon 700\ninactive_file 300000000\n");
    assertThat(left()).isEqualTo(3_800_000_000L);
  }

  @Test
  void aSmallerGroupOfVersionOneCounts() throws IOException {
    machine();
    file("proc/self/cgroup", "4:cpu,memory:/box\n1:name=systemd:/box\n");
    file("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "2000000000\n");
    file("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "600000000\n");
    file(
        "sys/fs/cgroup/memory/box/memory.stat", "inactive_file 5\ntotal_inactive_file 100000000\n");
    // Without a limit of its own, a group says so by a huge number.
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    file("sys/fs/cgroup/memory/memory.usage_in_bytes", "700000000\n");
    assertThat(left()).isEqualTo(1_500_000_000L);
  }

  @Test
  void aFullGroupLeavesNothing() throws IOException {
    machine();
    file("proc/self/cgroup", "0::/\n");
    file("sys/fs/cgroup/memory.max", "1000\n");
    file("sys/fs/cgroup/memory.current", "1000\n");
    assertThat(new HostMemory(root).availableBytes()).hasValue(0);
  }

  @Test
  void withoutLinuxNobodyKnows() {
    assertThat(new HostMemory(root).availableBytes()).isEmpty();
  }

  /** Also where it is only counted: a step of many layers and steps would fill the heap first. */
  @Test
  void aStepOfTooManyOperationsIsRefusedAtTheFirstOneTooMany() {
    long[] asked = {0};
    try (Backend backend = reference()) {
      assertThatThrownBy(
              () ->
                  MemoryPlan.bytes(
                      backend,
                      counting -> {
                        try (Arena arena = counting.newArena()) {
                          Tensor one = arena.allocate(new Shape(1, 1));
                          counting.record(
                              ops -> {
                                while (true) {
                                  asked[0]++;
                                  ops.fill(one, 0);
                                }
                              });
                        }
                      }))
          .isInstanceOf(BadInputException.class)
          .hasMessageContainingAll("4000000 operations", "net.depth", "pc.steps");
    }
    assertThat(asked[0]).isEqualTo(Recording.MOST_OPERATIONS + 1L);
  }
}
