package lemniscate.claim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.network.ForwardPass;
import lemniscate.network.Network;
import lemniscate.network.Products;
import lemniscate.network.Slabs;
import lemniscate.network.UnitPass;
import lemniscate.rule.pepita.PepitaStep;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Tensor;

/** Forward-Forward beside PEPITA. */
final class HebbianPepitaIsForwardForward implements Claim {

  @Override
  public Card card() {
    return new Card(
        "ff-pepita",
        "The update of PEPITA's Hebbian form is twice that of Forward-Forward at logit 0 with the"
            + " modulated pass for positive and the plain one for negative data, for rectifiers and"
            + " the identity.",
        "arXiv 2302.05440, relation to Forward-Forward (arXiv 2212.13345); docs/rules/ff.md",
        "lemniscate reproduce ff-pepita",
        "A difference beyond rounding, as of PEPITA's modulated form.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pepita",
        "precision", "fp64",
        "param.scheme", "sp",
        "net.depth", "3",
        "train.batch", "7",
        "pepita.variant", "hebbian",
        "pepita.projectionScale", "0.8",
        "activations", "relu,linear",
        "widths", preset.pick("9,33,65", "33,129,513", "33,129,1025"),
        "seeds", preset.pick("5", "10", "10"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<Check> checks = new ArrayList<>();
    List<Finding.Curve> curves = new ArrayList<>();
    for (String activation : settings.words("activations")) {
      List<Finding.Point> points = new ArrayList<>();
      double largest = 0;
      for (String width : settings.words("widths")) {
        List<Double> distances =
            GradientBench.overSeeds(
                settings.with("net.activation", activation, "width", width),
                laboratory,
                bench ->
                    bench.after(
                        bench.rule(),
                        step -> distance(bench.backend(), bench.network(), (PepitaStep) step)));
        largest = Math.max(largest, Collections.max(distances));
        points.add(Finding.Point.over(Integer.parseInt(width), distances));
      }
      curves.add(new Finding.Curve(activation, points));
      checks.add(
          Check.exact(
              "largest relative distance of a hidden layer's updates, " + activation,
              largest,
              0,
              1e-12));
    }
    return new Finding(
        checks, new Finding.Plot("width", true, "relative distance of updates", true, curves));
  }

  private static double distance(Backend backend, Network network, PepitaStep pepita) {
    int last = network.spec().layers();
    List<double[]> expected = new ArrayList<>();
    for (int l = 1; l < last; l++) {
      expected.add(backend.read(network.layer(l).weight().gradient()));
    }
    double[] both = modulatedAndPlain(backend, network, pepita);
    int rows = both.length / network.spec().inputs();
    try (Arena arena = backend.newArena()) {
      ForwardPass pass = new ForwardPass(arena, network, rows);
      backend.upload(both, pass.input());
      List<Tensor> moves = Slabs.activities(arena, network.spec(), rows, 1, last - 1);
      List<Tensor> gated = Slabs.activities(arena, network.spec(), rows, 1, last - 1);
      Tensor total = arena.allocateScalars(1);
      backend.run(
          ops -> {
            pass.record(ops);
            Products products = new Products(ops);
            for (UnitPass unit : pass.passes().subList(0, last - 1)) {
              int l = unit.unit().index();
              // Factor and threshold 0: every logit is 0.
              ops.goodness().contrast(0, 0, unit.output(), moves.get(l - 1), total);
              unit.gate(ops, moves.get(l - 1), gated.get(l - 1));
              // The mean is over twice as many rows as PEPITA's.
              unit.gradients(products, 2, gated.get(l - 1), unit.input());
            }
            products.record();
          });
    }
    double largest = 0;
    for (int l = 1; l < last; l++) {
      largest =
          Math.max(
              largest,
              GradientBench.distance(
                  backend.read(network.layer(l).weight().gradient()), expected.get(l - 1)));
    }
    return largest;
  }

  // x − F e above x, with e = f − y.
  private static double[] modulatedAndPlain(Backend backend, Network network, PepitaStep pepita) {
    double[] x = backend.read(pepita.input());
    double[] f = backend.read(pepita.projection());
    int inputs = network.spec().inputs();
    int outputs = network.spec().outputs();
    double[] move = pepita.displacement(network.spec().layers());
    double[] both = Arrays.copyOf(x, 2 * x.length);
    System.arraycopy(x, 0, both, x.length, x.length);
    for (int i = 0; i < x.length; i++) {
      for (int c = 0; c < outputs; c++) {
        both[i] += f[i % inputs * outputs + c] * move[i / inputs * outputs + c];
      }
    }
    return both;
  }
}
