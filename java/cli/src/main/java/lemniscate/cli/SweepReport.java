package lemniscate.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
import lemniscate.text.Csv;
import lemniscate.train.BuildInfo;
import org.jspecify.annotations.Nullable;

/** What {@code sweep} shows of a store, finished or not. */
final class SweepReport {

  /** Every configuration with its numbers. */
  static final String GROUPS = "configurations.csv";

  private static final int ROWS = 20;
  private static final int MOST_POINTS = 60;
  private static final int MOST_LINES = 200;
  private static final int COLUMNS = 2;
  private static final int MOST_HUES = 4;
  private static final int MOST_NAMES = 12;
  private static final List<String> FIFTHS =
      List.of("worst fifth", "fourth", "third", "second", "best fifth");

  /** Of the smallest loss. */
  private static final double FAR = 100;

  /** Numbers from here on are written with an exponent. */
  private static final double LONG = 1e5;

  private static final double MARGIN = 0.08;
  private static final double HEADROOM = 0.2;

  /** Where a range of values is so wide, differences and ratios look different. */
  private static final double WIDE = 4;

  private final SweepSpec spec;
  private final List<Trial> part;
  private final List<TrialRow> rows;
  private final SweepProgress progress;
  private final Choice choice;
  private final List<SweepGroup> groups;
  private final List<SweepGroup> ranked;
  private final @Nullable SweepGroup best;
  private final List<String> keys;

  /** Above it a loss is as good as diverged; it would press all others together. */
  private final double highest;

  /** The first key with few names, by which points are told apart; null for none. */
  private final @Nullable String colouring;

  private final List<String> kinds;

  /**
   * Groups the trials by their configuration.
   *
   * @param part trials that count
   * @param rows of the store
   * @param progress how far it is
   */
  SweepReport(SweepSpec spec, List<Trial> part, List<TrialRow> rows, SweepProgress progress) {
    this.spec = spec;
    this.part = part;
    this.rows = rows;
    this.progress = progress;
    this.choice = spec.choice();
    this.groups = SweepGroup.of(spec, part, rows);
    this.ranked = SweepGroup.ranked(groups);
    this.best = SweepGroup.best(groups).orElse(null);
    this.keys = List.copyOf(groups.getFirst().values().keySet());
    this.highest = highest(groups, choice);
    this.colouring = colouring(groups, keys);
    this.kinds =
        spec.asha()
            .map(asha -> IntStream.range(0, asha.rungs().size()).mapToObj(asha::text).toList())
            .orElseGet(
                () -> groups.stream().map(group -> named(group, colouring)).distinct().toList());
  }

