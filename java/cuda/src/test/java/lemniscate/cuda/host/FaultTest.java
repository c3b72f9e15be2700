package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import lemniscate.cuda.driver.Launch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the host execution notices, shown on kernels that are wrong on purpose. */
final class FaultTest {

  private static final int THREADS = 64;

  private static final class Built {
    static final HostLibrary LIBRARY =
        HostExecution.build(
            Path.of("src", "test", "cuda", "broken.cu").toAbsolutePath(),
            "liblemniscate-broken.so");
  }

  private HostDevice device;
  private DeviceMemory memory;

  @BeforeEach
  void open() {
    HostExecution.skipWithoutCompiler();
    device = new HostDevice(Built.LIBRARY, 1);
    memory = new DeviceMemory(device);
  }

  @AfterEach
  void close() {
    if (memory != null) {
      memory.close();
    }
  }

  // ---------------------------------------------------------------- order of threads

  @Test
  void threadsBeginInAnOrderThatFollowsFromTheSeed() {
    Set<List<Long>> orders = new HashSet<>();
    for (long seed = 1; seed <= 5; seed++) {
      List<Long> order = order(seed);
      assertThat(order).containsExactlyInAnyOrderElementsOf(range(3 * THREADS));
      assertThat(order(seed)).isEqualTo(order);
      orders.add(order);
    }
    assertThat(orders).hasSize(5).doesNotContain(range(3 * THREADS));
  }

