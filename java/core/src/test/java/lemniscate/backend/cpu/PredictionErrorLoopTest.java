package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import lemniscate.backend.Activation;
import lemniscate.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The one loop of tanh's prediction error gives the bits of those that it stands for. */
class PredictionErrorLoopTest {

  private static final int FIRST = 3;
  private static final int MOST = 131;
  private static final int ROOM = FIRST + MOST + 64;

  @ParameterizedTest
  @EnumSource(DType.class)
  void sameBitsAndNothingBeside(DType dtype) {
    Kernels kernels = CpuKernels.best().of(dtype);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] operands = new MemorySegment[8];
      for (int i = 0; i < operands.length; i++) {
        operands[i] = arena.allocate(ROOM * dtype.bytes(), Long.BYTES);
      }
      MemorySegment u = operands[0];
      MemorySegment h = operands[1];
      MemorySegment z = operands[2];
      MemorySegment displacement = operands[3];
      // All of z is small, before and behind the range as well, or in it one element is not.
      for (boolean small : new boolean[] {true, false}) {
        for (int count = 1; count <= MOST; count++) {
          SplittableRandom random = new SplittableRandom(count);
          for (int i = 0; i < ROOM; i++) {
            double at = random.nextDouble(-2, 2);
            kernels.set(u, i, at);
            kernels.set(h, i, Math.tanh(at));
            kernels.set(z, i, random.nextDouble(-0.2, 0.2));
            kernels.set(displacement, i, random.nextDouble(-1, 1));
            for (int result = 4; result < operands.length; result++) {
              kernels.set(operands[result], i, Double.NaN);
            }
          }
          if (!small) {
            kernels.set(z, FIRST + count / 2, 0.7);
          }
          long to = FIRST + count;
          kernels.predictionError(
              Activation.TANH, u, h, z, displacement, operands[4], operands[5], FIRST, to);
          kernels.activationDifference(
              Activation.TANH, u, h, z, operands[6], operands[7], FIRST, to);
          kernels.subtractAndGate(displacement, operands[6], operands[7], FIRST, to);
          assertThat(operands[4].mismatch(operands[6])).as("errors of %d", count).isEqualTo(-1);
          assertThat(operands[5].mismatch(operands[7])).as("gated of %d", count).isEqualTo(-1);
          for (int i = 0; i < ROOM; i++) {
            boolean inside = i >= FIRST && i < to;
            assertThat(Double.isNaN(kernels.get(operands[4], i))).isNotEqualTo(inside);
            assertThat(Double.isNaN(kernels.get(operands[5], i))).isNotEqualTo(inside);
          }
        }
      }
    }
  }
}
