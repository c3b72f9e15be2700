package lemniscate.cli;

import static lemniscate.cli.SweepFindings.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import lemniscate.cli.SweepFigures.Places;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Scale;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.sweep.Asha;
import lemniscate.sweep.Choice;
import lemniscate.sweep.Outcome;
import lemniscate.sweep.SeedMean;
import lemniscate.sweep.SweepGroup;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialRow;
import org.jspecify.annotations.Nullable;

/** The page of a store, finished or not. */
final class SweepReport {

  /** Every configuration with its numbers. */
  static final String GROUPS = "configurations.csv";

  private static final int ROWS = 20;
  private static final int MOST_LINES = 200;
  private static final List<String> FIFTHS =
      List.of("worst fifth", "fourth", "third", "second", "best fifth");

  /** Numbers from here on are written with an exponent. */
  private static final double LONG = 1e5;

  private final SweepFindings findings;
  private final SweepFigures figures;
  private final SweepSpec spec;
  private final List<Trial> part;
  private final List<TrialRow> rows;
  private final SweepProgress progress;
  private final Choice choice;
  private final List<SweepGroup> groups;
  private final List<SweepGroup> ranked;
  private final @Nullable SweepGroup best;
  private final List<String> keys;

  SweepReport(SweepFindings findings) {
    this.findings = findings;
    this.figures = new SweepFigures(findings);
    this.spec = findings.spec();
    this.part = findings.part();
    this.rows = findings.rows();
    this.progress = findings.progress();
    this.choice = findings.choice();
    this.groups = findings.groups();
    this.ranked = findings.ranked();
    this.best = findings.best();
    this.keys = findings.keys();
  }

  // ---------------------------------------------------------------- page

  /** The page, without command and provenance. */
  ReportPage page() {
    ReportPage page = ReportPage.of("Sweep", verdict()).with(setting());
    if (spec.asha().isPresent()) {
      page = page.with(rungs());
    }
    page = page.with(table());
    if (groups.stream().anyMatch(group -> !group.rows().isEmpty())) {
      page = page.with(figures.means());
      for (Figure figure : figures.overKeys()) {
        page = page.with(figure);
      }
      if (!keys.isEmpty()) {
        page = page.with(parallel());
      }
    }
    return page.withFile(GROUPS, "every configuration with its means")
        .withFile("sweep.yaml", "what is trained")
        .withFile("trials.jsonl", "every trial");
  }

  private Verdict verdict() {
    String state =
        progress.finished() < progress.trials()
            ? "Under way: %d of %d %s are finished. "
                .formatted(
                    progress.finished(),
                    progress.trials(),
                    spec.asha().isPresent() ? "trainings known so far" : "trials")
            : "";
    if (best == null) {
      return new Verdict(Verdict.Outcome.MEASURED, state + "No configuration can be chosen yet.");
    }
    return new Verdict(
        Verdict.Outcome.MEASURED,
        "%sBest of %d configurations by the %s: %s, %s."
            .formatted(
                state,
                groups.size(),
                findings.chosenBy(best),
                best.label().isEmpty() ? "the only one" : best.label(),
                SweepFindings.meanText(best.compared())));
  }

  private String setting() {
    Config first = part.getFirst().config();
    String by =
        choice == Choice.TRAINING_LOSS
            ? "compared by the training loss of the last epoch, for data.validation is not set;"
                + " test examples have no part in the choice"
            : "compared by the "
                + choice.text()
                + ", of examples that data.validation holds back; test examples are not looked at";
    String asha =
        spec.asha()
            .map(
                search ->
                    " Asynchronous successive halving: of the trials of a rung the best 1/%d go on, from %s to %s."
                        .formatted(search.eta(), search.text(0), search.text(findings.top())))
            .orElse("");
    return "%s: %d trials, %d configurations, %s. Configurations are %s. Intervals are of 95 %% for the mean over seeds (Student's t); one seed has none.%s"
        .formatted(
            first.get(ConfigSchema.DATA_NAME),
            part.size(),
            groups.size(),
            keys.isEmpty()
                ? "which differ in nothing"
                : "which differ in " + String.join(", ", keys),
            by,
            asha);
  }

