package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import lemniscate.backend.Backend;
import lemniscate.backend.PepitaOperation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Means and deviations of matrices that many blocks add up: 2173 elements are nine blocks. */
final class WholeMatrixTest {

  private static final int ROWS = 53;
  private static final int COLUMNS = 41;

  private final double[] values = new Random(6).doubles((long) ROWS * COLUMNS, -1, 2).toArray();

  private final double mean = Arrays.stream(values).average().orElseThrow();

  @Test
  void centreTakesTheMeanAway() {
    double[] found = result(true, 3);
    for (int i = 0; i < values.length; i++) {
      assertThat(found[i]).isCloseTo(values[i] - mean, within(1e-13));
    }
    assertThat(result(true, 4)).as("another order of threads").isEqualTo(found);
  }

  @Test
  void rescaleBringsTheDeviation() {
    double s =
        Math.sqrt(Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
    double[] found = result(false, 3);
    for (int i = 0; i < values.length; i++) {
      assertThat(found[i]).isCloseTo(values[i] * Math.sqrt(2 / s), within(1e-13));
    }
    assertThat(result(false, 4)).as("another order of threads").isEqualTo(found);
  }

  private double[] result(boolean centre, long seed) {
    try (Backend backend = HostExecution.open(DType.FLOAT64, seed);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(ROWS, COLUMNS));
      backend.upload(values, x);
      backend.run(
          ops ->
              ops.add(
                  centre
                      ? new PepitaOperation.Centre(x)
                      : new PepitaOperation.Rescale(2, 0.5, x, x)));
      return backend.read(x);
    }
  }
}
