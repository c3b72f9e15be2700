package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import lemniscate.cuda.driver.Launch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the host execution makes of the instructions of tensor cores, of asynchronous copies, of
 * shared memory beyond 48 KB and of clusters: right against float64, and wrong where a kernel is.
 */
final class TensorCoreTest {

  private static final int LANES = 32;

  /** Rows of a fragment of A and of the result. */
  private static final int ROWS = 16;

  /** Columns of the result. */
  private static final int COLUMNS = 8;

  private static final class Built {
    static final HostLibrary LIBRARY =
        HostExecution.build(
            Path.of("src", "test", "cuda", "tensor_core.cu").toAbsolutePath(),
            "liblemniscate-tensor-core.so");
  }

  private final Random random = new Random(11);
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

  // ---------------------------------------------------------------- products of fragments

  /**
   * Registers are filled and read by the tables of the PTX ISA ("Matrix Fragments for mma.m16n8k8",
   * .tf32), written down here once more.
   */
  @Test
  void tf32FragmentsAreThoseOfThePtxIsa() {
    for (int scale : new int[] {0, -20, 30}) {
      float[][] a = normals(ROWS, 8, scale);
      float[][] b = normals(8, COLUMNS, -scale / 2);
      float[][] c = normals(ROWS, COLUMNS, scale / 2);
      int[] left = new int[LANES * 4];
      int[] right = new int[LANES * 2];
      for (int lane = 0; lane < LANES; lane++) {
        int group = lane / 4;
        int within = lane % 4;
        left[4 * lane] = bits(a[group][within]);
        left[4 * lane + 1] = bits(a[group + 8][within]);
        left[4 * lane + 2] = bits(a[group][within + 4]);
        left[4 * lane + 3] = bits(a[group + 8][within + 4]);
        right[2 * lane] = bits(b[within][group]);
        right[2 * lane + 1] = bits(b[within + 4][group]);
      }
      // What is below the 10 bits of a tf32 is cut off, not rounded.
      assertIsProduct(registers("registers_tf32", left, right, c), cut(a), cut(b), c);
    }
  }

  /** "Matrix Fragments for mma.m16n8k16 with floating point type", .bf16. */
  @Test
  void bf16FragmentsAreThoseOfThePtxIsa() {
    for (int scale : new int[] {0, -20, 30}) {
      float[][] a = bf16(normals(ROWS, 16, scale));
      float[][] b = bf16(normals(16, COLUMNS, -scale / 2));
      float[][] c = normals(ROWS, COLUMNS, scale / 2);
      int[] left = new int[LANES * 4];
      int[] right = new int[LANES * 2];
      for (int lane = 0; lane < LANES; lane++) {
        int group = lane / 4;
        int k = lane % 4 * 2;
        left[4 * lane] = both(a[group][k], a[group][k + 1]);
        left[4 * lane + 1] = both(a[group + 8][k], a[group + 8][k + 1]);
        left[4 * lane + 2] = both(a[group][k + 8], a[group][k + 9]);
        left[4 * lane + 3] = both(a[group + 8][k + 8], a[group + 8][k + 9]);
        right[2 * lane] = both(b[k][group], b[k + 1][group]);
        right[2 * lane + 1] = both(b[k + 8][group], b[k + 9][group]);
      }
      assertIsProduct(registers("registers_bf16", left, right, c), a, b, c);
    }
  }

  /** Two registers of a fragment in each other's place are noticed. */
  @Test
  void aWrongFragmentIsNoTf32Product() {
    float[][] a = cut(normals(ROWS, 8, 0));
    float[][] b = cut(normals(8, COLUMNS, 0));
    float[][] c = new float[ROWS][COLUMNS];
    int[] left = new int[LANES * 4];
    int[] right = new int[LANES * 2];
    for (int lane = 0; lane < LANES; lane++) {
      int group = lane / 4;
      int within = lane % 4;
      left[4 * lane] = bits(a[group][within]);
      // Row-wise, as nobody has it.
      left[4 * lane + 1] = bits(a[group][within + 4]);
      left[4 * lane + 2] = bits(a[group + 8][within]);
      left[4 * lane + 3] = bits(a[group + 8][within + 4]);
      right[2 * lane] = bits(b[within][group]);
      right[2 * lane + 1] = bits(b[within + 4][group]);
    }
    float[][] found = registers("registers_tf32", left, right, c);
    assertThatThrownBy(() -> assertIsProduct(found, a, b, c)).isInstanceOf(AssertionError.class);
  }

