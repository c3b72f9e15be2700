package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.sweep.SeedMean;

/** One sweep of sequential inference without fixed predictions. */
final class SequentialInferenceTurns implements Claim {

  @Override
  public Card card() {
    return new Card(
        "si-orthogonal",
        "One sweep of sequential inference at rate α whose predictions move turns the hidden"
            + " gradients of a linear network away from backpropagation's, to a cosine of"
            + " (1 − α)/√(1 − 2α + 2α²): orthogonal at rate 1.",
        "this project: docs/rules/pc.md, invariant V26; arXiv 2411.02001, figure 1 (right)",
        "lemniscate train --rule pc --pc.scheme si --pc.steps 1 --pc.rate 1 --metrics.angleTo bp",
        "A cosine that misses the formula by 0.05. With fixed predictions it is 1 at every rate.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pc",
        "precision", "fp64",
        "param.scheme", "mup",
        "param.form", "literal",
        "net.depth", "3",
        "net.activation", "linear",
        "train.batch", "8",
        "pc.scheme", "si",
        "pc.steps", "1",
        "rates", "0.1,0.5,1",
        "width", preset.pick("512", "1024", "4096"),
        "seeds", preset.pick("8", "16", "8"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<Check> checks = new ArrayList<>();
    List<Finding.Point> points = new ArrayList<>();
    List<Finding.Point> formula = new ArrayList<>();
    for (double rate : settings.numbers("rates")) {
      double expected = (1 - rate) / Math.sqrt(1 - 2 * rate + 2 * rate * rate);
      List<Double> cosines =
          GradientBench.overSeeds(
              settings.with("pc.rate", String.valueOf(rate)),
              laboratory,
              bench -> {
                List<double[]> bp = bench.gradients(new BackPropagation());
                List<double[]> pc = bench.gradients(bench.rule());
                double sum = 0;
                // The first layer has nothing below that could move, the last no error above.
                int hidden = bp.size() - 2;
                for (int l = 1; l <= hidden; l++) {
                  sum += GradientBench.cosine(pc.get(l), bp.get(l)) / hidden;
                }
                return sum;
              });
      checks.add(
          Check.near(
              "cosine of hidden gradients less the formula, rate " + rate,
              SeedMean.of(cosines.stream().map(cosine -> cosine - expected).toList()),
              0,
              0.05));
      points.add(Finding.Point.over(rate, cosines));
      formula.add(new Finding.Point(rate, expected, Double.NaN, Double.NaN));
    }
    return new Finding(
        checks,
        new Finding.Plot(
            "rate of inference",
            false,
            "cosine to backpropagation",
            false,
            List.of(new Finding.Curve("measured", points), new Finding.Curve("formula", formula))));
  }
}
