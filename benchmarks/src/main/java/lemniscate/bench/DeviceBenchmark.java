package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.rule.LearningRule;
import lemniscate.rule.pc.PcStep;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.timing.TimedStep;

/**
 * A device's ceilings, training steps beside them, and what its precisions cost: the engine's part
 * of {@code benchmarks/gpu/run.sh}. Rows go to a JSON-lines file, and as they come to standard
 * output, so that a run that is cut short keeps what it has measured.
 */
public final class DeviceBenchmark implements AutoCloseable {

  private static final int INPUTS = PreparedStep.INPUTS;
  private static final int OUTPUTS = PreparedStep.OUTPUTS;
  private static final int STEPS = PreparedStep.RELAXATION_STEPS;
  private static final int ROUNDS = 7;
  private static final double LEARNING_RATE = 1e-3;

  /** Seconds that one timed run should last at least, against the clock's resolution. */
  private static final double RUN_SECONDS = 0.02;

  /** Until kernels are loaded and a device that was idle has its clocks up. */
  private static final double WARM_UP_SECONDS = 0.1;

  private static final int WARM_UP_RUNS = 3;

  private final ObjectMapper json = new ObjectMapper();
  private final String backendName;
  private final Path rows;
  private final Map<String, Object> common;
  // Kept: a device takes a good part of a second to start and to end.
  private final Map<Precision, Backend> opened = new EnumMap<>(Precision.class);
  private int failures;

  private DeviceBenchmark(String backendName, Path rows, Map<String, Object> common) {
    this.backendName = backendName;
    this.rows = rows;
    this.common = common;
  }

  /**
   * Measures one part.
   *
   * @param args part ({@code ceilings}, {@code precision}, {@code steps}, {@code memory}); backend;
   *     file of rows; commit; device; then widths, batches and precisions as comma-separated lists
   * @throws IllegalStateException at the end, where a cell has failed for another reason than its
   *     size
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 5) {
      throw new IllegalArgumentException(
          "usage: ceilings|precision|steps|memory BACKEND FILE COMMIT DEVICE"
              + " [WIDTHS [BATCHES [PRECISIONS]]]");
    }
    Map<String, Object> common = new LinkedHashMap<>();
    common.put("commit", args[3]);
    common.put("device", args[4]);
    int[] widths = StepRatio.numbers(args, 5, "128,512,2048,8192,16384,32768");
    int[] batches = StepRatio.numbers(args, 6, "128,64,1024");
    List<Precision> precisions = precisions(args.length > 7 ? args[7] : "fp32,tf32,bf16,fp64");
    try (DeviceBenchmark benchmark = new DeviceBenchmark(args[1], Path.of(args[2]), common)) {
      switch (args[0]) {
        case "ceilings" -> benchmark.ceilings(widths[widths.length - 1], precisions);
        case "precision" -> benchmark.errors(widths, precisions);
        case "steps" -> benchmark.steps(widths, batches, precisions);
        case "memory" -> benchmark.memory(widths);
        default -> throw new IllegalArgumentException("part " + args[0]);
      }
      if (benchmark.failures > 0) {
        throw new IllegalStateException(benchmark.failures + " cells failed; their rows say why");
      }
    }
  }

  private static List<Precision> precisions(String names) {
    return Arrays.stream(names.split(","))
        .map(
            name ->
                Arrays.stream(Precision.values())
                    .filter(one -> one.configName().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("precision " + name)))
        .toList();
  }

  private Backend open(Precision precision) {
    return opened.computeIfAbsent(
        precision, one -> Backends.open(backendName, new BackendOptions(one, 0, null)));
  }

  @Override
  public void close() {
    opened.values().forEach(Backend::close);
    opened.clear();
  }

  // A cell that fails is a row, and the others go on.
  private void skip(Map<String, Object> row, Throwable failure) {
    row.put("skipped", String.valueOf(failure.getMessage()));
    if (!(failure instanceof OutOfMemoryError || failure instanceof BadInputException)) {
      row.put("failure", failure.toString());
      failures++;
    }
  }

  private void write(String part, Map<String, Object> fields) throws IOException {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("benchmark", "gpu-" + part);
    row.put("time", Instant.now().toString());
    row.putAll(common);
    row.putAll(fields);
    String line = json.writeValueAsString(row);
    Files.writeString(rows, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    System.out.println(line);
  }

  // ---------------------------------------------------------------- ceilings

  /** What the machine reaches with nothing but products, and with nothing but copies. */
  private void ceilings(int side, List<Precision> precisions) throws IOException {
    for (Precision precision : precisions) {
      int n = Math.min(side, precision == Precision.FP64 ? 4096 : 8192);
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("precision", precision.configName());
      row.put("side", n);
      try (Arena arena = open(precision).newArena()) {
        ceilings(open(precision), arena, n, row);
      } catch (RuntimeException | OutOfMemoryError e) {
        skip(row, e);
      }
      write("ceilings", row);
    }
  }

