package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import lemniscate.backend.Backend;
import lemniscate.backend.Operation;
import lemniscate.backend.PepitaOperation;
import lemniscate.backend.Precision;
import lemniscate.cuda.CudaBackend;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Means, deviations and norms of matrices that many blocks add up: 2173 elements are nine blocks.
 */
final class WholeMatrixTest {

  private static final int ROWS = 53;
  private static final int COLUMNS = 41;

  private final double[] values = new Random(6).doubles((long) ROWS * COLUMNS, -1, 2).toArray();

  private final double mean = Arrays.stream(values).average().orElseThrow();

  @Test
  void centreTakesTheMeanAway() {
    double[] found = result(PepitaOperation.Centre::new, 3);
    for (int i = 0; i < values.length; i++) {
      assertThat(found[i]).isCloseTo(values[i] - mean, within(1e-13));
    }
    assertThat(result(PepitaOperation.Centre::new, 4))
        .as("another order of threads")
        .isEqualTo(found);
  }

  @Test
  void rescaleBringsTheDeviation() {
    double s =
        Math.sqrt(Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
    UnaryPass rescale = x -> new PepitaOperation.Rescale(2, 0.5, x, x);
    double[] found = result(rescale, 3);
    for (int i = 0; i < values.length; i++) {
      assertThat(found[i]).isCloseTo(values[i] * Math.sqrt(2 / s), within(1e-13));
    }
    assertThat(result(rescale, 4)).as("another order of threads").isEqualTo(found);
  }

  @Test
  void normalizeBringsTheNorm() {
    double length = Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
    double[] found = two((x, y) -> new PepitaOperation.Normalize(false, 3, x, y), 3)[1];
    for (int i = 0; i < values.length; i++) {
      assertThat(found[i]).isCloseTo(3 * values[i] / length, within(1e-13));
    }
    assertThat(two((x, y) -> new PepitaOperation.Normalize(false, 3, x, y), 4)[1])
        .as("another order of threads")
        .isEqualTo(found);
  }

  /** Of moves so small that the difference of two normalized matrices has lost its digits. */
  @Test
  void theDifferenceOfNormsDoesNotCancel() {
    BinaryPass pass = (x, d) -> new PepitaOperation.NormalizedDifference(false, 3, x, d);
    double[] found = two(pass, 3)[1];
    double before = 0;
    double along = 0;
    for (int i = 0; i < values.length; i++) {
      before += values[i] * values[i];
      along += values[i] * move(i);
    }
    double r = Math.sqrt(before);
    for (int i = 0; i < values.length; i++) {
      // To first order in moves of 1e-9.
      double expected = 3 * (move(i) - values[i] * along / before) / r;
      assertThat(found[i]).isCloseTo(expected, within(1e-18));
    }
    assertThat(two(pass, 4)[1]).as("another order of threads").isEqualTo(found);
  }

  @Test
  void aMatrixOfZerosHasNoDirection() {
    Arrays.fill(values, 0);
    assertThat(two((x, y) -> new PepitaOperation.Normalize(false, 3, x, y), 3)[1]).containsOnly(0);
  }

  /** Many blocks, on a device that has room for them. */
  @Test
  void wholeMatricesAreSharedOut() {
    HostDevice device = new HostDevice(HostExecution.library(), 3, 8);
    try (Backend backend = new CudaBackend(device, Precision.FP64);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(ROWS, COLUMNS));
      Tensor y = arena.allocate(new Shape(ROWS, COLUMNS));
      backend.run(
          ops -> {
            ops.add(new PepitaOperation.Normalize(false, 1, x, y));
            ops.add(new PepitaOperation.NormalizedDifference(false, 1, x, y));
          });
    }
    List<Integer> blocks = new ArrayList<>();
    for (Device.Work work : device.recorded()) {
      blocks.add(((Launch) work).gridX());
    }
    assertThat(blocks).hasSize(4).allMatch(count -> count >= 8);
  }

  private static double move(int i) {
    return 1e-9 * Math.sin(i);
  }

  /** A pass over one matrix. */
  @FunctionalInterface
  private interface UnaryPass {
    Operation of(Tensor x);
  }

  /** A pass over two. */
  @FunctionalInterface
  private interface BinaryPass {
    Operation of(Tensor x, Tensor y);
  }

  private double[] result(UnaryPass pass, long seed) {
    return two((x, _) -> pass.of(x), seed)[0];
  }

  // The second holds moves before.
  private double[][] two(BinaryPass pass, long seed) {
    try (Backend backend = HostExecution.open(DType.FLOAT64, seed);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(ROWS, COLUMNS));
      Tensor y = arena.allocate(new Shape(ROWS, COLUMNS));
      backend.upload(values, x);
      double[] moves = new double[values.length];
      Arrays.setAll(moves, WholeMatrixTest::move);
      backend.upload(moves, y);
      backend.run(ops -> ops.add(pass.of(x, y)));
      return new double[][] {backend.read(x), backend.read(y)};
    }
  }
}
