package lemniscate.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.sweep.Asha;
import lemniscate.sweep.Choice;
import lemniscate.sweep.SeedMean;
import lemniscate.sweep.SweepGroup;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialRow;
import lemniscate.text.Csv;
import lemniscate.train.BuildInfo;
import org.jspecify.annotations.Nullable;

/** What {@code sweep} tells of a store in words, as JSON and as a table of numbers. */
final class SweepSummary {

  private final SweepFindings findings;
  private final SweepSpec spec;
  private final Choice choice;
  private final @Nullable SweepGroup best;

  SweepSummary(SweepFindings findings) {
    this.findings = findings;
    this.spec = findings.spec();
    this.choice = findings.choice();
    this.best = findings.best();
  }

  /** Adds what was chosen, and by what. */
  void describe(TextTable table) {
    if (spec.asha().isPresent()) {
      table.row("trained to", String.join(", ", rungTexts()));
    }
    if (best == null) {
      return;
    }
    SweepGroup group = best;
    table
        .row("best", group.values() + ", of " + findings.groups().size() + " configurations")
        .row("  chosen by", findings.chosenBy(group));
    if (choice == Choice.TRAINING_LOSS) {
      table.row("  ", "without data.validation; the test examples have no part in it");
    }
    table.row("  " + choice.text(), SweepFindings.meanText(group.compared()));
    if (choice != Choice.VALIDATION_LOSS) {
      table.row(
          "  " + choice.evaluated() + " loss",
          SweepFindings.meanText(group.mean(TrialRow.Metrics::testLoss)));
    }
    if (choice != Choice.VALIDATION_ACCURACY) {
      double accuracy = group.mean(TrialRow.Metrics::testAccuracy).mean();
      table.row("  " + choice.evaluated() + " accuracy", RunReport.percent(accuracy));
    }
  }

  private List<String> rungTexts() {
    Asha asha = spec.asha().orElseThrow();
    List<String> texts = new ArrayList<>();
    for (int rung = 0; rung < asha.rungs().size(); rung++) {
      texts.add("%d to %s".formatted(findings.atRung(rung), asha.text(rung)));
    }
    return texts;
  }

  /** The rungs as JSON knows them. */
  List<Map<String, Object>> rungFields() {
    Asha asha = spec.asha().orElseThrow();
    List<Map<String, Object>> fields = new ArrayList<>();
    for (int rung = 0; rung < asha.rungs().size(); rung++) {
      fields.add(
          Map.of(asha.unit().text(), asha.rungs().get(rung), "trials", findings.atRung(rung)));
    }
    return fields;
  }

  /** The chosen configuration as JSON knows it; null if there is none. */
  @Nullable Map<String, Object> bestFields() {
    if (best == null) {
      return null;
    }
    String evaluated = choice.evaluated();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("values", best.values());
    fields.put("chosenBy", choice.text());
    fields.put("seeds", best.rows().size());
    fields.put("missing", best.missing());
    fields.put("trials", best.rows().stream().map(TrialRow::index).toList());
    fields.put("trainLoss", best.mean(TrialRow.Metrics::trainLoss).mean());
    fields.put(evaluated + "Loss", best.mean(TrialRow.Metrics::testLoss).mean());
    fields.put(evaluated + "Accuracy", best.mean(TrialRow.Metrics::testAccuracy).mean());
    return fields;
  }

  /** Every configuration, in the order of the sweep. */
  String csv() {
    List<Object> header = new ArrayList<>(findings.keys());
    header.addAll(List.of("seeds", "missing", "diverged", "steps", "mean", "half", "trainLoss"));
    header.add(choice.evaluated() + "Loss");
    header.add(choice.evaluated() + "Accuracy");
    Csv csv = new Csv(header.stream().map(String::valueOf).toArray(String[]::new));
    for (SweepGroup group : findings.groups()) {
      List<Object> cells = new ArrayList<>(group.values().values());
      SeedMean compared = group.compared();
      cells.addAll(
          List.of(
              group.rows().size(),
              group.missing(),
              group.diverged(),
              group.rows().isEmpty() ? "" : group.rows().getFirst().metrics().steps(),
              Csv.number(compared.mean()),
              Csv.number(compared.half()),
              Csv.number(group.mean(TrialRow.Metrics::trainLoss).mean()),
              Csv.number(group.mean(TrialRow.Metrics::testLoss).mean()),
              Csv.number(group.mean(TrialRow.Metrics::testAccuracy).mean())));
      csv.row(cells.toArray());
    }
    return csv.toString();
  }

  /** What the numbers came from. */
  Map<String, Object> provenance() {
    BuildInfo build = BuildInfo.current();
    Config first = findings.part().getFirst().config();
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("version", build.version());
    facts.put("commit", build.commit());
    facts.put("backend", first.get(ConfigSchema.BACKEND));
    facts.put("precision", first.get(ConfigSchema.PRECISION));
    facts.put("java", Runtime.version().toString());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    facts.put(
        "trainingTime",
        String.format(
            Locale.ROOT,
            "%.1f s",
            findings.rows().stream().mapToDouble(row -> row.time().seconds()).sum()));
    findings.rows().stream()
        .map(row -> row.time().finished())
        .max(String::compareTo)
        .ifPresent(last -> facts.put("lastTrial", last));
    return facts;
  }
}
