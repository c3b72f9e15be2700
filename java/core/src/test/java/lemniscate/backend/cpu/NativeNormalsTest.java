package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import lemniscate.random.NormalStream;
import lemniscate.random.Philox4x32;
import lemniscate.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Normals in C are those of {@link NormalStream} to the bit, on every instruction set. */
final class NativeNormalsTest {

  private static final double DEVIATION = 0.7;

  /** Stream of {@link #aroundQuarterTurns}; in so many blocks every multiple of π/2 is met. */
  private static final NormalStream LONG = new NormalStream(3, 5);

  private static final int BLOCKS = 1 << 22;

  static Stream<Arguments> kernels() {
    return NativeCode.available().stream()
        .map(NativeCode::of)
        .map(CpuKernels::of)
        .flatMap(set -> Stream.of(DType.values()).map(dtype -> Arguments.of(set, dtype)));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void ofManyStreams(CpuKernels set, DType dtype) {
    for (NormalStream stream :
        List.of(
            new NormalStream(0, 0),
            new NormalStream(-1, Long.MIN_VALUE + 7),
            new NormalStream(0x9E3779B97F4A7C15L, 1L << 40))) {
      requireSame(set.of(dtype), dtype, stream, 0, 200_003);
    }
  }

  /** Ranges begin and end within blocks of four, and nothing beside them is written. */
  @ParameterizedTest
  @MethodSource("kernels")
  void ofAnyRange(CpuKernels set, DType dtype) {
    for (int from = 0; from < 9; from++) {
      for (int count = 0; count < 70; count++) {
        requireSame(set.of(dtype), dtype, new NormalStream(11, 2), from, from + count);
      }
    }
  }

  /** Angles so close to a multiple of π/2 that what is left of them needs more digits of π. */
  @ParameterizedTest
  @MethodSource("kernels")
  void aroundQuarterTurns(CpuKernels set, DType dtype) {
    int[] words = new int[Philox4x32.WORDS];
    Set<Long> met = new HashSet<>();
    for (int block = 0; block < BLOCKS; block++) {
      Philox4x32.block(LONG.seed(), block, LONG.stream(), words, 0);
      for (int i = 1; i < words.length; i += 2) {
        double turn = Integer.toUnsignedLong(words[i]) * 0x1p-30;
        long quarter = Math.round(turn);
        // A few times as far as the nearest ones that take another way through the reduction.
        if (quarter > 0 && Math.abs(turn - quarter) < 4e-6) {
          met.add(quarter);
          requireSame(set.of(dtype), dtype, LONG, 4 * block, 4 * block + 4);
        }
      }
    }
    assertThat(met).containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
  }

  private static void requireSame(
      Kernels kernels, DType dtype, NormalStream stream, int from, int to) {
    double[] expected = new double[to - from];
    stream.fill(from, expected, 0, expected.length);
    // The range alone is memory: elements before it are not there, and none follows.
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate((to + 1L) * dtype.bytes(), 64);
      kernels.fill(-9, x, 0, to + 1L);
      kernels.normals(stream.seed(), stream.stream(), DEVIATION, x, from, to);
      for (int i = 0; i < to + 1; i++) {
        double value = i < from || i == to ? -9 : DEVIATION * expected[i - from];
        double rounded = dtype == DType.FLOAT32 ? (float) value : value;
        if (Double.doubleToRawLongBits(kernels.get(x, i)) != Double.doubleToRawLongBits(rounded)) {
          assertThat(kernels.get(x, i)).as("%s, element %d", stream, i).isEqualTo(rounded);
        }
      }
    }
  }
}
