package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.backend.Precision;
import lemniscate.backend.Window;
import lemniscate.backend.reference.ReferenceBackend;
import lemniscate.cuda.CudaBackend;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Operations that see the same memory as an example a row and as a place a row, in single launches
 * and where launches are joined or become programs, against the definitions.
 */
final class SameMemoryTest {

  private static final int BATCH = 4;
  private static final int PLACES = 3;
  private static final int CHANNELS = 5;

  /** So many that programs take two blocks of places. */
  private static final int MANY = 2;

  /** Some dozens of operations on sums of at most 15 terms, in float64. */
  private static final double BOUND = 1e-12;

  /** Matrices of one memory, filled with seeded numbers. */
  private record Memory(Backend backend, Arena arena, Random random) {

    Tensor matrix(int rows, int columns) {
      Tensor matrix = arena.allocate(new Shape(rows, columns));
      backend.upload(random.doubles(matrix.elements(), -1, 1).toArray(), matrix);
      return matrix;
    }

    Tensor places() {
      return matrix(BATCH * PLACES, CHANNELS);
    }
  }

  /** Records operations and returns what they leave. */
  @FunctionalInterface
  private interface Program {
    List<Tensor> record(Memory memory, Operations ops);
  }

  private static Tensor examples(Tensor places) {
    return places.reshaped(BATCH, PLACES * CHANNELS);
  }

  private static List<double[]> results(Backend backend, Program program) {
    List<Tensor> left = new ArrayList<>();
    try (backend;
        Arena arena = backend.newArena()) {
      Memory memory = new Memory(backend, arena, new Random(8));
      backend.run(ops -> left.addAll(program.record(memory, ops)));
      return left.stream().map(backend::read).toList();
    }
  }

  // Returns what the second of the devices launched.
  private static Map<String, Integer> check(Program program) {
    List<double[]> expected = results(new ReferenceBackend(DType.FLOAT64), program);
    HostDevice device = null;
    for (int multiprocessors : new int[] {HostDevice.MULTIPROCESSORS, MANY}) {
      device = new HostDevice(HostExecution.library(), 5, multiprocessors);
      List<double[]> found = results(new CudaBackend(device, Precision.FP64), program);
      for (int tensor = 0; tensor < expected.size(); tensor++) {
        for (int i = 0; i < expected.get(tensor).length; i++) {
          double value = expected.get(tensor)[i];
          assertThat(Math.abs(found.get(tensor)[i] - value))
              .as("%d multiprocessors, %d[%d]", multiprocessors, tensor, i)
              .isLessThanOrEqualTo(BOUND * (1 + Math.abs(value)));
        }
      }
    }
    return device.launched();
  }

  // Products and loops over places, some of which see examples.
  private static void relax(Operations ops, Tensor weight, Tensor bias, Tensor h, Tensor u) {
    for (int step = 0; step < 3; step++) {
      ops.gemm(Gemm.forward(1, h, weight, u));
      ops.layer().activate(Activation.TANH, u, bias, h);
      ops.axpy(0.5, examples(u), examples(h));
    }
  }

  @Test
  void programsOfPlaces() {
    Program program =
        (memory, ops) -> {
          Tensor weight = memory.matrix(CHANNELS, CHANNELS);
          Tensor mixing = memory.matrix(PLACES * CHANNELS, PLACES * CHANNELS);
          Tensor bias = memory.matrix(1, CHANNELS);
          Tensor h = memory.places();
          Tensor u = memory.places();
          Tensor mixed = memory.places();
          relax(ops, weight, bias, h, u);
          // Takes places to each other.
          ops.gemm(Gemm.forward(1, examples(h), mixing, examples(mixed)));
          relax(ops, weight, bias, mixed, u);
          ops.multiplyRow(bias, mixed, h);
          return List.of(h, u, mixed);
        };
    assertThat(check(program)).containsEntry("row_program_f64", 2);
  }

