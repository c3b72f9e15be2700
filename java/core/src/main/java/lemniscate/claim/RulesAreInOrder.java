package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.study.RulesTableStudy;

/** The table of rules. */
final class RulesAreInOrder implements Claim {

  @Override
  public Card card() {
    return new Card(
        "rules-order",
        "With one hidden layer backpropagation is ahead of feedback alignment and of PEPITA, and"
            + " PEPITA is within three points of feedback alignment.",
        "arXiv 2201.11665, table 1; arXiv 2302.05440, table 1",
        "lemniscate reproduce rules-table --seeds 5",
        "A seed-by-seed difference of the other sign, or of more than three points.",
        "MNIST, 1 x 1024, 100 epochs: BP 98.63 ± 0.03, PEPITA 98.01 ± 0.09 (ICML 2022, confirmed);"
            + " FA 98.42 ± 0.07, DRTP 95.10 ± 0.10 (ICML 2022, from memory); BP 98.72, FA 98.48,"
            + " PEPITA 98.02 (ICLR 2024, from memory). Other data, widths and epochs than here.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return RuleTables.settings(preset).with("first", "bp");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<RulesTableStudy.Line> lines = RuleTables.lines(settings, laboratory);
    RulesTableStudy.Line first = RuleTables.line(lines, settings.text("first"), 1);
    List<Check> checks = new ArrayList<>();
    for (String behind : List.of("fa", "pepita")) {
      checks.add(
          Check.between(
              "points by which %s is ahead of %s".formatted(settings.text("first"), behind),
              RuleTables.points(first, RuleTables.line(lines, behind, 1)),
              0,
              Double.POSITIVE_INFINITY));
    }
    checks.add(
        Check.between(
            "points by which pepita is ahead of fa",
            RuleTables.points(RuleTables.line(lines, "pepita", 1), RuleTables.line(lines, "fa", 1)),
            -3,
            3));
    return new Finding(checks, RuleTables.plot(lines, settings.words("rows")));
  }
}
