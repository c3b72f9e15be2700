package lemniscate.bench;

import java.util.ArrayList;
import java.util.List;
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
import lemniscate.optim.Optimizer;
import lemniscate.optim.ParameterUpdate;
import lemniscate.rule.RuleContext;
import lemniscate.rule.RuleStep;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

/** Time of a Jacobi PC training step over the time of the matrix products of its relaxation. */
public final class PcStepRatio {

  private PcStepRatio() {}

  public static void main(String[] args) {
    int[] widths = {128, 512, 2048};
    int[] batches = {64, 128};
    int[] threads = {1, 2};
    for (int t : threads) {
      for (int b : batches) {
        for (int w : widths) {
          measure(w, b, 20, t);
        }
      }
    }
  }

  private static void measure(int width, int batch, int steps, int threads) {
    try (Backend backend = Backends.open("cpu", new BackendOptions(Precision.FP32, threads, null));
        Arena arena = backend.newArena()) {
      NetworkSpec spec = NetworkSpec.mlp(784, width, 2, 10, Activation.TANH);
      PredictiveCoding rule = PredictiveCoding.jacobi(steps, 0.1);
      Network network =
          Network.create(
              backend,
              arena,
              spec,
              Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), OptimizerKind.SGD),
              1);
      ParameterUpdate update = new ParameterUpdate(backend, arena, network, new Optimizer.Sgd());
      update.setLearningRate(1e-3);
      RuleStep step =
          rule.prepare(new RuleContext(backend, arena, network, Loss.MSE, batch, update));
      backend.run(
          ops -> {
            ops.randomNormal(2, 1, 1, step.input());
            ops.randomNormal(2, 2, 0.3, step.target());
          });
      Plan floor = floor(backend, arena, network, batch, steps);
      double flops = 20.0 * 2 * 2 * batch * ((double) width * width + 10 * width);
      int inner = (int) Math.max(1, 2e9 / flops);
      for (int i = 0; i < 15; i++) {
        time(step::run, inner);
        time(floor::run, inner);
      }
      List<Double> ours = new ArrayList<>();
      List<Double> floors = new ArrayList<>();
      for (int i = 0; i < 21; i++) {
        ours.add(time(step::run, inner));
        floors.add(time(floor::run, inner));
      }
      double o = median(ours);
      double f = median(floors);
      System.out.printf(
          "W %5d B %4d threads %d: step %8.3f ms, floor %8.3f ms, ratio %.3f, floor %.1f GF/s%n",
          width, batch, threads, o * 1e3, f * 1e3, o / f, flops / f / 1e9);
    }
  }

  private static Plan floor(Backend backend, Arena arena, Network network, int batch, int steps) {
    NetworkSpec spec = network.spec();
    List<Tensor> act = new ArrayList<>();
    for (int width : spec.widths()) {
      act.add(arena.allocate(new Shape(batch, width)));
    }
    List<Tensor> other = new ArrayList<>();
    for (int width : spec.widths()) {
      other.add(arena.allocate(new Shape(batch, width)));
    }
    return backend.record(
        ops -> {
          ops.gemm(Gemm.forward(1, act.get(0), network.layer(1).weight().value(), act.get(1)));
          for (int t = 0; t < steps; t++) {
            for (int l = 2; l <= spec.layers(); l++) {
              Tensor w = network.layer(l).weight().value();
              ops.gemm(Gemm.forward(1, act.get(l - 1), w, other.get(l)));
              ops.gemm(Gemm.backward(1, act.get(l), w, other.get(l - 1)));
            }
          }
        });
  }

  private static double time(Runnable run, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      run.run();
    }
    return (System.nanoTime() - start) / 1e9 / times;
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
