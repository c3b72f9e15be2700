package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import lemniscate.backend.Window;
import lemniscate.tensor.DType;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Loops over images and over rows of mean square 1, on every instruction set of this machine, where
 * they are given what is too short and where the batch is cut; what they compute is in the
 * contract.
 */
class ImageKernelsTest {

  private static final int BATCH = 4;
  private static final int OPERANDS = 5;
  private static final int COLUMNS = 19;
  private static final Window WINDOW = new Window(new ExampleShape(5, 4, 11), 3, 2, 2, 1);
  private static final Window POOL = new Window(new ExampleShape(5, 4, 11), 3, 2, 1, 0);

  /** Some of a batch. */
  @FunctionalInterface
  private interface Body {
    void run(Kernels k, MemorySegment[] x, long from, long to);
  }

  /** A loop over the first operands. */
  private record Loop(int operands, Body body) {
    void run(Kernels k, MemorySegment[] x, long from, long to) {
      body.run(k, x, from, to);
    }
  }

  private static final List<Loop> LOOPS =
      List.of(
          new Loop(2, (k, x, from, to) -> k.patches(WINDOW, x[0], x[1], from, to)),
          new Loop(2, (k, x, from, to) -> k.sumPatches(WINDOW, x[0], x[1], from, to)),
          new Loop(2, (k, x, from, to) -> k.averagePool(POOL, x[0], x[1], from, to)),
          new Loop(2, (k, x, from, to) -> k.averagePoolBack(POOL, x[0], x[1], from, to)),
          new Loop(3, (k, x, from, to) -> k.maxPool(POOL, x[0], x[1], x[2], from, to)),
          new Loop(
              5,
              (k, x, from, to) ->
                  k.maxPoolDifference(POOL, x[0], x[1], x[2], x[3], x[4], from, to)),
          new Loop(3, (k, x, from, to) -> k.maxPoolBack(POOL, x[0], x[1], x[2], from, to)),
          new Loop(
              3, (k, x, from, to) -> k.standardize(true, 0.1, x[0], x[1], x[2], COLUMNS, from, to)),
          new Loop(
              5,
              (k, x, from, to) ->
                  k.standardizedDifference(true, x[0], x[1], x[2], x[3], x[4], COLUMNS, from, to)),
          new Loop(
              4,
              (k, x, from, to) ->
                  k.standardizeBack(true, x[0], x[1], x[2], x[3], COLUMNS, from, to)));

  static Stream<Kernels> kernels() {
    return NativeCode.available().stream()
        .flatMap(
            set -> Stream.of(DType.values()).map(d -> new NativeKernels(NativeCode.of(set), d)));
  }

  // Room for four images' patches.
  private static MemorySegment[] operands(Arena arena, Kernels k) {
    MemorySegment[] x = new MemorySegment[OPERANDS];
    SplittableRandom random = new SplittableRandom(7);
    for (int o = 0; o < OPERANDS; o++) {
      x[o] = arena.allocate((long) BATCH * WINDOW.places() * WINDOW.patch() * Double.BYTES, 8);
      for (int i = 0; i < x[o].byteSize() / Double.BYTES; i++) {
        k.set(x[o], i, 1 + random.nextInt(5));
      }
    }
    return x;
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void sameBitsWhereverABatchIsCut(Kernels k) {
    try (Arena arena = Arena.ofConfined()) {
      for (Loop loop : LOOPS) {
        MemorySegment[] whole = operands(arena, k);
        loop.run(k, whole, 0, BATCH);
        for (int cut = 1; cut < BATCH; cut++) {
          MemorySegment[] parts = operands(arena, k);
          loop.run(k, parts, cut, BATCH);
          loop.run(k, parts, 0, cut);
          for (int o = 0; o < OPERANDS; o++) {
            assertThat(parts[o].mismatch(whole[o])).isEqualTo(-1);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void refusesOperandsThatAreTooShort(Kernels k) {
    try (Arena arena = Arena.ofConfined()) {
      for (Loop loop : LOOPS) {
        for (int o = 0; o < loop.operands; o++) {
          MemorySegment[] x = operands(arena, k);
          x[o] = x[o].asSlice(0, 8);
          assertThatThrownBy(() -> loop.run(k, x, 0, BATCH))
              .isInstanceOf(IllegalArgumentException.class);
        }
        MemorySegment[] x = operands(arena, k);
        assertThatThrownBy(() -> loop.run(k, x, -1, 2))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }
}
