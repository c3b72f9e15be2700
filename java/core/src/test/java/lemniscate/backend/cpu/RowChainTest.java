package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Loss;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;
import lemniscate.backend.Precision;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowChainTest {

  /** Odd, and enough rows for three threads. */
  private static final int BATCH = 101;

  private static final int IN = 37;
  private static final int OUT = 7;

  private final CpuArena arena = new CpuArena(DType.FLOAT64);
  private final Tensor x = arena.allocate(new Shape(BATCH, IN));
  private final Tensor h = arena.allocate(new Shape(BATCH, IN));
  private final Tensor y = arena.allocate(new Shape(BATCH, OUT));
  private final Tensor target = arena.allocate(new Shape(BATCH, OUT));
  private final Tensor weight = arena.allocate(new Shape(OUT, IN));
  private final Tensor total = arena.allocateScalars(1);

  @AfterEach
  void close() {
    arena.close();
  }

  private static List<CpuOperation> linked(int threads, Consumer<Operations> step) {
    CpuKernels kernels = CpuKernels.best();
    List<Operation> recording = new ArrayList<>();
    step.accept(recording::add);
    return new CpuCompiler(
            DType.FLOAT64,
            threads,
            new JavaProduct("plain Java"),
            kernels::of,
            PackedWeightsTest.NEVER,
            TransposedProducts.Rule.MEASURED,
            Optional.empty())
        .compile(recording, new CpuArena(DType.FLOAT64));
  }

  private static int links(Consumer<Operations> step) {
    return linked(2, step).size();
  }

  @Test
  void productsAndLoopsOverTheSameRowsAreOneChain() {
    assertThat(
            links(
                ops -> {
                  ops.activation(Activation.TANH, x, h);
                  ops.gemm(Gemm.forward(1, h, weight, y));
                  ops.loss().outputError(Loss.CROSS_ENTROPY, y, target, y, null);
                  ops.gemm(Gemm.backward(1, y, weight, x));
                }))
        .isOne();
  }

  @Test
  void oneThreadAndFewRowsNeedNoChain() {
    Consumer<Operations> step =
        ops -> {
          ops.gemm(Gemm.forward(1, h, weight, y));
          ops.gemm(Gemm.backward(1, y, weight, x));
        };
    assertThat(linked(1, step)).hasSize(2);
    assertThat(linked(3, step)).hasSize(1);
    assertThat(linked(4, step)).hasSize(2);
  }

  @Test
  void aSumOverTheBatchEndsTheChain() {
    assertThat(
            links(
                ops -> {
                  ops.gemm(Gemm.forward(1, h, weight, y));
                  ops.loss().outputError(Loss.CROSS_ENTROPY, y, target, y, total);
                  ops.gemm(Gemm.backward(1, y, weight, x));
                }))
        .isEqualTo(3);
    assertThat(
            links(
                ops -> {
                  ops.gemm(Gemm.backward(1, y, weight, x));
                  ops.gemm(Gemm.outer(1, y, x, weight));
                  ops.gemm(Gemm.forward(1, x, weight, y));
                }))
        .isEqualTo(3);
  }

  // A weight with as many rows as the batch looks like activities.
  @Test
  void whatIsReadWholeIsNotWritten() {
    Tensor square = arena.allocate(new Shape(BATCH, BATCH));
    Tensor gradient = arena.allocate(new Shape(BATCH, BATCH));
    Tensor wide = arena.allocate(new Shape(BATCH, BATCH));
    assertThat(
            links(
                ops -> {
                  ops.axpy(1, gradient, square);
                  ops.gemm(Gemm.forward(1, wide, square, gradient));
                  ops.axpy(1, gradient, square);
                }))
        .isEqualTo(3);
  }

  @Test
  void aShiftedViewOfTheRowsIsNotTheSameRows() {
    Tensor longer = arena.allocate(new Shape(BATCH + 1, IN));
    assertThat(
            links(
                ops -> {
                  ops.activation(Activation.TANH, x, longer.rows(0, BATCH));
                  ops.gemm(Gemm.forward(1, longer.rows(1, BATCH), weight, y));
                }))
        .isEqualTo(2);
  }

  @Test
  void largeWeightsArePackedOnce() {
    Tensor wide = arena.allocate(new Shape(BATCH, 1024));
    Tensor large = arena.allocate(new Shape(IN, 1024));
    assertThat(
            links(
                ops -> {
                  ops.gemm(Gemm.forward(1, wide, large, x));
                  ops.gemm(Gemm.backward(1, x, large, wide));
                }))
        .isEqualTo(2);
  }

  /** Every kind of member, with operands of all widths, on every number of threads. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void aChainComputesWhatTheReferenceDoes(int threads) {
    double[][] expected = relaxed("reference", 1, Loss.MSE);
    double[][] found = relaxed("cpu", threads, Loss.MSE);
    check(found, expected);
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void outputErrorsWithoutATotalAreThoseWithOne(Loss loss) {
    check(relaxed("cpu", 2, loss), relaxed("reference", 1, loss));
  }

  private static void check(double[][] found, double[][] expected) {
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        // Ten products of some tens of terms of order one, in double.
        assertThat(found[i][j]).isCloseTo(expected[i][j], within(1e-12));
      }
    }
  }

  private static double[][] relaxed(String name, int threads, Loss loss) {
    try (Backend backend = Backends.open(name, new BackendOptions(Precision.FP64, threads, null));
        Arena arena = backend.newArena()) {
      List<Tensor> tensors = new ArrayList<>();
      BiConsumer<Integer, Integer> allocate =
          (rows, columns) -> tensors.add(arena.allocate(new Shape(rows, columns)));
      allocate.accept(BATCH, IN);
      allocate.accept(OUT, IN);
      allocate.accept(1, IN);
      allocate.accept(BATCH, OUT);
      Tensor rate = arena.allocateScalars(1);
      Tensor state = tensors.get(0);
      Tensor weight = tensors.get(1);
      Tensor bias = tensors.get(2);
      Tensor target = tensors.get(3);
      backend.setScalar(0.1, rate);
      for (int i = 0; i < tensors.size(); i++) {
        Tensor tensor = tensors.get(i);
        long stream = i;
        backend.run(ops -> ops.randomNormal(5, stream, 0.5, tensor));
      }
      Tensor h = poisoned(backend, arena, IN);
      Tensor gate = poisoned(backend, arena, IN);
      Tensor back = poisoned(backend, arena, IN);
      Tensor output = poisoned(backend, arena, OUT);
      Tensor error = poisoned(backend, arena, OUT);
      backend.run(
          ops -> {
            for (int t = 0; t < 5; t++) {
              ops.addRow(bias, state);
              ops.activation(Activation.TANH, state, h);
              ops.activationDerivative(Activation.TANH, state, h, gate);
              ops.gemm(Gemm.forward(1, h, weight, output));
              ops.loss().outputError(loss, output, target, error, null);
              ops.gemm(Gemm.backward(1, error, weight, back));
              ops.pc().relaxState(1, h, gate, back, rate, state);
            }
          });
      return new double[][] {backend.read(state), backend.read(error)};
    }
  }

  private static Tensor poisoned(Backend backend, Arena arena, int columns) {
    Tensor tensor = arena.allocate(new Shape(BATCH, columns));
    double[] nan = new double[BATCH * columns];
    Arrays.fill(nan, Double.NaN);
    backend.upload(nan, tensor);
    return tensor;
  }
}
