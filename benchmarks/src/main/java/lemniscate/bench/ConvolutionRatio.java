package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.ImageOperation.ConvolutionGradient;
import lemniscate.backend.ImageOperation.Convolve;
import lemniscate.backend.ImageOperation.ConvolveBack;
import lemniscate.backend.Operation;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.backend.Window;
import lemniscate.tensor.Arena;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.timing.Program;
import lemniscate.timing.Times;
import lemniscate.timing.Turns;

/**
 * Time of convolutions, of what they expand to and of the product with all patches that they are
 * about, in turns: forward, back and the gradient of some usual layers, in float32.
 */
public final class ConvolutionRatio {

  private static final int ROUNDS = 11;
  private static final double RUN_SECONDS = 0.03;
  private static final double WARM_UP_SECONDS = 0.5;
  private static final double GIGA = 1e9;

  /** Products with a weight that is used so often go through panels, as convolutions do. */
  private static final int REPEATED = 4;

  private ConvolutionRatio() {}

  /** A layer. */
  private record Layer(int side, int channels, int out, int kernel) {
    Window window() {
      return new Window(
          new ExampleShape(side, side, channels), kernel, kernel, 1, (kernel - 1) / 2);
    }
  }

  private static final List<Layer> LAYERS =
      List.of(
          new Layer(28, 1, 32, 5),
          new Layer(14, 32, 64, 5),
          new Layer(32, 3, 128, 3),
          new Layer(16, 128, 256, 3),
          new Layer(8, 256, 512, 3));

  /**
   * Measures and appends.
   *
   * @param args file of rows; commit; name of the device; then optional batches and threads as
   *     comma-separated lists
   */
  public static void main(String[] args) throws IOException {
    for (int threads : StepRatio.numbers(args, 4, "1,2")) {
      for (int batch : StepRatio.numbers(args, 3, "64")) {
        for (Layer layer : LAYERS) {
          try (Backend backend =
              Backends.open("cpu", new BackendOptions(Precision.FP32, threads, null))) {
            Map<String, Object> begun = new LinkedHashMap<>();
            begun.put("benchmark", "convolution");
            begun.put("time", Instant.now().toString());
            begun.put("commit", args[1]);
            begun.put("device", args[2]);
            begun.put("instructionSet", InstructionSet.ofProcessor());
            begun.put("backend", backend.description());
            begun.put("precision", "fp32");
            begun.put("threads", threads);
            begun.put("batch", batch);
            begun.put("image", layer.window().image().toString());
            begun.put("out", layer.out);
            begun.put("kernel", layer.kernel);
            measure(backend, layer, batch, begun, Path.of(args[0]));
          }
        }
      }
    }
  }

  private static void measure(
      Backend backend, Layer layer, int batch, Map<String, Object> begun, Path file)
      throws IOException {
    Window window = layer.window();
    try (Arena arena = backend.newArena()) {
      Tensor x = normals(backend, arena, batch, window.image().size());
      Tensor weight = normals(backend, arena, layer.out, window.patch());
      Tensor u = normals(backend, arena, batch * window.places(), layer.out);
      Tensor patches = normals(backend, arena, batch * window.places(), window.patch());
      Tensor back = arena.allocate(x.shape());
      Tensor gradient = arena.allocate(weight.shape());
      // One example at a time, as memory that is bounded asks for.
      Tensor scratch = arena.allocate(new Shape(window.places(), window.patch()));
      double flops = Gemm.forward(1, patches, weight, u).flops();
      compare(
          backend,
          new Convolve(window, 1e-3, x, weight, scratch, u),
          Gemm.forward(1e-3, patches, weight, u),
          flops,
          begun,
          file);
      compare(
          backend,
          new ConvolutionGradient(window, 1e-3, u, x, scratch, false, gradient),
          Gemm.outer(1e-3, u, patches, gradient),
          flops,
          begun,
          file);
      compare(
          backend,
          new ConvolveBack(window, 1e-3, u, weight, scratch, back),
          Gemm.backward(1e-3, u, weight, patches),
          flops,
          begun,
          file);
    }
  }

  private static Tensor normals(Backend backend, Arena arena, int rows, int columns) {
    Tensor tensor = arena.allocate(new Shape(rows, columns));
    backend.run(ops -> ops.randomNormal(1, rows, 1, tensor));
    return tensor;
  }

  private static void compare(
      Backend backend,
      Operation convolution,
      Gemm product,
      double flops,
      Map<String, Object> begun,
      Path file)
      throws IOException {
    try (Plan itself = plan(backend, List.of(convolution));
        Plan expansion = plan(backend, convolution.expansion());
        Plan alone = plan(backend, List.of(product))) {
      Turns turns = new Turns(ROUNDS, WARM_UP_SECONDS, RUN_SECONDS, 0);
      List<Times> times = turns.take(List.of(program(itself), program(expansion), program(alone)));
      boolean oneThread = Integer.valueOf(1).equals(begun.get("threads"));
      Map<String, Object> row = new LinkedHashMap<>(begun);
      row.put("operation", convolution.name());
      row.put("rounds", ROUNDS);
      row.put("gflops", gflops(flops, times.get(0), oneThread));
      row.put("expansionGflops", gflops(flops, times.get(1), oneThread));
      row.put("productGflops", gflops(flops, times.get(2), oneThread));
      Times.Ratio ratio = times.get(0).over(times.get(2));
      row.put("ratio", ratio.value());
      row.put("ratioLow", ratio.low());
      row.put("ratioHigh", ratio.high());
      row.put("expansionRatio", times.get(1).over(times.get(2)).value());
      Files.writeString(
          file,
          new ObjectMapper().writeValueAsString(row) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      System.out.printf(
          "%d thread(s) B %d %s -> %d, %d x %d, %-19s %6.1f GF/s, expanded %6.1f, product %6.1f;"
              + " time over the product's %.2f (%.2f to %.2f)%n",
          (Integer) row.get("threads"),
          (Integer) row.get("batch"),
          row.get("image"),
          (Integer) row.get("out"),
          (Integer) row.get("kernel"),
          (Integer) row.get("kernel"),
          convolution.name(),
          (Double) row.get("gflops"),
          (Double) row.get("expansionGflops"),
          (Double) row.get("productGflops"),
          ratio.value(),
          ratio.low(),
          ratio.high());
    }
  }

  // By processor time where one thread does it all, which other work on the machine stretches less.
  private static double gflops(double flops, Times times, boolean oneThread) {
    double ms = oneThread ? times.medianCpuMs() : times.medianMs();
    return REPEATED * flops / GIGA / (ms / 1e3);
  }

  private static Plan plan(Backend backend, List<Operation> operations) {
    return backend.record(
        ops -> {
          for (int i = 0; i < REPEATED; i++) {
            operations.forEach(ops::add);
          }
        });
  }

  private static Program program(Plan plan) {
    return times -> Program.secondsOf(plan::run, () -> {}, times);
  }
}
