package lemniscate.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Slabs;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;

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
    try (Backend backend = Backends.open("cpu", new BackendOptions(Precision.FP32, threads, null));
        PreparedStep prepared = PreparedStep.of(backend, rule, width, batch, 1e-3)) {
      List<Gemm> products = products(backend, prepared.arena(), prepared.network(), batch);
      Plan floor = backend.record(ops -> products.forEach(ops::gemm));
      double flops = products.stream().mapToDouble(Gemm::flops).sum();
      row.put("backend", backend.description());
      row.put("precision", "fp32");
      row.put("rule", "tp");
      row.put("variant", "dtp");
      row.put("feedback", "ridge");
      row.put("width", width);
      row.put("batch", batch);
      row.put("threads", threads);
      StepRatio.compare(prepared.step()::run, floor::run, flops, row);
      floor.close();
    }
  }

  /** What a step multiplies. */
  static List<Gemm> products(Backend backend, Arena arena, Network network, int batch) {
    NetworkSpec spec = network.spec();
    int last = spec.layers();
    List<Tensor> h = Slabs.activities(arena, spec, batch, 0, last);
    List<Tensor> results = Slabs.activities(arena, spec, batch, 0, last);
    for (Tensor tensor : h) {
      // Zeros would be quicker than numbers on no machine, and denormals slower on some.
      backend.run(ops -> ops.randomNormal(3, 1, 1, tensor));
    }
    List<Gemm> products = new ArrayList<>();
    for (int l = 1; l <= last; l++) {
      Tensor weight = network.layer(l).weight().value();
      products.add(Gemm.forward(1, h.get(l - 1), weight, results.get(l)));
    }
    for (int l = last; l >= 2; l--) {
      // The smaller system: that of the units where they are fewer than the examples.
      boolean fewUnits = spec.width(l) < batch;
      int side = Math.min(spec.width(l), batch);
      Tensor kernel = arena.allocate(new Shape(side, side));
      Tensor coefficients = arena.allocate(new Shape(batch, batch));
      products.add(
          fewUnits
              ? Gemm.outer(1, h.get(l), h.get(l), kernel)
              : Gemm.forward(1, h.get(l), h.get(l), kernel));
      products.add(Gemm.forward(1, h.get(l), h.get(l), coefficients));
      products.add(Gemm.backward(1, coefficients, h.get(l - 1), results.get(l - 1)));
    }
    for (int l = 1; l <= last; l++) {
      Tensor gradient = arena.allocate(network.layer(l).weight().value().shape());
      products.add(Gemm.outer(1, h.get(l), h.get(l - 1), gradient));
    }
    return products;
  }
}