  @Test
  void programsOfExamples() {
    Program program =
        (memory, ops) -> {
          Tensor weight = memory.matrix(PLACES * CHANNELS, PLACES * CHANNELS);
          Tensor bias = memory.matrix(1, CHANNELS);
          Tensor h = memory.places();
          Tensor u = memory.places();
          for (int step = 0; step < 3; step++) {
            ops.gemm(Gemm.forward(1, examples(h), weight, examples(u)));
            // A bias a channel, for examples that are several of its rows.
            ops.layer().activate(Activation.TANH, u, bias, h);
            ops.axpy(0.5, examples(u), examples(h));
          }
          return List.of(h, u);
        };
    assertThat(check(program)).containsEntry("row_program_f64", 1);
  }

  /** A bias an example is longer than the rows of a program of places; its end is written later. */
  @Test
  void whatRowsShareIsAsLongAsRecorded() {
    check(
        (memory, ops) -> {
          Tensor weight = memory.matrix(CHANNELS, CHANNELS);
          Tensor noBias = memory.matrix(1, CHANNELS);
          Tensor h = memory.places();
          Tensor u = memory.places();
          Tensor room = memory.matrix(1, CHANNELS + BATCH * PLACES * CHANNELS);
          Tensor bias = new Tensor(room.storage(), room.offset(), new Shape(1, PLACES * CHANNELS));
          Tensor after = new Tensor(room.storage(), room.offset() + CHANNELS, h.shape());
          relax(ops, weight, noBias, h, u);
          ops.layer().activate(Activation.TANH, examples(u), bias, examples(h));
          ops.gemm(Gemm.forward(1, h, weight, after));
          return List.of(h, u, room);
        });
  }

  /**
   * Neighbours of one kind and size at one distance, each of which reads what the one before left.
   */
  @Test
  void loopsThatWaitForEachOther() {
    Program program =
        (memory, ops) -> {
          Tensor first = memory.places();
          Tensor second = memory.places();
          Tensor third = memory.places();
          ops.copy(examples(first), examples(second));
          ops.copy(second, third);
          ops.multiply(third, second);
          ops.multiply(examples(second), examples(first));
          return List.of(first, second, third);
        };
    assertThat(check(program)).containsEntry("copy_f64", 2).containsEntry("multiply_f64", 2);
  }

  /** Convolutions that do not wait for each other, and one that does, in chunks of examples. */
  @Test
  void convolutions() {
    ExampleShape image = new ExampleShape(4, 5, 2);
    Window window = new Window(image, 3, 3, 1, 1);
    check(
        (memory, ops) -> {
          Tensor x = memory.matrix(BATCH, image.size());
          Tensor y = memory.matrix(BATCH, image.size());
          Tensor weight = memory.matrix(image.channels(), window.patch());
          Tensor gain = memory.matrix(1, image.channels());
          Tensor here = memory.matrix(3 * window.places(), window.patch());
          Tensor there = memory.matrix(3 * window.places(), window.patch());
          Tensor u = memory.matrix(BATCH * window.places(), image.channels());
          Tensor v = memory.matrix(BATCH * window.places(), image.channels());
          ops.image().convolve(window, 1, x, weight, here, u);
          ops.image().convolve(window, 0.5, y, weight, there, v);
          ops.multiplyRow(gain, u, u);
          ops.image().convolve(window, 1, u.reshaped(BATCH, image.size()), weight, here, v);
          ops.image().convolveBack(window, 1, v, weight, here, x);
          ops.image().convolutionGradient(window, 1, u, y, there, false, weight);
          return List.of(u, v, x, weight);
        });
  }

  /** Rows on either side of the length from which on they have a block. */
  @Test
  void longRows() {
    for (int width : new int[] {1000, 1023, 1024, 3001}) {
      check(
          (memory, ops) -> {
            Tensor x = memory.matrix(3, width);
            Tensor z = memory.matrix(3, width);
            Tensor normal = memory.matrix(3, width);
            Tensor difference = memory.matrix(3, width);
            Tensor back = memory.matrix(3, width);
            Tensor deviation = memory.matrix(3, 1);
            Tensor moved = memory.matrix(3, 1);
            ops.standardization().standardize(true, 1e-5, x, normal, deviation);
            ops.standardization().difference(true, normal, deviation, z, difference, moved);
            ops.standardization().back(true, normal, moved, z, back);
            return List.of(normal, deviation, difference, moved, back);
          });
    }
  }
}
