package lemniscate.bench;

import java.io.IOException;
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
 */
public final class PcStepRatio {

  static final int INPUTS = 784;
  static final int OUTPUTS = 10;
  static final int STEPS = 20;

  private PcStepRatio() {}

  /**
   * Measures and appends.
   *
   * @param args as {@link StepRatio#run}
   */
  public static void main(String[] args) throws IOException {
    StepRatio.run("pc-step", args, PcStepRatio::measure);
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
      row.put("backend", backend.description());
      row.put("precision", "fp32");
      row.put("rule", "pc");
      row.put("scheme", "jacobi");
      row.put("width", width);
      row.put("batch", batch);
      row.put("T", STEPS);
      row.put("threads", threads);
      StepRatio.compare(step::run, floor::run, flops, row);
      step.close();
      floor.close();
    }
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
