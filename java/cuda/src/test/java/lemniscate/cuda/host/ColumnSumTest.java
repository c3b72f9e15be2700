package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import lemniscate.backend.Backend;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums of columns in one stage and, from 512 rows on, in two. */
final class ColumnSumTest {

  @ParameterizedTest
  @CsvSource({"511, 37", "512, 37", "1101, 33", "1101, 3"})
  void sumsHaveTheirOrder(int rows, int columns) {
    double[] values = new Random(5).doubles((long) rows * columns, -1, 1).toArray();
    double[] expected = new double[columns];
    for (int i = 0; i < values.length; i++) {
      expected[i % columns] += 0.5 * values[i];
    }
    double[] first = sums(values, rows, columns, 6);
    for (int j = 0; j < columns; j++) {
      // A thousand terms below 1 in another order.
      assertThat(first[j]).isCloseTo(expected[j], within(1e-12));
    }
    assertThat(sums(values, rows, columns, 7)).as("another order of threads").isEqualTo(first);
  }

  private static double[] sums(double[] values, int rows, int columns, long seed) {
    try (Backend backend = HostExecution.open(DType.FLOAT64, seed);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(rows, columns));
      Tensor out = arena.allocate(new Shape(1, columns));
      backend.upload(values, x);
      backend.run(ops -> ops.columnSum(0.5, x, out));
      return backend.read(out);
    }
  }
}
