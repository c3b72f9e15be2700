package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every loop in C against the same in plain Java, on every instruction set of this machine. */
class NativeKernelsTest {

  private static final int OPERANDS = 6;
  private static final int COLUMNS = 5;
  private static final int ROOM = 120;

  /** Results of all loops have this hash on every instruction set and machine. */
  private static final long HASH_32 = 6016481590155739182L;

  private static final long HASH_64 = -5429625858735813375L;

  /** A loop over operands; those that are no sum return 0. */
  @FunctionalInterface
  private interface Body {
    double run(Kernels k, MemorySegment[] x, long from, long to);
  }

  /**
   * A loop.
   *
   * @param unit elements that one index stands for
   * @param activation whose value operand 1 holds, or null
   */
  private record Loop(String name, int unit, Activation activation, Body body) {}

  private static final List<Loop> LOOPS = loops();

  private static void add(List<Loop> loops, String name, Body body) {
    loops.add(new Loop(name, 1, null, body));
  }

  private static List<Loop> loops() {
    List<Loop> l = new ArrayList<>();
    add(l, "fill", (k, x, from, to) -> none(() -> k.fill(0.3, x[0], from, to)));
    add(l, "scale", (k, x, from, to) -> none(() -> k.scale(0.3, x[0], from, to)));
    add(l, "shift", (k, x, from, to) -> none(() -> k.shift(0.3, x[0], from, to)));
    add(l, "axpy", (k, x, from, to) -> none(() -> k.axpy(-0.3, x[0], x[1], from, to)));
    add(l, "multiply", (k, x, from, to) -> none(() -> k.multiply(x[0], x[1], from, to)));
    add(l, "sign", (k, x, from, to) -> none(() -> k.sign(x[0], x[1], from, to)));
    add(l, "exponential", (k, x, from, to) -> none(() -> k.exponential(x[0], from, to)));
    add(l, "sum", (k, x, from, to) -> k.sum(x[0], from, to));
    add(l, "sumOfSquares", (k, x, from, to) -> k.sumOfSquares(x[0], from, to));
    add(
        l,
        "sumOfSquaredDeviations",
        (k, x, from, to) -> k.sumOfSquaredDeviations(0.7, x[0], from, to));
    add(l, "sumOfMovedSquares", (k, x, from, to) -> k.sumOfMovedSquares(x[0], x[1], from, to));
    add(l, "sumOfChange", (k, x, from, to) -> k.sumOfChange(x[0], x[1], from, to));
    for (boolean given : new boolean[] {true, false}) {
      add(
          l,
          "stateGradient",
          (k, x, from, to) ->
              none(() -> k.stateGradient(0.7, x[0], given ? x[1] : null, x[2], from, to)));
      add(
          l,
          "relaxState",
          (k, x, from, to) ->
              none(() -> k.relaxState(0.7, x[0], given ? x[1] : null, x[2], 0.1, x[3], from, to)));
      add(
          l,
          "residual",
          (k, x, from, to) ->
              none(() -> k.residual(x[0], x[1], given ? x[2] : null, x[3], from, to)));
      l.add(
          new Loop(
              "crossEntropy",
              COLUMNS,
              null,
              (k, x, from, to) ->
                  k.crossEntropy(given, x[0], given ? x[1] : null, x[2], x[3], COLUMNS, from, to)));
    }
    add(
        l,
        "relaxError",
        (k, x, from, to) -> none(() -> k.relaxError(0.7, x[0], x[1], 0.1, x[2], x[3], from, to)));
    add(l, "sgd", (k, x, from, to) -> none(() -> k.sgd(0.9, 0.1, x[0], x[1], from, to)));
    add(
        l,
        "momentum",
        (k, x, from, to) -> none(() -> k.momentum(0.9, 0.1, 0.8, x[0], x[1], x[2], from, to)));
    add(
        l,
        "adam",
        (k, x, from, to) ->
            none(
                () -> {
                  k.multiply(x[2], x[2], from, to);
                  k.adam(0.9, 0.1, 0.9, 0.99, 1.5, 1e-3, x[0], x[1], x[2], x[3], from, to);
                }));
    l.add(
        new Loop(
            "addRow",
            COLUMNS,
            null,
            (k, x, from, to) -> none(() -> k.addRow(x[0], x[1], COLUMNS, from, to))));
    l.add(
        new Loop(
            "multiplyRow",
            COLUMNS,
            null,
            (k, x, from, to) -> none(() -> k.multiplyRow(x[0], x[1], x[2], COLUMNS, from, to))));
    l.add(
        new Loop(
            "softmax",
            COLUMNS,
            null,
            (k, x, from, to) -> none(() -> k.softmax(x[0], x[1], COLUMNS, from, to))));
    add(
        l,
        "columnSum",
        (k, x, from, to) -> none(() -> k.columnSum(0.3, x[0], 2, 47, x[1], from, to)));
    for (Activation phi : Activation.values()) {
      activation(l, phi, "value", (k, x, from, to) -> k.activation(phi, x[0], x[2], from, to));
      activation(
          l,
          phi,
          "derivative",
          (k, x, from, to) -> k.activationDerivative(phi, x[0], x[1], x[3], from, to));
      activation(l, phi, "gate", (k, x, from, to) -> k.gate(phi, x[0], x[1], x[2], x[3], from, to));
      activation(
          l,
          phi,
          "difference",
          (k, x, from, to) -> k.activationDifference(phi, x[0], x[1], x[2], x[3], x[4], from, to));
      activation(
          l,
          phi,
          "predictionError",
          (k, x, from, to) -> k.predictionError(phi, x[0], x[1], x[2], x[3], x[4], x[5], from, to));
      l.add(
          new Loop(
              phi + " activate",
              COLUMNS,
              null,
              (k, x, from, to) ->
                  none(() -> k.activate(phi, x[0], x[1], x[2], COLUMNS, from, to))));
    }
    return List.copyOf(l);
  }

