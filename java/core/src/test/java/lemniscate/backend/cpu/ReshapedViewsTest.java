package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.RepeatedProducts;
import lemniscate.backend.Window;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same memory as a batch of examples and as a matrix of places: whatever passes over a
 * recording join, pack or put together, a plan gives the bits of its operations one at a time.
 */
class ReshapedViewsTest {

  // Enough examples for row chains of two threads.
  private static final int BATCH = 67;
  private static final int CHANNELS = 16;
  private static final Window WINDOW = new Window(new ExampleShape(4, 4, CHANNELS), 3, 3, 1, 1);
  private static final Window POOL = new Window(new ExampleShape(4, 4, CHANNELS), 2, 2, 2, 0);
  private static final int SIZE = WINDOW.image().size();

  @BeforeEach
  void needsNativeCode() {
    assumeTrue(CpuKernels.best().code().isPresent(), NativeCode.absence());
  }

  private static CpuBackend open(int threads, RepeatedProducts products) {
    return new CpuBackend(
        DType.FLOAT32,
        threads,
        new JavaProduct("plain Java"),
        CpuKernels.best(),
        PackedWeightsTest.ALWAYS,
        TransposedProductsTest.ALWAYS,
        products);
  }

  /** Memory that operations of all kinds meet in. */
  private static final class Memory {
    private final CpuBackend backend;
    private final List<Tensor> batches;
    private final List<Tensor> pooled;
    private final Tensor slot;
    private final Tensor deviation;
    private final Tensor weight;
    private final Tensor gradient;
    private final Tensor velocity;
    private final Tensor scratch;
    private final Tensor row;
    private final Tensor rate;

    Memory(CpuBackend backend, Arena arena) {
      this.backend = backend;
      this.batches = several(arena, 4, new Shape(BATCH, SIZE));
      this.pooled = several(arena, 2, new Shape(BATCH, SIZE / 4));
      this.slot = arena.allocate(new Shape(BATCH, SIZE / 4));
      this.deviation = arena.allocate(new Shape(BATCH * WINDOW.places(), 1));
      this.weight = arena.allocate(new Shape(CHANNELS, WINDOW.patch()));
      this.gradient = arena.allocate(weight.shape());
      this.velocity = arena.allocate(weight.shape());
      // For some examples, so that a convolution goes in chunks.
      this.scratch = arena.allocate(new Shape(29 * WINDOW.places(), WINDOW.patch()));
      this.row = arena.allocate(new Shape(1, CHANNELS));
      this.rate = arena.allocateScalars(1);
      SplittableRandom random = new SplittableRandom(17);
      for (Tensor tensor : results()) {
        double[] values = new double[(int) tensor.elements()];
        Arrays.setAll(values, i -> random.nextGaussian());
        backend.upload(values, tensor);
      }
      backend.run(ops -> ops.fill(slot, 1));
      backend.run(ops -> ops.fill(deviation, 1));
      backend.setScalar(0.01, rate);
    }

    private static List<Tensor> several(Arena arena, int count, Shape shape) {
      return IntStream.range(0, count).mapToObj(i -> arena.allocate(shape)).toList();
    }

    List<Tensor> results() {
      List<Tensor> all = new ArrayList<>(batches);
      all.addAll(pooled);
      all.addAll(List.of(slot, deviation, weight, gradient, velocity, row));
      return all;
    }

    private static Tensor places(Tensor batch) {
      return batch.reshaped((int) (batch.elements() / CHANNELS), CHANNELS);
    }

    // One of several operations, on tensors that differ; what they give stays near 1.
    void add(Operations ops, SplittableRandom random) {
      int first = random.nextInt(batches.size());
      Tensor a = batches.get(first);
      Tensor b = batches.get((first + 1) % batches.size());
      Tensor c = batches.get((first + 2) % batches.size());
      Tensor small = pooled.get(random.nextInt(2));
      switch (random.nextInt(14)) {
        case 0 -> ops.activation(Activation.TANH, a, b);
        case 1 -> ops.activation(Activation.TANH, places(a), places(b));
        case 2 -> ops.layer().activate(Activation.TANH, places(a), row, places(b));
        case 3 -> ops.multiplyRow(row, places(a), places(a));
        case 4 -> ops.standardization().standardize(true, 0.01, places(a), places(b), deviation);
        case 5 -> ops.standardization().back(true, places(a), deviation, places(b), places(c));
        case 6 -> ops.image().convolve(WINDOW, 0.05, a, weight, scratch, places(b));
        case 7 -> ops.image().convolveBack(WINDOW, 0.05, places(a), weight, scratch, b);
        case 8 -> {
          Tensor gated = places(a);
          ops.image().convolutionGradient(WINDOW, 1e-3, gated, b, scratch, false, gradient);
          ops.update().momentum(gradient, rate, 1, 0.1, 0.5, velocity, weight);
        }
        case 9 -> ops.image().maxPool(POOL, a, small, slot);
        case 10 -> ops.image().maxPoolBack(POOL, slot, small, b);
        case 11 ->
            ops.gemm(
                Gemm.forward(0.1, places(a), weight.rows(0, 1).reshaped(9, CHANNELS), nine(b)));
        case 12 -> {
          ops.addRow(row, places(a));
          ops.activation(Activation.TANH, a, b);
        }
        case 13 -> {
          ops.copy(a, b);
          ops.multiply(c, b);
        }
        default -> throw new AssertionError();
      }
    }