  private Table rungs() {
    Asha asha = spec.asha().orElseThrow();
    Table table =
        Table.of("Rungs", "rung", "trained to", "trials", "diverged", "best " + choice.text());
    for (int rung = 0; rung < asha.rungs().size(); rung++) {
      int own = rung;
      List<TrialRow> there = rows.stream().filter(row -> findings.rung(row) == own).toList();
      double lowest =
          there.stream()
              .filter(row -> row.outcome() == Outcome.OK)
              .mapToDouble(row -> choice.value(row.metrics()))
              .filter(Double::isFinite)
              .map(value -> choice.cost(value))
              .min()
              .orElse(Double.NaN);
      table =
          table.with(
              rung,
              asha.text(rung),
              there.size(),
              there.stream().filter(row -> row.outcome() == Outcome.DIVERGED).count(),
              Table.number(choice == Choice.VALIDATION_ACCURACY ? -lowest : lowest, 4));
    }
    return table;
  }

  private Table table() {
    List<String> header = new ArrayList<>(List.of("rank"));
    header.addAll(keys);
    if (spec.asha().isPresent()) {
      header.add("trained to");
    }
    boolean intervals = groups.stream().anyMatch(group -> group.seeds() > 1);
    header.addAll(List.of("seeds", choice.text()));
    if (intervals) {
      header.add("± 95 %");
    }
    if (choice != Choice.VALIDATION_LOSS) {
      header.add(choice.evaluated() + " loss");
    }
    if (choice != Choice.VALIDATION_ACCURACY) {
      header.add(choice.evaluated() + " accuracy");
    }
    header.add("remark");
    Table table =
        new Table(
            groups.size() > ROWS
                ? "The best %d of %d configurations".formatted(ROWS, groups.size())
                : "Configurations, the best first",
            header,
            List.of());
    int rank = 1;
    for (SweepGroup group : ranked.subList(0, Math.min(ROWS, ranked.size()))) {
      List<Object> row = new ArrayList<>(List.of(rank++));
      group.values().values().forEach(value -> row.add(text(value)));
      if (spec.asha().isPresent()) {
        row.add(group.rows().isEmpty() ? "–" : spec.asha().get().text(findings.level(group)));
      }
      SeedMean mean = group.compared();
      row.addAll(List.of(group.rows().size() + " of " + group.seeds(), number(mean.mean())));
      if (intervals) {
        row.add(number(mean.half()));
      }
      if (choice != Choice.VALIDATION_LOSS) {
        row.add(number(group.mean(TrialRow.Metrics::testLoss).mean()));
      }
      if (choice != Choice.VALIDATION_ACCURACY) {
        row.add(Table.percent(group.mean(TrialRow.Metrics::testAccuracy).mean(), 2));
      }
      row.add(remark(group));
      table = table.with(row.toArray());
    }
    return table;
  }

  private String remark(SweepGroup group) {
    List<String> remarks = new ArrayList<>();
    if (group.equals(best)) {
      remarks.add("chosen");
    }
    if (group.diverged() > 0) {
      remarks.add(group.diverged() + " diverged");
    }
    if (group.failed() > 0) {
      remarks.add(group.failed() + " failed");
    }
    int missing = group.missing() - group.failed();
    if (missing > 0) {
      remarks.add(missing + " missing");
    }
    return String.join(", ", remarks);
  }

  private static String number(double value) {
    return Math.abs(value) >= LONG
        ? String.format(Locale.ROOT, "%.2e", value)
        : Table.number(value, 4);
  }

  /** Logarithmic where that puts the median nearer to the middle; by twos, if all are such. */
  static Scale scale(double[] values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    double low = sorted[0];
    double high = sorted[sorted.length - 1];
    if (!(low > 0) || high < SweepFigures.WIDE * low) {
      return Scale.LINEAR;
    }
    double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    double linear = Math.abs((median - low) / (high - low) - 0.5);
    double log = Math.abs(Math.log(median / low) / Math.log(high / low) - 0.5);
    if (log > linear) {
      return Scale.LINEAR;
    }
    boolean octaves =
        Arrays.stream(sorted)
            .map(value -> Math.log(value / low) / Math.log(2))
            .allMatch(octave -> Math.abs(octave - Math.rint(octave)) < 1e-9);
    return octaves ? Scale.LOG2 : Scale.LOG10;
  }