  @FunctionalInterface
  private interface Pass {
    void run(Kernels k, MemorySegment[] x, long from, long to);
  }

  private static void activation(List<Loop> loops, Activation phi, String name, Pass pass) {
    loops.add(
        new Loop(
            phi + " " + name, 1, phi, (k, x, from, to) -> none(() -> pass.run(k, x, from, to))));
  }

  private static double none(Runnable loop) {
    loop.run();
    return 0;
  }

  static Stream<Arguments> kernels() {
    return NativeCode.available().stream()
        .flatMap(
            set ->
                Stream.of(DType.values())
                    .map(
                        dtype ->
                            Arguments.of(
                                set, dtype, new NativeKernels(NativeCode.of(set), dtype))));
  }

  /** Operands with the same numbers every time; multiples of 2⁻¹², some of them large. */
  private static MemorySegment[] operands(Arena arena, Kernels k, DType dtype) {
    MemorySegment[] x = new MemorySegment[OPERANDS];
    SplittableRandom random = new SplittableRandom(7);
    for (int o = 0; o < OPERANDS; o++) {
      x[o] = arena.allocate(ROOM * dtype.bytes(), Long.BYTES);
      for (int i = 0; i < ROOM; i++) {
        double value = random.nextInt(-8192, 8193) * 0x1p-12;
        k.set(x[o], i, i % 11 == 5 ? value * 4 : i % 3 == 0 ? value : value / 16);
      }
    }
    return x;
  }

  private static void poison(Kernels k, MemorySegment[] x, DType dtype) {
    double tiny = dtype == DType.FLOAT32 ? Float.MIN_VALUE : Double.MIN_VALUE;
    for (int o = 0; o < OPERANDS; o++) {
      k.set(x[o], 13 + o, Double.NaN);
      k.set(x[o], 21 + o, tiny);
      k.set(x[o], 29, 1e30);
    }
  }

  // Operand 1 becomes the activation's value, to the same bits for all.
  private static void prepare(Loop loop, Kernels k, MemorySegment[] x) {
    if (loop.activation != null) {
      k.activation(loop.activation, x[0], x[1], 0, ROOM);
    }
  }

  private static long from(Loop loop) {
    return loop.unit == 1 ? 3 : 1;
  }

