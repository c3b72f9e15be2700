package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.study.RulesTableStudy;

/** PEPITA with more than one hidden layer. */
final class PepitaInDepth implements Claim {

  @Override
  public Card card() {
    return new Card(
        "pepita-depth",
        "With normalised activities PEPITA is ahead of PEPITA without them in three hidden layers,"
            + " and loses at most two points from one layer to three.",
        "arXiv 2302.05440, depth of PEPITA (figures read by its reviewers)",
        "lemniscate reproduce rules-table --rows pepita,pepita+norm --depths 1,3 --seeds 5",
        "Plain PEPITA that does as well in three layers, or a loss of more than two points with"
            + " normalised activities.",
        "Two and three hidden layers within about a point of one (reviewers' reading of the"
            + " figures, confirmed).");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return RuleTables.settings(preset)
        .with(
            "rows",
            "pepita,pepita+norm",
            "depths",
            "1,3",
            "rates",
            "chosen",
            "better",
            "pepita+norm");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<RulesTableStudy.Line> lines = RuleTables.lines(settings, laboratory);
    int shallow = settings.integers("depths").getFirst();
    int deep = settings.integers("depths").getLast();
    String better = settings.text("better");
    RulesTableStudy.Line there = RuleTables.line(lines, better, deep);
    List<Finding.Curve> curves = new ArrayList<>();
    for (String row : settings.words("rows")) {
      List<Finding.Point> points = new ArrayList<>();
      for (int depth : settings.integers("depths")) {
        List<Double> percent =
            RuleTables.line(lines, row, depth).accuracies().stream().map(a -> 100 * a).toList();
        points.add(Finding.Point.over(depth, percent));
      }
      curves.add(new Finding.Curve(row, points));
    }
    return new Finding(
        List.of(
            Check.between(
                "points by which %s is ahead of pepita, %d hidden layers".formatted(better, deep),
                RuleTables.points(there, RuleTables.line(lines, "pepita", deep)),
                0,
                Double.POSITIVE_INFINITY),
            Check.between(
                "points from %d to %d hidden layers, %s".formatted(shallow, deep, better),
                RuleTables.points(there, RuleTables.line(lines, better, shallow)),
                -2,
                Double.POSITIVE_INFINITY)),
        new Finding.Plot("hidden layers", false, "test accuracy, %", false, curves));
  }
}