  private List<Long> order(long seed) {
    HostDevice seeded = new HostDevice(Built.LIBRARY, seed);
    long order = seeded.allocate(3 * THREADS * Long.BYTES);
    long turn = seeded.allocate(Long.BYTES);
    run(seeded, "thread_order", 3, THREADS, false, order, turn);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(ValueLayout.JAVA_LONG, 3 * THREADS);
      seeded.download(order, values);
      return Arrays.stream(values.toArray(ValueLayout.JAVA_LONG)).boxed().toList();
    } finally {
      seeded.free(order);
      seeded.free(turn);
      seeded.close();
    }
  }

  private static List<Long> range(int count) {
    return LongStream.range(0, count).boxed().toList();
  }

  // ---------------------------------------------------------------- memory

  @Test
  void elementsBeyondTheEndAreRefused() {
    long x = memory.allocate(100 * Float.BYTES);
    assertThatThrownBy(() -> run("one_too_many", 1, THREADS, false, x, 100))
        .hasMessageContainingAll("one_too_many", "byte 400 of an allocation of 400 bytes");
    // The size that fits.
    run("one_too_many", 1, THREADS, false, x, 99);
  }

  @Test
  void elementsBeforeTheBeginningAreRefused() {
    // A whole page, so that the page before guards it.
    long x = memory.allocate(4096);
    assertThatThrownBy(() -> run("one_too_early", 1, 32, false, x))
        .hasMessageContaining("byte -4 of an allocation of 4096 bytes");
  }

  @Test
  void aRightKernelWithAWrongSizeIsRefused() {
    HostDevice right = new HostDevice(HostExecution.library(), 1);
    long x = right.allocate(1000 * Double.BYTES);
    long zeros = Double.doubleToRawLongBits(0);
    Launch launch =
        new Launch(
            "fill_f64",
            4,
            1,
            256,
            false,
            List.of(new long[] {zeros}, new long[] {x, 0}, new long[] {1001}));
    assertThatThrownBy(() -> right.record(List.of(launch)).run())
        .hasMessageContainingAll("fill_f64", "byte 8000 of an allocation of 8000 bytes");
    right.free(x);
    right.close();
  }

  @Test
  void sharedMemoryHasAnEnd() {
    long x = memory.allocate(THREADS * Float.BYTES);
    assertThatThrownBy(() -> run("shared_overrun", 1, 32, false, x))
        .hasMessageContaining("shared memory of 124 bytes was overrun");
    long y = memory.allocate(THREADS * Double.BYTES);
    assertThatThrownBy(() -> run("too_much_shared", 1, 32, false, y))
        .hasMessageContaining("65536 bytes of shared memory, more than");
  }

  // ---------------------------------------------------------------- barriers

  @Test
  void aMissingBarrierLeavesNotANumber() {
    float[] expected = new float[THREADS];
    float[] values = new float[THREADS];
    for (int i = 0; i < THREADS; i++) {
      values[i] = i;
      expected[i] = THREADS - 1 - i;
    }
    long x = memory.upload(values);
    long y = memory.allocate(THREADS * Float.BYTES);
    run("reverse_with_barrier", 1, THREADS, false, x, y);
    assertThat(floats(y)).isEqualTo(expected);
    run("reverse_without_barrier", 1, THREADS, false, x, y);
    // What had not been written yet was poison.
    assertThat(floats(y)).contains(Float.NaN);
  }

  @Test
  void aMissingBarrierGivesAnotherResultUnderAnotherSeed() {
    Set<Double> sums = new HashSet<>();
    for (long seed = 1; seed <= 5; seed++) {
      HostDevice seeded = new HostDevice(Built.LIBRARY, seed);
      long x = seeded.allocate(THREADS * Double.BYTES);
      long sum = seeded.allocate(Double.BYTES);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment values = arena.allocate(ValueLayout.JAVA_DOUBLE, THREADS);
        for (int i = 0; i < THREADS; i++) {
          values.setAtIndex(ValueLayout.JAVA_DOUBLE, i, 1 + i);
        }
        seeded.upload(values, x);
        run(seeded, "sum_without_barrier", 1, THREADS, false, x, sum);
        MemorySegment one = arena.allocate(ValueLayout.JAVA_DOUBLE);
        seeded.download(sum, one);
        sums.add(one.get(ValueLayout.JAVA_DOUBLE, 0));
      }
      seeded.free(x);
      seeded.free(sum);
      seeded.close();
    }
    assertThat(sums).hasSizeGreaterThan(1);
  }

  @Test
  void barriersThatNotAllReachAreRefused() {
    assertThatThrownBy(() -> run("barrier_of_some", 1, THREADS, false))
        .hasMessageContaining("does not come to the barrier that others of its block wait at");
    assertThatThrownBy(() -> run("two_barriers", 1, THREADS, false))
        .hasMessageContaining("threads of one block wait at different barriers");
    long x = memory.allocate(THREADS * Float.BYTES);
    assertThatThrownBy(() -> run("warp_of_some", 1, 32, false, x))
        .hasMessageContaining("a warp operation that not all 32 lanes have reached");
  }

  @Test
  void aGridWaitsOnlyWhereItWasLaunchedForThat() {
    float[] values = new float[2 * THREADS];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    long x = memory.upload(values);
    long middle = memory.allocate(2 * THREADS * Float.BYTES);
    long y = memory.allocate(2 * THREADS * Float.BYTES);
    run("reverse_grid", 2, THREADS, true, x, middle, y);
    assertThat(memory.floats(y, 2 * THREADS)).startsWith(127, 126, 125).endsWith(1, 0);
    assertThatThrownBy(() -> run("reverse_grid", 2, THREADS, false, x, middle, y))
        .hasMessageContaining("waits for the grid in a launch that is not cooperative");
  }

  /** Stacks left in mid-thread by a failure serve the next launch. */
  @Test
  void aLaunchAfterAFailureIsAsAnyOther() {
    long x = memory.upload(new float[THREADS]);
    long y = memory.allocate(THREADS * Float.BYTES);
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> run("two_barriers", 1, 1024, false)).isNotNull();
      run("reverse_with_barrier", 1, THREADS, false, x, y);
    }
    assertThat(floats(y)).containsOnly(0);
  }

  @Test
  void memoryThatIsNotFreedIsALeak() {
    HostDevice leaking = new HostDevice(Built.LIBRARY, 1);
    long x = leaking.allocate(8);
    assertThatThrownBy(leaking::close).hasMessageContaining("1 allocations were not freed");
    leaking.free(x);
  }

  // ---------------------------------------------------------------- device

  private void run(String kernel, int blocks, int threads, boolean cooperative, long... words) {
    run(device, kernel, blocks, threads, cooperative, words);
  }

  private static void run(
      HostDevice on, String kernel, int blocks, int threads, boolean cooperative, long... words) {
    List<long[]> parameters = LongStream.of(words).mapToObj(word -> new long[] {word}).toList();
    on.record(List.of(new Launch(kernel, blocks, 1, threads, cooperative, parameters))).run();
  }

  private float[] floats(long address) {
    return memory.floats(address, THREADS);
  }
}