  private static long to(Loop loop) {
    return loop.unit == 1 ? 44 : 9;
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("kernels")
  void agreesWithPlainJava(String set, DType dtype, Kernels k) {
    Kernels plain = new ScalarKernels(dtype);
    double epsilon = dtype == DType.FLOAT32 ? 0x1p-24 : 0x1p-53;
    for (boolean poisoned : new boolean[] {false, true}) {
      for (Loop loop : LOOPS) {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment[] found = operands(arena, k, dtype);
          if (poisoned) {
            poison(k, found, dtype);
          }
          prepare(loop, k, found);
          MemorySegment[] expected = copy(arena, found);
          MemorySegment[] before = copy(arena, found);
          double sum = loop.body.run(k, found, from(loop), to(loop));
          double plainSum = loop.body.run(plain, expected, from(loop), to(loop));
          assertClose(loop.name, sum, plainSum, 16 * epsilon);
          for (int o = 0; o < OPERANDS; o++) {
            for (int i = 0; i < ROOM; i++) {
              String where = loop.name + " operand " + o + " element " + i;
              if (i < from(loop) * loop.unit || i >= to(loop) * loop.unit) {
                assertThat(bits(k, found[o], i)).as(where).isEqualTo(bits(k, before[o], i));
              } else {
                assertClose(where, k.get(found[o], i), plain.get(expected[o], i), 16 * epsilon);
              }
            }
          }
        }
      }
    }
  }

  // Relative to the result, and to the operands where it is small against them.
  private static void assertClose(String where, double found, double expected, double tolerance) {
    if (!Double.isFinite(expected)) {
      // Boxed, for which NaN is NaN.
      assertThat((Double) found).as(where).isEqualTo((Double) expected);
    } else {
      double bound = tolerance * Math.max(1, Math.abs(expected));
      assertThat(Math.abs(found - expected)).as("%s: %s", where, found).isLessThanOrEqualTo(bound);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("kernels")
  void sameBitsWhereverARangeIsCut(String set, DType dtype, Kernels k) {
    for (Loop loop : LOOPS) {
      if (loop.name.startsWith("sum") || loop.name.equals("crossEntropy")) {
        continue;
      }
      for (long cut = from(loop); cut < to(loop); cut++) {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment[] whole = operands(arena, k, dtype);
          prepare(loop, k, whole);
          MemorySegment[] parts = copy(arena, whole);
          loop.body.run(k, whole, from(loop), to(loop));
          loop.body.run(k, parts, from(loop), cut);
          loop.body.run(k, parts, cut, to(loop));
          for (int o = 0; o < OPERANDS; o++) {
            assertThat(parts[o].mismatch(whole[o]))
                .as("%s cut at %d", loop.name, cut)
                .isEqualTo(-1);
          }
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("kernels")
  void sameBitsOnEveryInstructionSet(String set, DType dtype, Kernels k) {
    long hash = 17;
    for (Loop loop : LOOPS) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment[] x = operands(arena, k, dtype);
        prepare(loop, k, x);
        hash = 31 * hash + Double.doubleToLongBits(loop.body.run(k, x, from(loop), to(loop)));
        for (MemorySegment each : x) {
          for (int i = 0; i < ROOM; i++) {
            hash = 31 * hash + bits(k, each, i);
          }
        }
      }
    }
    assertThat(hash)
        .as(set.toUpperCase(Locale.ROOT))
        .isEqualTo(dtype == DType.FLOAT32 ? HASH_32 : HASH_64);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("kernels")
  void refusesOperandsThatAreTooShort(String set, DType dtype, Kernels k) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] x = operands(arena, k, dtype);
      for (Loop loop : LOOPS) {
        assertThatThrownBy(() -> loop.body.run(k, x, 0, ROOM + 1))
            .as(loop.name)
            .isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> loop.body.run(k, x, -1, 2))
            .as(loop.name)
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  private static MemorySegment[] copy(Arena arena, MemorySegment[] x) {
    return Stream.of(x)
        .map(each -> arena.allocate(each.byteSize(), Long.BYTES).copyFrom(each))
        .toArray(MemorySegment[]::new);
  }

  // The same for a float and its double, but for NaN.
  private static long bits(Kernels k, MemorySegment x, long i) {
    return Double.doubleToLongBits(k.get(x, i));
  }
}
