package lemniscate.bench;

import java.io.IOException;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.timing.StepFloor;
import lemniscate.timing.TimedStep;

/**
 * Time of a whole training step of difference target propagation with ridge feedback (784-W-W-10:
 * feed-forward pass, kernels and their solution, targets, gradients, update) over its floor: the
 * products of the forward pass, of the two B×B systems, of the way back and of the gradients, run
 * by the same library with the same threads and nothing between them.
 */
public final class TpStepRatio {

  private TpStepRatio() {}

  /**
   * Measures and appends.
   *
   * @param args as {@link StepRatio#run}
   */
  public static void main(String[] args) throws IOException {
    StepRatio.run("tp-step", args, TpStepRatio::measure);
  }

  private static void measure(int width, int batch, int threads, Map<String, Object> row) {
    TargetPropagation rule =
        new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(PreparedStep.DAMPING), 1);
    TimedStep.Setup setup = PreparedStep.setup(rule, width, batch, 1e-3);
    BackendOptions options = new BackendOptions(Precision.FP32, threads, null);
    try (Backend backend = Backends.open("cpu", options);
        TimedStep step = TimedStep.of(backend, setup);
        Backend library = Backends.open("cpu", options.withProducts(RepeatedProducts.BLAS));
        StepFloor floor = StepFloor.of(library, setup)) {
      row.put("backend", backend.description());
      row.put("precision", "fp32");
      row.put("rule", "tp");
      row.put("variant", "dtp");
      row.put("feedback", "ridge");
      row.put("width", width);
      row.put("batch", batch);
      row.put("threads", threads);
      StepRatio.compare(step, floor, row);
    }
  }
}