    // Some of the memory of a batch, as a matrix of nine columns.
    private static Tensor nine(Tensor batch) {
      return new Tensor(batch.storage(), batch.offset(), new Shape(BATCH * WINDOW.places(), 9));
    }
  }

  /** Convolutions in panels, and as products of matrices. */
  @ParameterizedTest
  @CsvSource({"1, PANELS", "2, PANELS", "1, BLAS", "2, BLAS"})
  void onePlanIsItsOperationsOneAtATime(int threads, RepeatedProducts products) {
    for (long seed = 0; seed < 12; seed++) {
      List<double[]> together = results(threads, products, seed, false);
      List<double[]> apart = results(threads, products, seed, true);
      for (int i = 0; i < apart.size(); i++) {
        assertThat(together.get(i)).as("seed %d, tensor %d", seed, i).isEqualTo(apart.get(i));
        assertThat(Arrays.stream(apart.get(i)).allMatch(Double::isFinite)).isTrue();
      }
    }
  }

  private static List<double[]> results(
      int threads, RepeatedProducts products, long seed, boolean apart) {
    try (CpuBackend backend = open(threads, products);
        Arena arena = backend.newArena()) {
      Memory memory = new Memory(backend, arena);
      List<Operation> recording = new ArrayList<>();
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < 40; i++) {
        memory.add(recording::add, random);
      }
      if (apart) {
        recording.forEach(operation -> backend.run(ops -> ops.add(operation)));
      } else {
        backend.run(ops -> recording.forEach(ops::add));
      }
      return memory.results().stream().map(backend::read).toList();
    }
  }

  /** In a batch of one chunk the product takes the step, in one of several a loop. */
  @Test
  void aGradientInChunksIsWholeBeforeTheStep() {
    double[] whole = descended(RepeatedProducts.BLAS, BATCH);
    for (RepeatedProducts products : List.of(RepeatedProducts.BLAS, RepeatedProducts.PANELS)) {
      for (int examples : new int[] {1, 29, 66}) {
        double[] inChunks = descended(products, examples);
        for (int i = 0; i < whole.length; i++) {
          // Sums of some 10³ terms of which the order differs.
          assertThat(inChunks[i]).isCloseTo(whole[i], within(1e-4));
        }
      }
    }
  }

  private static double[] descended(RepeatedProducts products, int examples) {
    try (CpuBackend backend = open(2, products);
        Arena arena = backend.newArena()) {
      Memory memory = new Memory(backend, arena);
      Tensor x = memory.batches.get(0);
      Tensor gated = Memory.places(memory.batches.get(1));
      Tensor scratch = arena.allocate(new Shape(examples * WINDOW.places(), WINDOW.patch()));
      backend.run(
          ops -> {
            ops.image().convolutionGradient(WINDOW, 1, gated, x, scratch, false, memory.gradient);
            ops.update().sgd(memory.gradient, memory.rate, 1, 0.1, memory.weight);
          });
      return backend.read(memory.weight);
    }
  }

  @Test
  void whatConvolutionsPackIsPlanned() {
    try (CpuBackend backend = open(2, RepeatedProducts.PANELS);
        Arena arena = backend.newArena()) {
      Memory memory = new Memory(backend, arena);
      List<Operation> recording = new ArrayList<>();
      SplittableRandom random = new SplittableRandom(3);
      for (int i = 0; i < 40; i++) {
        memory.add(recording::add, random);
      }
      long before = backend.heldBytes();
      try (Plan plan = backend.record(ops -> recording.forEach(ops::add))) {
        plan.run();
        assertThat(backend.heldBytes() - before)
            .isEqualTo(backend.recordingBytes(recording))
            .isPositive();
      }
    }
  }
}
