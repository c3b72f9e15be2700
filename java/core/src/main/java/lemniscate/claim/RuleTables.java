package lemniscate.claim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.Config;
import lemniscate.rule.RulesTableRow;
import lemniscate.study.RulesTablePreset;
import lemniscate.study.RulesTableStudy;
import lemniscate.sweep.SeedMean;

/** Tables of rules of claims: accuracies over seeds, rates chosen on held out examples. */
final class RuleTables {

  private RuleTables() {}

  /** Settings that claims about the same rows share. */
  static ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rows", "bp,fa,drtp,pepita,pepita+wd,pepita+wm,pepita+norm",
        "data", preset.pick("fashion-mnist-mini", "mnist", "mnist,cifar-10"),
        "table", preset.pick("short", "short", "published"),
        "epochs", preset.pick("3", "10", "100"),
        "validation", preset.pick("2000", "10000", "10000"),
        "depths", "1",
        // Those that the short table chooses; others where they are chosen again.
        "rates",
            preset.pick(
                "bp 0.03,fa 0.03,drtp 0.03,pepita 0.1,pepita+wd 0.1,pepita+wm 0.1,pepita+norm 30",
                "chosen",
                "chosen"),
        "seeds", "5");
  }

  /** {@return the lines of the table of some settings} */
  static List<RulesTableStudy.Line> lines(ClaimSettings settings, Laboratory laboratory) {
    RulesTablePreset start = RulesTablePreset.named(settings.text("table"), "claim");
    Config base =
        laboratory.config(start.keys(settings.integer("epochs"))).withAll(settings.keys(), "claim");
    RulesTableStudy study =
        new RulesTableStudy(
            base.checked(),
            RulesTableRow.named(settings.words("rows"), "claim"),
            settings.words("data"),
            settings.integers("depths"),
            settings.integer("seeds"),
            settings.integer("validation"),
            List.of());
    List<RulesTableStudy.Choice> choices =
        settings.text("rates").equals("chosen")
            ? study.choose(laboratory.sweep(study.validationSweep()))
            : given(study, settings);
    return study.lines(
        choices, study.testSweep(choices).map(laboratory::sweep).orElseGet(List::of));
  }

  private static List<RulesTableStudy.Choice> given(RulesTableStudy study, ClaimSettings settings) {
    Map<String, String> rates = new LinkedHashMap<>();
    for (String word : settings.words("rates")) {
      String[] parts = word.split(" ", 2);
      rates.put(parts[0], parts[1]);
    }
    List<RulesTableStudy.Choice> choices = new ArrayList<>();
    for (RulesTableStudy.Entry entry : study.entries()) {
      String rate = rates.get(entry.row().name());
      if (rate == null) {
        throw new IllegalArgumentException("no rate of row " + entry.row().name());
      }
      RulesTableStudy.Candidate candidate =
          new RulesTableStudy.Candidate(rate, Double.NaN, Double.NaN);
      choices.add(new RulesTableStudy.Choice(entry, List.of(candidate), candidate));
    }
    return choices;
  }

  /**
   * By how many points of accuracy one line is ahead of another, seed by seed; as a failure where a
   * seed diverged.
   */
  static SeedMean points(RulesTableStudy.Line of, RulesTableStudy.Line over) {
    List<Double> differences = new ArrayList<>();
    boolean paired = of.accuracies().size() == over.accuracies().size();
    for (int i = 0; paired && i < of.accuracies().size(); i++) {
      differences.add(100 * (of.accuracies().get(i) - over.accuracies().get(i)));
    }
    return SeedMean.of(differences);
  }

  /** {@return the line of a row at a depth, on the first data set} */
  static RulesTableStudy.Line line(List<RulesTableStudy.Line> lines, String row, int depth) {
    return lines.stream()
        .filter(line -> line.choice().entry().row().name().equals(row))
        .filter(line -> line.choice().entry().depth() == depth)
        .findFirst()
        .orElseThrow();
  }

  /** {@return one point for each row, at places from 1 on} */
  static Finding.Plot plot(List<RulesTableStudy.Line> lines, List<String> rows) {
    List<Finding.Curve> curves = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      List<Double> percent =
          line(lines, rows.get(i), 1).accuracies().stream().map(a -> 100 * a).toList();
      curves.add(new Finding.Curve(rows.get(i), List.of(Finding.Point.over(i + 1, percent))));
    }
    return new Finding.Plot("row of the table", false, "test accuracy, %", false, curves);
  }

  /** A claim that an extra helps: the points by which it is ahead of plain PEPITA are above 0. */
  static Finding gain(String row, ClaimSettings settings, Laboratory laboratory) {
    List<RulesTableStudy.Line> lines = lines(settings, laboratory);
    String against = settings.text("against");
    return new Finding(
        List.of(
            Check.between(
                "points by which %s is ahead of %s".formatted(row, against),
                points(line(lines, row, 1), line(lines, against, 1)),
                0,
                Double.POSITIVE_INFINITY)),
        plot(lines, List.of(against, row)));
  }
}