  private static void ceilings(Backend backend, Arena arena, int n, Map<String, Object> row) {
    Tensor a = arena.allocate(new Shape(n, n));
    Tensor b = arena.allocate(new Shape(n, n));
    Tensor c = arena.allocate(new Shape(n, n));
    backend.run(
        ops -> {
          ops.randomNormal(1, 1, 1, a);
          ops.randomNormal(1, 2, 1, b);
        });
    try (Plan product = backend.record(ops -> ops.gemm(Gemm.forward(1, a, b, c)));
        Plan copy = backend.record(ops -> ops.copy(a, c))) {
      double flops = 2.0 * n * n * n;
      double bytes = 2.0 * n * n * backend.dtype().bytes();
      row.put("backend", backend.description());
      row.put("gemmTflops", flops / seconds(backend, product::run) / 1e12);
      row.put("copyGBs", bytes / seconds(backend, copy::run) / 1e9);
    }
  }

  // ---------------------------------------------------------------- errors of precisions

  /** Relative errors of prediction errors after a relaxation, against float64, by width. */
  private void errors(int[] widths, List<Precision> precisions) throws IOException {
    int batch = 64;
    for (int width : widths) {
      if (width > 8192) {
        continue;
      }
      double[][] exact = null;
      for (Precision precision : inOrderOfExactness(precisions)) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("precision", precision.configName());
        row.put("width", width);
        row.put("batch", batch);
        try (TimedStep prepared = PreparedStep.of(open(precision), pc(), width, batch, 0)) {
          prepared.step().computeGradients();
          PcStep step = (PcStep) prepared.step();
          double[][] found = {step.error(1), step.error(2), step.error(3)};
          if (precision == Precision.FP64) {
            exact = found;
            continue;
          }
          if (exact == null) {
            throw new IllegalStateException("no float64 to compare with");
          }
          for (int l = 0; l < exact.length; l++) {
            row.put("layer" + (l + 1), relative(found[l], exact[l]));
          }
        } catch (RuntimeException | OutOfMemoryError e) {
          skip(row, e);
        }
        write("precision", row);
      }
    }
  }

  private static List<Precision> inOrderOfExactness(List<Precision> precisions) {
    return precisions.stream()
        .sorted((a, b) -> Boolean.compare(b == Precision.FP64, a == Precision.FP64))
        .toList();
  }

  private static double relative(double[] found, double[] exact) {
    double distance = 0;
    double size = 0;
    for (int i = 0; i < exact.length; i++) {
      distance += (found[i] - exact[i]) * (found[i] - exact[i]);
      size += exact[i] * exact[i];
    }
    return Math.sqrt(distance / size);
  }

  // ---------------------------------------------------------------- steps

  private static PredictiveCoding pc() {
    return PredictiveCoding.jacobi(STEPS, PreparedStep.INFERENCE_RATE);
  }

  private static LearningRule rule(String name) {
    return name.equals("pc")
        ? pc()
        : new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(PreparedStep.DAMPING), 1);
  }

  private void steps(int[] widths, int[] batches, List<Precision> precisions) throws IOException {
    for (int batch : batches) {
      for (Precision precision : precisions) {
        for (int width : widths) {
          for (String name : List.of("pc", "tp")) {
            write("steps", step(name, width, batch, precision));
          }
        }
      }
    }
  }

  private Map<String, Object> step(String name, int width, int batch, Precision precision) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("rule", name);
    row.put("width", width);
    row.put("batch", batch);
    row.put("precision", precision.configName());
    try (TimedStep prepared =
        PreparedStep.of(open(precision), rule(name), width, batch, LEARNING_RATE)) {
      double bytes = precision.dtype().bytes();
      row.put("msPerStep", 1e3 * seconds(open(precision), prepared.step()::run));
      row.put("flops", flops(name, width, batch));
      row.put("bytes", bytes * elements(name, width, batch));
      // Products of what is not finite, or of zeros, take another time.
      double loss = prepared.step().loss();
      if (!Double.isFinite(loss)) {
        throw new IllegalStateException("the loss has become " + loss);
      }
      row.put("loss", loss);
    } catch (RuntimeException | OutOfMemoryError e) {
      row.remove("msPerStep");
      skip(row, e);
    }
    return row;
  }

  /** Products of a step: forward, those of the rule, gradients. */
  private static double flops(String name, double w, double b) {
    double once = 2 * b * (INPUTS * w + w * w + w * OUTPUTS);
    double upper = 2 * b * (w * w + w * OUTPUTS);
    if (name.equals("pc")) {
      return 2 * once + 2 * STEPS * upper;
    }
    // Kernels and right-hand sides of both layers above the first, the way back, a third of a
    // cube for each factor and one for its solutions, twice.
    double side = Math.min(w, b);
    double systems = 2 * b * side * w + 2 * b * b * w + 2 * b * b * w + side * side * side / 3;
    return 2 * once + systems + 2 * side * side * b;
  }

  /**
   * The least that memory must carry: weights once in each direction and step (where they exceed
   * the caches), gradients out, and updates.
   */
  private static double elements(String name, double w, double b) {
    double weights = INPUTS * w + w * w + w * OUTPUTS;
    double upper = w * w + w * OUTPUTS;
    double relaxation = name.equals("pc") ? 2 * STEPS * upper : 0;
    return weights + relaxation + 4 * weights + 8 * b * w;
  }

  private static double seconds(Backend backend, Runnable run) {
    long start = System.nanoTime();
    for (int i = 0; i < WARM_UP_RUNS || System.nanoTime() - start < 1e9 * WARM_UP_SECONDS; i++) {
      run.run();
      backend.synchronize();
    }
    double once = timed(backend, run, 1);
    int times = (int) Math.max(1, Math.min(1000, Math.ceil(RUN_SECONDS / once)));
    double[] taken = new double[once > 1 ? 3 : ROUNDS];
    for (int i = 0; i < taken.length; i++) {
      taken[i] = timed(backend, run, times);
    }
    Arrays.sort(taken);
    return taken[taken.length / 2];
  }

  private static double timed(Backend backend, Runnable run, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      run.run();
    }
    backend.synchronize();
    return (System.nanoTime() - start) / 1e9 / times;
  }

  // ---------------------------------------------------------------- memory

  /** The widest network of the list, and of its doublings, whose step fits. */
  private void memory(int[] widths) throws IOException {
    int batch = 128;
    for (int width = widths[widths.length - 1]; ; width = Math.multiplyExact(width, 2)) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("width", width);
      row.put("batch", batch);
      boolean fits = true;
      Backend backend = open(Precision.FP32);
      OptionalLong before = backend.memory().availableBytes();
      try (TimedStep prepared = PreparedStep.of(backend, pc(), width, batch, LEARNING_RATE)) {
        prepared.step().run();
        backend.synchronize();
        row.put("plannedBytes", prepared.arena().allocatedBytes());
        OptionalLong after = backend.memory().availableBytes();
        if (before.isPresent() && after.isPresent()) {
          row.put("usedBytes", before.getAsLong() - after.getAsLong());
        }
      } catch (RuntimeException | OutOfMemoryError e) {
        skip(row, e);
        fits = false;
      }
      write("memory", row);
      if (!fits) {
        return;
      }
    }
  }
}
