package lemniscate.claim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import lemniscate.rule.bp.BackPropagation;

/** Fixed predictions and zero divergence. */
final class PcIsBackpropagation implements Claim {

  @Override
  public Card card() {
    return new Card(
        "pc-is-bp",
        "With predictions that stay fixed, rate 1 and as many steps as there are hidden layers, and"
            + " under Z-IL, the gradient of predictive coding is that of backpropagation.",
        "arXiv 2411.02001, section 4; docs/rules/pc.md, identities",
        "lemniscate train --rule pc --pc.scheme fpa --pc.rate 1 --metrics.angleTo bp",
        "A difference beyond rounding. A rate of 0.9, or one step less, leaves one of a tenth or"
            + " more.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pc",
        "net.depth", "4",
        "net.activation", "tanh",
        "train.batch", "7",
        "param.scheme", "mup",
        "pc.rate", "1",
        "steps", "1,2,3,4",
        "width", preset.pick("65", "257", "1025"),
        "seeds", preset.pick("5", "10", "10"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<Check> checks = new ArrayList<>();
    List<Finding.Curve> curves = new ArrayList<>();
    for (String precision : List.of("fp64", "fp32")) {
      // The roundings of a few sums of some hundred terms.
      double tolerance = precision.equals("fp64") ? 1e-12 : 1e-5;
      ClaimSettings own = settings.with("precision", precision);
      List<Finding.Point> points = new ArrayList<>();
      List<Double> last = List.of();
      for (int steps : settings.integers("steps")) {
        last =
            distances(own.with("pc.scheme", "fpa", "pc.steps", String.valueOf(steps)), laboratory);
        points.add(Finding.Point.over(steps, last));
      }
      curves.add(new Finding.Curve("fpa, " + precision, points));
      checks.add(check("fpa, all steps, " + precision, last, tolerance));
      checks.add(
          check(
              "Z-IL, " + precision,
              distances(own.with("pc.scheme", "zil"), laboratory),
              tolerance));
    }
    return new Finding(
        checks,
        new Finding.Plot(
            "steps of inference", false, "relative distance to the gradient of bp", true, curves));
  }

  private static Check check(String what, List<Double> distances, double tolerance) {
    return Check.exact(
        "largest relative distance of a layer's gradient from backpropagation's, " + what,
        Collections.max(distances),
        0,
        tolerance);
  }

  private static List<Double> distances(ClaimSettings settings, Laboratory laboratory) {
    return GradientBench.overSeeds(
        settings,
        laboratory,
        bench -> {
          List<double[]> expected = bench.gradients(new BackPropagation());
          List<double[]> found = bench.gradients(bench.rule());
          double largest = 0;
          for (int l = 0; l < found.size(); l++) {
            largest = Math.max(largest, GradientBench.distance(found.get(l), expected.get(l)));
          }
          return largest;
        });
  }
}
