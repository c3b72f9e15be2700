package lemniscate.bench;

import java.util.concurrent.TimeUnit;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The elementwise passes of a relaxation on the CPU backend, one thread, by batch and width. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class PassBenchmark {

  /** Rows. */
  @Param({"64", "127"})
  public int batch;

  /** Columns; odd ones end in a part of a vector. */
  @Param({"128", "513", "2048"})
  public int width;

  /** φ. */
  @Param({"TANH", "RELU", "GELU"})
  public Activation activation;

  private Backend backend;
  private Arena arena;
  private Plan predictionError;
  private Plan relaxState;

  /** Records the plans. */
  @Setup(Level.Trial)
  public void record() {
    backend = Backends.open("cpu", new BackendOptions(Precision.FP32, 1, null));
    arena = backend.newArena();
    Shape shape = new Shape(batch, width);
    Tensor u = arena.allocate(shape);
    Tensor h = arena.allocate(shape);
    Tensor z = arena.allocate(shape);
    Tensor displacement = arena.allocate(shape);
    Tensor error = arena.allocate(shape);
    Tensor gated = arena.allocate(shape);
    Tensor back = arena.allocate(shape);
    Tensor rate = arena.allocateScalars(1);
    backend.run(
        ops -> {
          ops.randomNormal(1, 1, 1, u);
          ops.randomNormal(1, 2, 0.1, z);
          ops.randomNormal(1, 3, 0.1, displacement);
          ops.randomNormal(1, 4, 0.1, back);
          ops.activation(activation, u, h);
        });
    predictionError =
        backend.record(
            ops -> ops.pc().predictionError(activation, u, h, z, displacement, error, gated));
    relaxState =
        backend.record(ops -> ops.pc().relaxState(1, error, null, back, rate, displacement));
  }

  /** Frees the memory. */
  @TearDown(Level.Trial)
  public void free() {
    arena.close();
    backend.close();
  }

  /** e = D − [φ(u+z) − φ(u)] and its gated form. */
  @Benchmark
  public void predictionError() {
    predictionError.run();
  }

  /** One explicit Euler step. */
  @Benchmark
  public void relaxState() {
    relaxState.run();
  }
}
