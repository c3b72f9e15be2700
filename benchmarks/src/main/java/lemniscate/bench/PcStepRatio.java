package lemniscate.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Loss;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.mup.OptimizerKind;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/**
 * Time of a whole training step of predictive coding (784-W-W-10, Jacobi, T steps: feed-forward
 * pass, relaxation, gradients, update) over its floor: the products that T relaxation steps are
 * made of, T (W² + 10 W) in both directions and the input's product once, run by the same library
 * with the same threads and nothing between them.
 *
 * <p>Step and floor alternate; medians are compared. Rows go to a JSON-lines file.
 */
public final class PcStepRatio {

  private static final int INPUTS = 784;
  private static final int OUTPUTS = 10;
  private static final int STEPS = 20;
  private static final int ROUNDS = 21;

  /** Seconds that one timed run should last at least, against the clock's resolution and jitter. */
  private static final double RUN_SECONDS = 0.03;

  private static final double WARM_UP_SECONDS = 4;

  private PcStepRatio() {}

  /**
   * Measures and appends.
   *
   * @param args file of rows; commit; name of the device; then optional W, B and threads as
   *     comma-separated lists
   */
  public static void main(String[] args) throws IOException {
    if (args.length < 3) {
      throw new IllegalArgumentException(
          "usage: PcStepRatio FILE COMMIT DEVICE [WIDTHS [BATCHES [THREADS]]]");
    }
    int[] widths = numbers(args, 3, "128,512,2048");
    int[] batches = numbers(args, 4, "64,128");
    int[] threads = numbers(args, 5, "1,2");
    ObjectMapper json = new ObjectMapper();
    for (int t : threads) {
      for (int b : batches) {
        for (int w : widths) {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("benchmark", "pc-step");
          row.put("time", Instant.now().toString());
          row.put("commit", args[1]);
          row.put("device", args[2]);
          measure(w, b, t, row);
          Files.writeString(
              Path.of(args[0]),
              json.writeValueAsString(row) + "\n",
              StandardOpenOption.CREATE,
              StandardOpenOption.APPEND);
          System.out.println(line(w, b, t, row));
        }
      }
    }
  }

  private static String line(int width, int batch, int threads, Map<String, Object> row) {
    return "W %5d  B %4d  threads %d".formatted(width, batch, threads)
        + "  step %9.3f ms".formatted((Double) row.get("msPerStep"))
        + "  floor %9.3f ms".formatted((Double) row.get("floorMs"))
        + "  ratio %.3f".formatted((Double) row.get("ratio"))
        + " (%.3f".formatted((Double) row.get("ratioLow"))
        + " to %.3f)".formatted((Double) row.get("ratioHigh"));
  }

  private static int[] numbers(String[] args, int index, String otherwise) {
    String text = args.length > index ? args[index] : otherwise;
    return Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static void measure(int width, int batch, int threads, Map<String, Object> row) {
    try (Backend backend = Backends.open("cpu", new BackendOptions(Precision.FP32, threads, null));
        Arena arena = backend.newArena()) {
      NetworkSpec spec = NetworkSpec.mlp(INPUTS, width, 2, OUTPUTS, Activation.TANH);
      PredictiveCoding rule = PredictiveCoding.jacobi(STEPS, 0.1);
      Parameterization scaling =
          Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), OptimizerKind.SGD);
      Network network = Network.create(backend, arena, spec, scaling, 1);
      ParameterUpdate update = new ParameterUpdate(backend, arena, network, new Optimizer.Sgd());
      update.setLearningRate(1e-3);
      RuleStep step =
          rule.prepare(new RuleContext(backend, arena, network, Loss.MSE, batch, update));
      backend.run(
          ops -> {
            ops.randomNormal(2, 1, 1, step.input());
            ops.randomNormal(2, 2, 0.3, step.target());
          });
      Plan floor = floor(backend, arena, network, batch);

      double flops =
          2.0 * batch * (STEPS * 2.0 * (width * (double) width + OUTPUTS * width) + INPUTS * width);
      int stepsPerRun = stepsPerRun(step::run);
      double[] ours = new double[ROUNDS];
      double[] floors = new double[ROUNDS];
      double[] ratios = new double[ROUNDS];
      warmUp(step::run);
      warmUp(floor::run);
      for (int i = 0; i < ROUNDS; i++) {
        ours[i] = seconds(step::run, stepsPerRun);
        floors[i] = seconds(floor::run, stepsPerRun);
        ratios[i] = ours[i] / floors[i];
      }
      Arrays.sort(ratios);
      row.put("backend", backend.description());
      row.put("precision", "fp32");
      row.put("rule", "pc");
      row.put("scheme", "jacobi");
      row.put("width", width);
      row.put("batch", batch);
      row.put("T", STEPS);
      row.put("threads", threads);
      row.put("rounds", ROUNDS);
      row.put("msPerStep", 1e3 * median(ours));
      row.put("floorMs", 1e3 * median(floors));
      row.put("ratio", median(ours) / median(floors));
      row.put("ratioLow", ratios[ROUNDS / 4]);
      row.put("ratioHigh", ratios[3 * ROUNDS / 4]);
      row.put("floorGflops", flops / median(floors) / 1e9);
      step.close();
      floor.close();
    }
  }

  private static Plan floor(Backend backend, Arena arena, Network network, int batch) {
    NetworkSpec spec = network.spec();
    List<Tensor> sources = Slabs.activities(arena, spec, batch, 0, spec.layers());
    List<Tensor> results = Slabs.activities(arena, spec, batch, 0, spec.layers());
    for (Tensor source : sources) {
      // Zeros would be quicker than numbers on no machine, and denormals slower on some.
      backend.run(ops -> ops.randomNormal(3, 1, 1, source));
    }
    return backend.record(
        ops -> {
          ops.gemm(
              Gemm.forward(1, sources.get(0), network.layer(1).weight().value(), results.get(1)));
          for (int t = 0; t < STEPS; t++) {
            for (int l = 2; l <= spec.layers(); l++) {
              Tensor weight = network.layer(l).weight().value();
              ops.gemm(Gemm.forward(1, sources.get(l - 1), weight, results.get(l)));
              ops.gemm(Gemm.backward(1, sources.get(l), weight, results.get(l - 1)));
            }
          }
        });
  }

  private static void warmUp(Runnable run) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < WARM_UP_SECONDS * 1e9) {
      run.run();
    }
  }

  private static int stepsPerRun(Runnable run) {
    warmUp(run);
    return (int) Math.max(1, Math.ceil(RUN_SECONDS / seconds(run, 3)));
  }

  private static double seconds(Runnable run, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      run.run();
    }
    return (System.nanoTime() - start) / 1e9 / times;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
