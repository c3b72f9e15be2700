package lemniscate.bench;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.timing.StepFloor;
import lemniscate.timing.TimedStep;

/**
 * Time of a whole training step of predictive coding by each scheme (784-W-W-10) over its floor:
 * all products of the step, run by the bundled library with the same threads and nothing between
 * them. Schemes have the numbers of steps that they are meant for.
 */
public final class SchemeStepRatio {

  private static final Map<String, Inference> SCHEMES = schemes();

  private SchemeStepRatio() {}

  private static Map<String, Inference> schemes() {
    double rate = PreparedStep.INFERENCE_RATE;
    Map<String, Inference> schemes = new LinkedHashMap<>();
    for (Inference inference :
        List.of(
            new Inference.FixedPrediction(2, 1),
            new Inference.ZeroDivergence(),
            new Inference.Sequential(1, rate),
            new Inference.Incremental(5, rate),
            new Inference.Errors(3, 0.5),
            new Inference.AugmentedLagrangian(
                0, 0.2, 1, Inference.AugmentedLagrangian.Order.JACOBI, 1.5),
            new Inference.DirectStart(1, rate))) {
      schemes.put(inference.configName(), inference);
    }
    return schemes;
  }

  /**
   * Measures and appends.
   *
   * @param args as {@link StepRatio#run}, then optionally schemes as a comma-separated list; {@code
   *     HOST_NOTE} says in the rows what else the machine did
   */
  public static void main(String[] args) throws IOException {
    String chosen = args.length > 6 ? args[6] : String.join(",", SCHEMES.keySet());
    for (String scheme : chosen.split(",")) {
      Inference inference = SCHEMES.get(scheme);
      if (inference == null) {
        throw new IllegalArgumentException(
            "no such scheme: " + scheme + "; expected some of " + SCHEMES.keySet());
      }
      System.out.println(scheme);
      StepRatio.run(
          "scheme-step",
          Arrays.copyOf(args, Math.min(args.length, 6)),
          (width, batch, threads, row) -> measure(inference, width, batch, threads, row));
    }
  }

  private static void measure(
      Inference inference, int width, int batch, int threads, Map<String, Object> row) {
    TimedStep.Setup setup = PreparedStep.setup(PredictiveCoding.of(inference), width, batch, 1e-4);
    BackendOptions options = new BackendOptions(Precision.FP32, threads, null);
    try (Backend backend = Backends.open("cpu", options);
        TimedStep step = TimedStep.of(backend, setup);
        Backend library = Backends.open("cpu", options.withProducts(RepeatedProducts.BLAS));
        StepFloor floor = StepFloor.of(library, setup)) {
      String host = System.getenv().getOrDefault("HOST_NOTE", "");
      if (!host.isEmpty()) {
        row.put("host", host);
      }
      row.put("backend", backend.description());
      row.put("precision", "fp32");
      row.put("rule", "pc");
      row.put("scheme", inference.configName());
      row.put("inference", inference.toString());
      row.put("width", width);
      row.put("batch", batch);
      row.put("threads", threads);
      StepRatio.compare(step, floor, row);
    }
  }
}