  // ---------------------------------------------------------------- text

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
        .row("best", group.values() + ", of " + groups.size() + " configurations")
        .row("  chosen by", chosenBy(group));
    if (choice == Choice.TRAINING_LOSS) {
      table.row("  ", "without data.validation; the test examples have no part in it");
    }
    table.row("  " + choice.text(), meanText(group.compared()));
    if (choice != Choice.VALIDATION_LOSS) {
      table.row(
          "  " + choice.evaluated() + " loss", meanText(group.mean(TrialRow.Metrics::testLoss)));
    }
    if (choice != Choice.VALIDATION_ACCURACY) {
      double accuracy = group.mean(TrialRow.Metrics::testAccuracy).mean();
      table.row("  " + choice.evaluated() + " accuracy", RunReport.percent(accuracy));
    }
  }

  private String chosenBy(SweepGroup group) {
    String seeds = group.rows().size() == 1 ? "1 seed" : group.rows().size() + " seeds";
    return "mean "
        + choice.text()
        + " over "
        + seeds
        + (group.missing() > 0 ? ", " + group.missing() + " of " + group.seeds() + " missing" : "");
  }

  private static String meanText(SeedMean mean) {
    return RunReport.number(mean.mean())
        + (Double.isFinite(mean.half())
            ? String.format(Locale.ROOT, " ± %.5f (95 %%)", mean.half())
            : "");
  }

  private List<String> rungTexts() {
    Asha asha = spec.asha().orElseThrow();
    List<String> texts = new ArrayList<>();
    for (int rung = 0; rung < asha.rungs().size(); rung++) {
      texts.add("%d to %s".formatted(atRung(rung), asha.text(rung)));
    }
    return texts;
  }

  private long atRung(int rung) {
    return rows.stream().filter(row -> rung(row) == rung).count();
  }

  private int rung(TrialRow row) {
    return Math.min(row.level(), top());
  }

  private int top() {
    return spec.asha().map(asha -> asha.rungs().size() - 1).orElse(0);
  }

  // ---------------------------------------------------------------- fields

  /** The rungs as JSON knows them. */
  List<Map<String, Object>> rungFields() {
    Asha asha = spec.asha().orElseThrow();
    List<Map<String, Object>> fields = new ArrayList<>();
    for (int rung = 0; rung < asha.rungs().size(); rung++) {
      fields.add(Map.of(asha.unit().text(), asha.rungs().get(rung), "trials", atRung(rung)));
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
    List<Object> header = new ArrayList<>(keys);
    header.addAll(List.of("seeds", "missing", "diverged", "steps", "mean", "half", "trainLoss"));
    header.add(choice.evaluated() + "Loss");
    header.add(choice.evaluated() + "Accuracy");
    Csv csv = new Csv(header.stream().map(String::valueOf).toArray(String[]::new));
    for (SweepGroup group : groups) {
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

  // ---------------------------------------------------------------- page

  /** The page, without command and provenance. */
  ReportPage page() {
    ReportPage page = ReportPage.of("Sweep", verdict()).with(setting());
    if (spec.asha().isPresent()) {
      page = page.with(rungs());
    }
    page = page.with(table());
    if (groups.stream().anyMatch(group -> !group.rows().isEmpty())) {
      page = page.with(means());
      for (Figure figure : overKeys()) {
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
                chosenBy(best),
                best.label().isEmpty() ? "the only one" : best.label(),
                meanText(best.compared())));
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
                        .formatted(search.eta(), search.text(0), search.text(top())))
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
      List<TrialRow> there = rows.stream().filter(row -> rung(row) == own).toList();
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
        row.add(group.rows().isEmpty() ? "–" : spec.asha().get().text(level(group)));
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

  private int level(SweepGroup group) {
    return Math.min(group.level(), top());
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

  private static String text(Object value) {
    if (value instanceof Double number) {
      return String.format(Locale.ROOT, "%.4g", number)
          .replaceAll("(\\.\\d*?)0+(e|$)", "$1$2")
          .replaceAll("\\.(e|$)", "$1");
    }
    return String.valueOf(value);
  }

  // ---------------------------------------------------------------- figures

  // Over the means, for intervals of few seeds are many times as long; crosses have a place above.
  private Axis valueAxis() {
    double[] means =
        groups.stream()
            .filter(group -> !group.rows().isEmpty() && !isCrossed(group))
            .mapToDouble(group -> group.compared().mean())
            .toArray();
    double low = Arrays.stream(means).min().orElse(0);
    double high = Arrays.stream(means).max().orElse(1);
    if (choice != Choice.VALIDATION_ACCURACY && low > 0) {
      double ratio = Math.max(high / low, WIDE);
      return Axis.log10(choice.text())
          .within(low * Math.pow(ratio, -MARGIN), low * Math.pow(ratio, 1 + HEADROOM));
    }
    double span = high > low ? high - low : 1;
    return Axis.linear(choice.text()).within(low - MARGIN * span, low + (1 + HEADROOM) * span);
  }

  private static double highest(List<SweepGroup> groups, Choice choice) {
    return choice == Choice.VALIDATION_ACCURACY
        ? Double.POSITIVE_INFINITY
        : FAR
            * groups.stream()
                .filter(group -> !group.rows().isEmpty())
                .mapToDouble(group -> Math.abs(group.compared().mean()))
                .filter(Double::isFinite)
                .min()
                .orElse(1);
  }

  /** Whether it is drawn as a cross. */
  private boolean isCrossed(SweepGroup group) {
    return group.diverged() > 0 || group.compared().mean() > highest;
  }

  private Series.Point point(double x, SweepGroup group) {
    if (isCrossed(group)) {
      return Series.Point.diverged(x);
    }
    SeedMean mean = group.compared();
    return Series.Point.of(x, mean.mean(), mean.low(), mean.high());
  }

  private String crosses() {
    return "A cross is a configuration of which a seed diverged"
        + (choice == Choice.VALIDATION_ACCURACY
            ? ""
            : String.format(Locale.ROOT, ", or whose loss exceeds %.3g", highest));
  }

  private static boolean isShown(SweepGroup group) {
    return !group.rows().isEmpty() || group.diverged() > 0;
  }

  private List<Series> series(Map<String, List<Series.Point>> points) {
    List<Series> series = new ArrayList<>();
    kinds.stream()
        .filter(points::containsKey)
        .forEach(
            kind ->
                series.add(
                    Series.points(kind, tone(kind), Objects.requireNonNull(points.get(kind)))));
    return series;
  }

  private Figure means() {
    List<SweepGroup> shown =
        ranked.stream().filter(SweepReport::isShown).limit(MOST_POINTS).toList();
    Map<String, List<Series.Point>> points = new LinkedHashMap<>();
    for (int i = 0; i < shown.size(); i++) {
      points
          .computeIfAbsent(kind(shown.get(i)), _ -> new ArrayList<>())
          .add(point(i + 1, shown.get(i)));
    }
    return Figure.of(
        "means",
        "Means over seeds",
        "The "
            + (shown.size() < groups.size() ? "best " + shown.size() : "")
            + " configurations in the order of the table; bars are 95 % intervals of the mean over"
            + " seeds. "
            + crosses()
            + ".",
        new Panel("", Axis.linear("rank"), valueAxis(), series(points)));
  }

  // What tells groups apart beside the places of their points: their rung, or the first key with
  // few names.
  private String kind(SweepGroup group) {
    if (spec.asha().isPresent()) {
      return spec.asha().get().text(group.rows().isEmpty() ? 0 : level(group));
    }
    return named(group, colouring);
  }

  private static String named(SweepGroup group, @Nullable String key) {
    return key == null ? "" : key + " " + text(value(group, key));
  }

  private Tone tone(String kind) {
    int place = Math.max(0, kinds.indexOf(kind));
    return spec.asha().isPresent()
        ? Tone.shade(place, kinds.size())
        : Tone.nth(place, Math.max(1, kinds.size()));
  }

  private static @Nullable String colouring(List<SweepGroup> groups, List<String> keys) {
    for (String key : keys) {
      Set<Object> values = valuesOf(groups, key);
      if (!isNumeric(values) && values.size() <= MOST_HUES) {
        return key;
      }
    }
    return null;
  }

  private static Object value(SweepGroup group, String key) {
    return Objects.requireNonNull(group.values().get(key));
  }

  private Set<Object> valuesOf(String key) {
    return valuesOf(groups, key);
  }

  private static Set<Object> valuesOf(List<SweepGroup> groups, String key) {
    Set<Object> values = new LinkedHashSet<>();
    groups.forEach(group -> values.add(value(group, key)));
    return values;
  }

  private static boolean isNumeric(Set<Object> values) {
    return values.stream().allMatch(Number.class::isInstance);
  }

  /** A panel for each key that varies, in figures of so many that they can be read. */
  private List<Figure> overKeys() {
    List<Panel> panels = new ArrayList<>();
    for (String key : keys) {
      if (valuesOf(key).size() > 1) {
        panels.add(over(key));
      }
    }
    if (panels.isEmpty()) {
      return List.of();
    }
    String what = choice == Choice.VALIDATION_ACCURACY ? "Accuracy" : "Loss";
    return List.of(
        new Figure(
            "parameters",
            what + " over each parameter",
            "Every configuration: its mean "
                + choice.text()
                + " over seeds with the 95 % interval, over the value of one parameter; the others"
                + " vary within a panel. "
                + crosses()
                + (spec.asha().isPresent() ? "; shades say to what length it was trained." : "."),
            Math.min(COLUMNS, panels.size()),
            false,
            panels));
  }

  private Panel over(String key) {
    Places places = places(key);
    Map<String, List<Series.Point>> points = new LinkedHashMap<>();
    for (SweepGroup group : groups) {
      if (isShown(group)) {
        points
            .computeIfAbsent(kind(group), _ -> new ArrayList<>())
            .add(point(places.at(value(group, key)), group));
      }
    }
    return new Panel("", places.axis(), valueAxis(), series(points));
  }

  /**
   * Where the values of a key lie.
   *
   * @param axis with names, where they are no numbers
   * @param order of the values that have names
   */
  private record Places(Axis axis, List<String> order) {

    double at(Object value) {
      List<String> names = axis.names();
      return names == null && value instanceof Number number
          ? number.doubleValue()
          : order.indexOf(text(value));
    }
  }

  private Places places(String key) {
    Set<Object> values = valuesOf(key);
    if (!isNumeric(values)) {
      List<String> names = values.stream().map(SweepReport::text).toList();
      // Of many, names would cover each other; the table has them.
      return new Places(
          Axis.named(
              key, names.size() > MOST_NAMES ? names.stream().map(name -> "").toList() : names),
          names);
    }
    Scale scale =
        scale(values.stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray());
    return new Places(
        switch (scale) {
          case LINEAR -> Axis.linear(key);
          case LOG2 -> Axis.log2(key);
          case LOG10 -> Axis.log10(key);
        },
        List.of());
  }

  /** Logarithmic where that puts the median nearer to the middle; by twos, if all are such. */
  static Scale scale(double[] values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    double low = sorted[0];
    double high = sorted[sorted.length - 1];
    if (!(low > 0) || high < WIDE * low) {
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
            .filter(group -> !group.rows().isEmpty() && !isCrossed(group))
            .limit(MOST_LINES)
            .toList();
    List<Upright> uprights = new ArrayList<>();
    List<String> shownKeys = keys.stream().filter(key -> valuesOf(key).size() > 1).toList();
    for (String key : shownKeys) {
      Places places = places(key);
      uprights.add(Upright.of(places, valuesOf(key).stream().mapToDouble(places::at).toArray()));
    }
    uprights.add(
        Upright.of(
            new Places(valueAxis(), List.of()),
            shown.stream().mapToDouble(group -> group.compared().mean()).toArray()));
    List<List<Series>> byFifth = new ArrayList<>();
    FIFTHS.forEach(fifth -> byFifth.add(new ArrayList<>()));
    for (int rank = 0; rank < shown.size(); rank++) {
      SweepGroup group = shown.get(rank);
      List<Series.Point> points = new ArrayList<>();
      for (int i = 0; i < shownKeys.size(); i++) {
        Object value = value(group, shownKeys.get(i));
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

  // ---------------------------------------------------------------- provenance

  /** What the numbers came from. */
  Map<String, Object> provenance() {
    BuildInfo build = BuildInfo.current();
    Config first = part.getFirst().config();
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
            Locale.ROOT, "%.1f s", rows.stream().mapToDouble(row -> row.time().seconds()).sum()));
    rows.stream()
        .map(row -> row.time().finished())
        .max(String::compareTo)
        .ifPresent(last -> facts.put("lastTrial", last));
    return facts;
  }
}