  // ---------------------------------------------------------------- parallel coordinates

  /**
   * An upright axis of the figure.
   *
   * @param places of the values of its key
   * @param low position of its lower end
   * @param high position of its upper end
   */
  private record Upright(Places places, double low, double high) {

    static Upright of(Places places, double[] values) {
      Scale scale = places.axis().scale();
      double[] positions =
          Arrays.stream(values).map(scale::position).filter(Double::isFinite).toArray();
      double low = Arrays.stream(positions).min().orElse(0);
      double high = Arrays.stream(positions).max().orElse(1);
      return high > low
          ? new Upright(places, low, high)
          : new Upright(places, low - 0.5, high + 0.5);
    }

    /** From 0 at the lower end to 1 at the upper. */
    double height(double value) {
      return (places.axis().scale().position(value) - low) / (high - low);
    }

    List<Panel.Note> notes(int column) {
      List<Panel.Note> notes = new ArrayList<>();
      List<String> names = places.axis().names();
      if (names != null) {
        for (int i = 0; i < names.size(); i++) {
          notes.add(new Panel.Note(column, height(i), names.get(i)));
        }
        return notes;
      }
      for (double share : new double[] {0, 0.5, 1}) {
        double value = places.axis().scale().value(low + share * (high - low));
        notes.add(new Panel.Note(column, share, text(rounded(value))));
      }
      return notes;
    }

    private static double rounded(double value) {
      return Double.parseDouble(String.format(Locale.ROOT, "%.3g", value));
    }
  }

  private Figure parallel() {
    List<SweepGroup> shown =
        ranked.stream()
            .filter(group -> !group.rows().isEmpty() && !figures.isCrossed(group))
            .limit(MOST_LINES)
            .toList();
    List<Upright> uprights = new ArrayList<>();
    List<String> shownKeys =
        keys.stream().filter(key -> findings.valuesOf(key).size() > 1).toList();
    for (String key : shownKeys) {
      Places places = figures.places(key);
      uprights.add(
          Upright.of(places, findings.valuesOf(key).stream().mapToDouble(places::at).toArray()));
    }
    uprights.add(
        Upright.of(
            new Places(figures.valueAxis(), List.of()),
            shown.stream().mapToDouble(group -> group.compared().mean()).toArray()));
    List<List<Series>> byFifth = new ArrayList<>();
    FIFTHS.forEach(fifth -> byFifth.add(new ArrayList<>()));
    for (int rank = 0; rank < shown.size(); rank++) {
      SweepGroup group = shown.get(rank);
      List<Series.Point> points = new ArrayList<>();
      for (int i = 0; i < shownKeys.size(); i++) {
        Object value = SweepFindings.value(group, shownKeys.get(i));
        points.add(Series.Point.of(i, uprights.get(i).height(uprights.get(i).places().at(value))));
      }
      points.add(
          Series.Point.of(shownKeys.size(), uprights.getLast().height(group.compared().mean())));
      int fifth = FIFTHS.size() - 1 - rank * FIFTHS.size() / shown.size();
      byFifth
          .get(fifth)
          .add(Series.line(FIFTHS.get(fifth), Tone.shade(fifth, FIFTHS.size()), points));
    }
    List<Panel.Note> notes = new ArrayList<>();
    for (int i = 0; i < uprights.size(); i++) {
      notes.addAll(uprights.get(i).notes(i));
    }
    List<String> names = Stream.concat(shownKeys.stream(), Stream.of(choice.text())).toList();
    return Figure.of(
        "parallel",
        "Parallel coordinates",
        "A line for each configuration"
            + (shown.size() == MOST_LINES ? " of the best " + MOST_LINES : "")
            + " without a cross, through the values of its parameters to its mean "
            + choice.text()
            + "; the better it ranks, the darker.",
        new Panel(
            "",
            Axis.named("", names),
            Axis.named("", List.of()).within(-0.06, 1.06),
            byFifth.stream().flatMap(List::stream).toList(),
            notes));
  }
}
