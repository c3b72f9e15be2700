package lemniscate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.timing.StepFloor;
import lemniscate.timing.TimedStep;

/**
 * Time of a whole training step of predictive coding (784-W-W-10, Jacobi, T steps: feed-forward
 * pass, relaxation, gradients, update) over its floor: the products that T relaxation steps are
 * made of, T (W² + 10 W) in both directions and the input's product once, run by the same library
 * with the same threads and nothing between them.
 */
public final class PcStepRatio {

  private static final int STEPS = PreparedStep.RELAXATION_STEPS;

  private PcStepRatio() {}

  /**
   * Measures and appends.
   *
   * @param args as {@link StepRatio#run}, then optionally how the step makes its products, as in
   *     {@code cpu.products}, and a CBLAS library for the step
   */
  public static void main(String[] args) throws IOException {
    RepeatedProducts products =
        Arrays.stream(RepeatedProducts.values())
            .filter(choice -> choice.configName().equals(args.length > 6 ? args[6] : "auto"))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no such products: " + args[6]));
    Path blas = args.length > 7 ? Path.of(args[7]) : null;
    StepRatio.run(
        "pc-step",
        args,
        (width, batch, threads, row) ->
            measure(
                new BackendOptions(Precision.FP32, threads, blas).withProducts(products),
                width,
                batch,
                row));
  }

  private static void measure(
      BackendOptions options, int width, int batch, Map<String, Object> row) {
    int threads = options.threads();
    TimedStep.Setup setup =
        PreparedStep.setup(
            PredictiveCoding.jacobi(STEPS, PreparedStep.INFERENCE_RATE), width, batch, 1e-3);
    BackendOptions library =
        new BackendOptions(Precision.FP32, threads, null).withProducts(RepeatedProducts.BLAS);
    // A backend of its own: the floor stays that of the bundled library.
    try (Backend backend = Backends.open("cpu", options);
        TimedStep step = TimedStep.of(backend, setup);
        Backend bundled = Backends.open("cpu", library);
        StepFloor floor = StepFloor.of(bundled, setup)) {
      row.put("backend", backend.description());
      row.put("products", options.products().configName());
      row.put("floorBackend", bundled.description());
      row.put("precision", "fp32");
      row.put("rule", "pc");
      row.put("scheme", "jacobi");
      row.put("width", width);
      row.put("batch", batch);
      row.put("T", STEPS);
      row.put("threads", threads);
      StepRatio.compare(step, floor, row);
    }
  }
}
