package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.bp.BackPropagationStep;
import lemniscate.sweep.SeedMean;

/** The constant by which a residual stream divides the output error. */
final class StreamsTendToAConstant implements Claim {

  @Override
  public Card card() {
    return new Card(
        "kappa",
        "The rest of predictive coding in a linear residual stream divides the output error by"
            + " 1 + γ κ L/M with κ = (1 + 1/L)^(L+1) − 1, which tends to e − 1 with the depth.",
        "this project: docs/rules/pc.md, deep networks; invariant V48",
        "lemniscate reproduce kappa",
        "A ratio to the formula beyond 5 %, or a κ beyond 5 % of e − 1 in the deepest network."
            + " Branches without 1/√L make κ explode.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pc",
        "precision", "fp64",
        "param.scheme", "mup",
        "param.form", "literal",
        "param.depthExponent", "0.5",
        "net.preset", "resmlp",
        "net.activation", "linear",
        "train.batch", "3",
        "width", preset.pick("128", "512", "1024"),
        "depths", preset.pick("4,16,64", "4,8,16,32,64", "4,16,64,128"),
        "seeds", preset.pick("32", "48", "48"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<Check> checks = new ArrayList<>();
    List<Finding.Point> points = new ArrayList<>();
    List<Finding.Point> formula = new ArrayList<>();
    List<Double> last = List.of();
    for (int depth : settings.integers("depths")) {
      double expected = Math.pow(1 + 1.0 / depth, depth + 1.0) - 1;
      last = kappas(settings, depth, laboratory);
      checks.add(
          Check.near(
              "κ over its formula, %d blocks".formatted(depth),
              SeedMean.of(last.stream().map(kappa -> kappa / expected).toList()),
              1,
              0.05));
      points.add(Finding.Point.over(depth, last));
      formula.add(new Finding.Point(depth, expected, Double.NaN, Double.NaN));
    }
    checks.add(
        Check.near(
            "κ of the deepest over e − 1",
            SeedMean.of(last.stream().map(kappa -> kappa / (Math.E - 1)).toList()),
            1,
            0.05));
    return new Finding(
        checks,
        new Finding.Plot(
            "residual blocks",
            true,
            "κ",
            false,
            List.of(
                new Finding.Curve("measured", points),
                new Finding.Curve("(1 + 1/L)^(L+1) − 1", formula))));
  }

  // Of the sum of J Jᵀ over the hidden units: what unit errors of the output send back.
  private static List<Double> kappas(ClaimSettings settings, int depth, Laboratory laboratory) {
    int width = settings.integer("width");
    return GradientBench.overSeeds(
        settings.with("net.depth", String.valueOf(depth)),
        laboratory,
        bench -> {
          bench.batchOfUnitErrors();
          return bench.after(
                  new BackPropagation(),
                  step -> {
                    BackPropagationStep bp = (BackPropagationStep) step;
                    double sum = 0;
                    int units = bench.network().spec().layers();
                    for (int l = 1; l < units; l++) {
                      for (double value : bench.backend().read(bp.delta(l))) {
                        sum += value * value;
                      }
                    }
                    return sum / bench.network().spec().outputs();
                  })
              * width
              / depth;
        });
  }
}
