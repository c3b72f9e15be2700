package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.rule.LearningRule;
import lemniscate.sweep.SeedMean;
import lemniscate.train.Experiment;

/** PEPITA to first order in its projection. */
final class PepitaIsAdaptiveFeedback implements Claim {

  @Override
  public Card card() {
    return new Card(
        "pepita-afa",
        "To first order in the projection F, PEPITA is feedback alignment with adaptive feedback:"
            + " the relative distance of their hidden updates is proportional to the size of F, and"
            + " small at the published one.",
        "arXiv 2302.05440, section on adaptive feedback alignment",
        "lemniscate train --rule pepita --metrics.angleTo dfa; the two variants are pepita.variant"
            + " modulated and afa",
        "A power other than 1, as of rules that differ in the first order (the Hebbian form), or a"
            + " distance beyond a fifth.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pepita",
        "precision", "fp64",
        "param.scheme", "sp",
        "net.activation", "tanh",
        "net.depth", "3",
        "train.batch", "16",
        "pepita.variant", "modulated",
        "first", "afa",
        "scales", "0.0125,0.025,0.05",
        "units", "hidden",
        "width", preset.pick("128", "512", "2048"),
        "seeds", preset.pick("8", "16", "16"));
  }

  // The last layer learns from the output error itself, which would outweigh them.
  private static double[] hidden(List<double[]> gradients) {
    return GradientBench.joined(gradients.subList(0, gradients.size() - 1));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<String> scales = settings.words("scales");
    List<List<Double>> distances = new ArrayList<>();
    List<Finding.Point> points = new ArrayList<>();
    for (String scale : scales) {
      ClaimSettings own = settings.with("pepita.projectionScale", scale);
      LearningRule first =
          Experiment.rule(
              laboratory.config(own.with("pepita.variant", settings.text("first"))).checked());
      distances.add(
          GradientBench.overSeeds(
              own,
              laboratory,
              bench ->
                  GradientBench.distance(
                      hidden(bench.gradients(bench.rule())), hidden(bench.gradients(first)))));
      points.add(Finding.Point.over(Double.parseDouble(scale), distances.getLast()));
    }
    List<Double> powers = new ArrayList<>();
    double octaves =
        Math.log(Double.parseDouble(scales.getLast()) / Double.parseDouble(scales.getFirst()));
    for (int seed = 0; seed < settings.integer("seeds"); seed++) {
      powers.add(
          Math.log(distances.getLast().get(seed) / distances.getFirst().get(seed)) / octaves);
    }
    return new Finding(
        List.of(
            Check.near("power of the size of F of the distance", SeedMean.of(powers), 1, 0.1),
            Check.between(
                "relative distance at scale " + scales.getLast(),
                SeedMean.of(distances.getLast()),
                0,
                0.2)),
        new Finding.Plot(
            "scale of F",
            true,
            "relative distance of PEPITA and AFA",
            true,
            List.of(new Finding.Curve(settings.text("pepita.variant"), points))));
  }
}
