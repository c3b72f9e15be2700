package lemniscate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/**
 * Time of a whole training step of predictive coding (784-W-W-10, Jacobi, T steps: feed-forward
 * pass, relaxation, gradients, update) over its floor: the products that T relaxation steps are
 * made of, T (W² + 10 W) in both directions and the input's product once, run by the same library
 * with the same threads and nothing between them.
 */
public final class PcStepRatio {

  private static final int INPUTS = PreparedStep.INPUTS;
  private static final int OUTPUTS = PreparedStep.OUTPUTS;
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
    // A backend of its own: the floor stays that of the bundled library.
    try (Backend backend = Backends.open("cpu", options);
        PreparedStep prepared = prepared(backend, width, batch);
        Backend bundled = Backends.open("cpu", new BackendOptions(Precision.FP32, threads, null));
        PreparedStep beside = prepared(bundled, width, batch);
        Plan floor = floor(bundled, beside.arena(), beside.network(), batch)) {
      double flops =
          2.0 * batch * (STEPS * 2.0 * (width * (double) width + OUTPUTS * width) + INPUTS * width);
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
      StepRatio.compare(prepared.step()::run, floor::run, flops, row);
    }
  }

  private static PreparedStep prepared(Backend backend, int width, int batch) {
    return PreparedStep.of(
        backend, PredictiveCoding.jacobi(STEPS, PreparedStep.INFERENCE_RATE), width, batch, 1e-3);
  }

  /** What T relaxation steps multiply. */
  static Plan floor(Backend backend, Arena arena, Network network, int batch) {
    NetworkSpec spec = network.spec();
    List<Tensor> sources = Slabs.activities(arena, spec, batch, 0, spec.layers());
    List<Tensor> results = Slabs.activities(arena, spec, batch, 0, spec.layers());
    for (Tensor source : sources) {
      // Zeros would be quicker than numbers on no machine, and denormals slower on some.
      backend.run(ops -> ops.randomNormal(3, 1, 1, source));
    }
    Plan input =
        backend.record(
            ops ->
                ops.gemm(
                    Gemm.forward(
                        1, sources.get(0), network.layer(1).weight().value(), results.get(1))));
    Plan step =
        backend.record(
            ops -> {
              for (int l = 2; l <= spec.layers(); l++) {
                Tensor weight = network.layer(l).weight().value();
                ops.gemm(Gemm.forward(1, sources.get(l - 1), weight, results.get(l)));
                ops.gemm(Gemm.backward(1, sources.get(l), weight, results.get(l - 1)));
              }
            });
    return new Floor(input, step);
  }

  /**
   * A plan for the input and one for a step: in a recording that used its weights more than once,
   * the backend would pack them for all steps, and this would not be the time of the library.
   */
  private record Floor(Plan input, Plan step) implements Plan {
    @Override
    public void run() {
      input.run();
      for (int t = 0; t < STEPS; t++) {
        step.run();
      }
    }

    @Override
    public void close() {
      input.close();
      step.close();
    }
  }
}