  /**
   * Each of the depth + 1 terms loses less than 2^-25 of the largest, and the sum less than 2^-23
   * of itself, which is at most depth + 1 times the largest.
   */
  private static void assertIsProduct(float[][] found, float[][] a, float[][] b, float[][] c) {
    int depth = b.length;
    boolean inexact = false;
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        double sum = c[row][column];
        double largest = Math.abs(sum);
        for (int k = 0; k < depth; k++) {
          double term = (double) a[row][k] * b[k][column];
          largest = Math.max(largest, Math.abs(term));
          sum += term;
        }
        double bound = (depth + 1) * Math.scalb(largest, -25) + Math.scalb(Math.abs(sum), -23);
        assertThat(Math.abs(found[row][column] - sum))
            .as("element %d, %d", row, column)
            .isLessThanOrEqualTo(bound);
        inexact |= found[row][column] != (float) sum;
      }
    }
    // As a device's, and not as if float64 had been at hand.
    assertThat(inexact).isTrue();
  }

  private float[][] registers(String kernel, int[] left, int[] right, float[][] c) {
    float[] registers = new float[LANES * 4];
    for (int lane = 0; lane < LANES; lane++) {
      for (int i = 0; i < 4; i++) {
        registers[4 * lane + i] = c[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2];
      }
    }
    long d = memory.allocate(LANES * 4 * Float.BYTES);
    run(
        kernel,
        1,
        LANES,
        0,
        1,
        memory.upload(left),
        memory.upload(right),
        memory.upload(registers),
        d);
    float[] out = memory.floats(d, LANES * 4);
    float[][] found = new float[ROWS][COLUMNS];
    for (int lane = 0; lane < LANES; lane++) {
      for (int i = 0; i < 4; i++) {
        found[lane / 4 + i / 2 * 8][lane % 4 * 2 + i % 2] = out[4 * lane + i];
      }
    }
    return found;
  }

  @Test
  void roundingIsToNearest() {
    float[] values = new float[LANES];
    for (int i = 0; i < LANES; i++) {
      values[i] = (float) random.nextGaussian();
    }
    // Half-way for a bf16 with an even and an odd neighbour, half-way for a tf32, and what stays.
    values[0] = Float.intBitsToFloat(0x3F808000);
    values[1] = Float.intBitsToFloat(0x3F818000);
    values[2] = Float.intBitsToFloat(0x3F801000);
    values[3] = Float.POSITIVE_INFINITY;
    values[4] = Float.NaN;
    long bits = memory.allocate(LANES * 2 * Integer.BYTES);
    run("rounded", 1, LANES, 0, 1, memory.upload(values), bits);
    int[] found = memory.ints(bits, LANES * 2);
    assertThat(found[1]).isEqualTo(0x3F80);
    assertThat(found[3]).isEqualTo(0x3F82);
    assertThat(found[4]).isEqualTo(0x3F802000);
    assertThat(found[6]).isEqualTo(0x7F800000);
    assertThat(Float.intBitsToFloat(found[8])).isNaN();
    assertThat(Float.intBitsToFloat(found[9] << 16)).isNaN();
    for (int i = 5; i < LANES; i++) {
      float tf32 = Float.intBitsToFloat(found[2 * i]);
      float bf16 = Float.intBitsToFloat(found[2 * i + 1] << 16);
      assertThat(found[2 * i] & 0x1FFF).isZero();
      assertThat(Math.abs(tf32 - values[i])).isLessThanOrEqualTo(Math.ulp(values[i]) * (1 << 12));
      assertThat(Math.abs(bf16 - values[i])).isLessThanOrEqualTo(Math.ulp(values[i]) * (1 << 15));
    }
  }

  // ---------------------------------------------------------------- matrices from shared memory

  private static final int SHARED = 2 * 16 * 24 * Short.BYTES;

  @Test
  void oneWeightServesBothDirections() {
    assertThat(bothDirections(0)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aWrongFragmentIsNoProduct(int wrong) {
    assertThat(bothDirections(wrong)).isFalse();
  }

  @Test
  void matricesAreWhereADeviceCanLoadThem() {
    assertThatThrownBy(() -> bothDirections(2)).hasMessageContaining("no multiple of 16");
    assertThatThrownBy(() -> bothDirections(3)).hasMessageContaining("not in its shared memory");
  }

  // Whether both products come out.
  private boolean bothDirections(int wrong) {
    float[][] weight = bf16(normals(16, 16, 0));
    float[][] rows = bf16(normals(16, 16, 0));
    long y = memory.allocate(256 * Float.BYTES);
    long z = memory.allocate(256 * Float.BYTES);
    run(
        "both_directions",
        1,
        LANES,
        SHARED,
        1,
        memory.upload(halves(weight)),
        memory.upload(halves(rows)),
        y,
        z,
        wrong);
    float[] forward = memory.floats(y, 256);
    float[] back = memory.floats(z, 256);
    boolean right = true;
    for (int i = 0; i < 16; i++) {
      for (int j = 0; j < 16; j++) {
        double up = 0;
        double down = 0;
        double size = 0;
        for (int k = 0; k < 16; k++) {
          up += (double) rows[i][k] * weight[j][k];
          down += (double) rows[i][k] * weight[k][j];
          size += Math.abs(rows[i][k]) * (Math.abs(weight[j][k]) + Math.abs(weight[k][j]));
        }
        // The bound of assertIsProduct, coarser.
        double bound = 17 * Math.scalb(size, -23);
        right &= Math.abs(forward[16 * i + j] - up) <= bound;
        right &= Math.abs(back[16 * i + j] - down) <= bound;
      }
    }
    return right;
  }

  @Test
  void lanesThatComeToDifferentOperationsAreRefused() {
    long x = memory.upload(new float[LANES]);
    assertThatThrownBy(() -> run("different_operations", 1, LANES, 0, 1, x))
        .hasMessageContaining("different warp operations");
  }

  // ---------------------------------------------------------------- asynchronous copies

  @Test
  void copiesArriveWhenTheyAreWaitedFor() {
    float[] values = new float[256];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    assertThat(copied(values, 0)).isEqualTo(values);
    // The first group only: two of four floats; of the others those whose thread has not ended yet
    // are not there.
    float[] half = copied(values, 1);
    assertThat(half).contains(Float.NaN);
    for (int i = 0; i < values.length; i++) {
      assertThat(half[i] == values[i] || i % 4 >= 2 && Float.isNaN(half[i])).isTrue();
    }
    // A barrier does not help whoever did not wait, nor the wait who lacks a barrier.
    assertThatThrownBy(() -> copied(values, 2))
        .hasMessageContaining("copies that it has not waited for");
    assertThat(copied(values, 3)).contains(Float.NaN);
  }

  private float[] copied(float[] values, long wrong) {
    long y = memory.allocate((long) values.length * Float.BYTES);
    run("copied", 1, 64, 1024, 1, memory.upload(values), y, wrong);
    return memory.floats(y, values.length);
  }

  @Test
  void copiesAreAlignedAndEndWithTheSource() {
    long x = memory.upload(new float[256]);
    long y = memory.allocate(64 * Float.BYTES);
    assertThatThrownBy(() -> run("copied_askew", 1, 32, 1024, 1, x, y))
        .hasMessageContaining("no multiple of the copy's size");
    assertThatThrownBy(() -> run("copied", 1, 64, 1024, 1, memory.upload(new float[252]), y, 0))
        .hasMessageContaining("byte 1008 of an allocation of 1008 bytes");
    assertThatThrownBy(() -> run("copied", 1, 64, 1008, 1, x, y, 0))
        .hasMessageContaining("not of its shared memory");
  }

  // ---------------------------------------------------------------- much shared memory

  @Test
  void muchSharedMemoryIsAskedFor() {
    int most = 227 << 10;
    long y = memory.allocate(LANES * Float.BYTES);
    run("dynamic_last", 1, LANES, most, 1, y, most / Float.BYTES);
    assertThat(memory.floats(y, LANES)).startsWith(0, 1, 2).endsWith(30, 31);
    assertThatThrownBy(() -> run("dynamic_last", 1, LANES, most + 4, 1, y, 1))
        .hasMessageContaining("no device has 232452 bytes");
    device.optIn("dynamic_last", 0);
    Launch launch = launch("dynamic_last", 1, LANES, (48 << 10) + 4, 1, y, 1);
    assertThatThrownBy(() -> device.recordAsItIs(List.of(launch)).run())
        .hasMessageContaining("without opting in");
    // Without asking for less either.
    run("dynamic_last", 1, LANES, 48 << 10, 1, y, 100);
    assertThatThrownBy(() -> run("dynamic_last", 1, LANES, 400, 1, y, 101))
        .hasMessageContaining("overrun");
  }

  // ---------------------------------------------------------------- clusters

  @Test
  void blocksOfAClusterSeeEachOthersMemory() {
    for (int seed = 1; seed <= 5; seed++) {
      assertThat(clusterSum(seed, 0)).containsExactly(10, 10, 10, 10, 26, 26, 26, 26);
    }
    assertThatThrownBy(() -> clusterSum(1, 3)).hasMessageContaining("does not have");
    long x = memory.upload(new float[6]);
    assertThatThrownBy(
            () -> new Launch("cluster_sum", 6, 1, LANES, false, 0, 4, List.of(), List.of()))
        .hasMessageContaining("clusters of 4");
    assertThatThrownBy(() -> run("cluster_sum", 17, LANES, 0, 17, x, x, 0))
        .hasMessageContaining("clusters that no device takes");
  }

  @Test
  void aMissingBarrierOfTheClusterLeavesNotANumber() {
    assertThat(clusterSum(1, 1)).contains(Float.NaN);
  }

  @Test
  void aBlockThatHasEndedHasNoSharedMemory() {
    assertThatThrownBy(() -> clusterSum(1, 2)).hasMessageContaining("a block that has ended");
  }

  private float[] clusterSum(long seed, long wrong) {
    HostDevice seeded = new HostDevice(Built.LIBRARY, seed);
    long x = memory.upload(new float[] {1, 2, 3, 4, 5, 6, 7, 8});
    long y = memory.allocate(8 * Float.BYTES);
    seeded.record(List.of(launch("cluster_sum", 8, LANES, 0, 4, x, y, wrong))).run();
    seeded.close();
    return memory.floats(y, 8);
  }

  // ---------------------------------------------------------------- numbers

  private float[][] normals(int rows, int columns, int exponent) {
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      for (int i = 0; i < columns; i++) {
        row[i] = Math.scalb((float) random.nextGaussian(), exponent);
      }
    }
    return matrix;
  }

  private static int bits(float x) {
    return Float.floatToRawIntBits(x);
  }

  private static int both(float low, float high) {
    return bits(low) >>> 16 | bits(high) & 0xFFFF0000;
  }

  private static float[][] cut(float[][] matrix) {
    return masked(matrix, 0xFFFFE000);
  }

  // Numbers that are bf16.
  private static float[][] bf16(float[][] matrix) {
    return masked(matrix, 0xFFFF0000);
  }

  private static float[][] masked(float[][] matrix, int mask) {
    float[][] masked = new float[matrix.length][];
    for (int row = 0; row < matrix.length; row++) {
      masked[row] = matrix[row].clone();
      for (int i = 0; i < masked[row].length; i++) {
        masked[row][i] = Float.intBitsToFloat(bits(masked[row][i]) & mask);
      }
    }
    return masked;
  }

  private static short[] halves(float[][] matrix) {
    short[] halves = new short[matrix.length * matrix[0].length];
    int at = 0;
    for (float[] row : matrix) {
      for (float x : row) {
        halves[at++] = (short) (bits(x) >>> 16);
      }
    }
    return halves;
  }

  // ---------------------------------------------------------------- device

  private void run(String kernel, int blocks, int threads, int shared, int cluster, long... words) {
    device.record(List.of(launch(kernel, blocks, threads, shared, cluster, words))).run();
  }

  private static Launch launch(
      String kernel, int blocks, int threads, int shared, int cluster, long... words) {
    List<long[]> parameters = LongStream.of(words).mapToObj(word -> new long[] {word}).toList();
    return new Launch(kernel, blocks, 1, threads, false, shared, cluster, parameters, List.of());
  }
}
