package lemniscate.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.study.Slowness;
import lemniscate.train.ConfigHistory;
import lemniscate.train.RunHistory;
import lemniscate.train.RunHistory.Epoch;
import org.jspecify.annotations.Nullable;

/**
 * What {@code curves} shows.
 *
 * @param runs by the name that they have in legends
 */
record CurvesReport(Map<String, RunHistory> runs) {

  private static final Pattern OF_LAYER = Pattern.compile("(.*)\\.(layer\\d+)");

  /** Most panels in a row. */
  private static final int COLUMNS = 3;

  /** Numbers of a run by name, for JSON. */
  Map<String, Map<String, @Nullable Object>> fields() {
    Map<String, Map<String, @Nullable Object>> fields = new LinkedHashMap<>();
    runs.forEach((name, run) -> fields.put(name, fields(run)));
    return fields;
  }

  private static Map<String, @Nullable Object> fields(RunHistory run) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    List<Double> accuracies = run.accuracies();
    fields.put("rule", run.config().get(ConfigSchema.RULE));
    fields.put("epochs", accuracies.size());
    fields.put("testAccuracy", accuracies.getLast());
    Slowness fit = fit(accuracies);
    fields.put("slowness", fit == null ? Double.NaN : fit.slowness());
    fields.put("ceiling", fit == null ? Double.NaN : fit.ceiling());
    fields.put("diagnostics", run.epochs().getLast().diagnostics());
    if (!run.changes().isEmpty()) {
      fields.put("changes", run.changes().stream().map(CurvesReport::changed).toList());
    }
    return fields;
  }

  private static String changed(ConfigHistory.Change change) {
    return "after %s epochs: %s".formatted(change.epochs(), change.text());
  }

  private Table changes() {
    Table table =
        Table.of("Changed on the way", "run", "steps done", "epochs done", "change", "when");
    for (Map.Entry<String, RunHistory> run : runs.entrySet()) {
      for (ConfigHistory.Change change : run.getValue().changes()) {
        table =
            table.with(run.getKey(), change.step(), change.epochs(), change.text(), change.time());
      }
    }
    return table;
  }

  // None of a single epoch, or without accuracies.
  private static @Nullable Slowness fit(List<Double> accuracies) {
    boolean known = accuracies.stream().allMatch(Double::isFinite);
    return known && accuracies.size() > 1 ? Slowness.of(accuracies) : null;
  }

  /** A row for each run. */
  Table table() {
    Table table = Table.of("Runs", "run", "rule", "epochs", "test accuracy", "slowness", "ceiling");
    for (Map.Entry<String, RunHistory> run : runs.entrySet()) {
      Map<String, @Nullable Object> f = fields(run.getValue());
      table =
          table.with(
              run.getKey(),
              Objects.requireNonNull(f.get("rule")),
              Objects.requireNonNull(f.get("epochs")),
              Table.percent(real(f.get("testAccuracy")), 2),
              Table.number(real(f.get("slowness")), 3),
              Table.percent(real(f.get("ceiling")), 2));
    }
    return table;
  }

  private static double real(@Nullable Object x) {
    return x instanceof Double value ? value : Double.NaN;
  }

  /** The page, without command. */
  ReportPage page() {
    ReportPage page =
        ReportPage.of(
                "Runs over their epochs",
                new Verdict(Verdict.Outcome.MEASURED, runs.size() + " runs"))
            .with(
                "Slowness and ceiling are those of the least-squares fit of ceiling t/(slowness + t)"
                    + " to the test accuracy after epoch t: half of the ceiling is reached after as"
                    + " many epochs as the slowness says.")
            .with(table());
    if (runs.values().stream().anyMatch(run -> !run.changes().isEmpty())) {
      page = page.with(changes());
    }
    Table published = PublishedTable.of(configs());
    if (!published.rows().isEmpty()) {
      page = page.with(published);
    }
    if (!differences().isEmpty()) {
      page = page.with(RunDifferences.table(configs()));
    }
    for (Figure figure : figures()) {
      page = page.with(figure);
    }
    return page;
  }

  /** What there is to draw: of regression, no accuracy. */
  private List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    figures.add(
        Figure.of(
            "accuracy",
            "Test accuracy",
            "Fraction of the test examples classified correctly, after every epoch.",
            panel("", "test accuracy", Epoch::testAccuracy)));
    figures.add(
        Figure.of(
            "loss",
            "Test loss",
            "Mean loss over the test examples, after every epoch.",
            panel("", "test loss", Epoch::testLoss)));
    figures.add(reach());
    families().forEach((family, names) -> figures.add(figure(family, names)));
    figures.removeIf(
        figure -> figure.panels().stream().allMatch(panel -> panel.series().isEmpty()));
    return figures;
  }

  private Map<String, Config> configs() {
    Map<String, Config> configs = new LinkedHashMap<>();
    runs.forEach((name, run) -> configs.put(name, run.config()));
    return configs;
  }

  /** By key the values of the runs, where they are not all the same. */
  Map<String, Map<String, String>> differences() {
    return RunDifferences.of(configs());
  }

  /** Names of diagnostics without their layer, with the names that go with each. */
  private Map<String, Set<String>> families() {
    Map<String, Set<String>> families = new LinkedHashMap<>();
    runs.values().stream()
        .map(RunHistory::epochs)
        .flatMap(Collection::stream)
        .flatMap(epoch -> epoch.diagnostics().keySet().stream())
        .distinct()
        .forEach(
            name -> {
              Matcher layer = OF_LAYER.matcher(name);
              String family = layer.matches() ? layer.group(1) : name;
              families.computeIfAbsent(family, _ -> new LinkedHashSet<>()).add(name);
            });
    return families;
  }

  private Figure figure(String family, Set<String> names) {
    boolean angle = family.toLowerCase(Locale.ROOT).contains("angle");
    String unit = family + (angle ? " (degrees)" : "");
    List<Panel> panels = new ArrayList<>();
    for (String name : names) {
      Matcher layer = OF_LAYER.matcher(name);
      String title = layer.matches() ? layer.group(2) : names.size() > 1 ? "all layers" : "";
      panels.add(panel(title, unit, epoch -> epoch.diagnostics().getOrDefault(name, Double.NaN)));
    }
    return new Figure(
        fileName(family),
        family,
        "The runs' diagnostics of that name at the start and after every epoch.",
        Math.min(COLUMNS, panels.size()),
        true,
        panels);
  }

  private Figure reach() {
    return new Figure(
        "credit-reach",
        "Credit reach",
        "Fraction of the units that get a gradient of some size and of a direction that has to do"
            + " with backpropagation's; and, where it was measured last, for every unit from the"
            + " lowest on, the size of its gradient over that of backpropagation's, beside the upper"
            + " half of the units; the cosine between the two; and what Adam's ε leaves of a step.",
        2,
        true,
        List.of(
            reachOverSteps(),
            lastReach("relative size", RunHistory.Reach::relative),
            lastReach("cosine", RunHistory.Reach::cosines),
            lastReach("share", RunHistory.Reach::shares)));
  }

  private Panel reachOverSteps() {
    return series(
        "",
        Axis.linear("step"),
        "reach",
        run ->
            run.reaches().stream()
                .map(reach -> Series.Point.of(reach.step(), reach.reach()))
                .toList());
  }

  private Panel lastReach(String label, Function<RunHistory.Reach, List<Double>> numbers) {
    return series(
        "",
        Axis.linear("unit"),
        label,
        run -> {
          List<Series.Point> points = new ArrayList<>();
          if (!run.reaches().isEmpty()) {
            RunHistory.Reach last = run.reaches().getLast();
            for (int i = 0; i < last.units().size(); i++) {
              double y = numbers.apply(last).get(i);
              if (Double.isFinite(y)) {
                points.add(Series.Point.of(last.units().get(i), y));
              }
            }
          }
          return points;
        });
  }

  // angleTo.bp: angle-to-bp.
  private static String fileName(String family) {
    return family
        .replaceAll("([a-z0-9])([A-Z])", "$1-$2")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^a-z0-9]+", "-");
  }

  private Panel panel(String title, String label, ToDoubleFunction<Epoch> value) {
    return series(
        title,
        Axis.linear("epoch"),
        label,
        run ->
            run.epochs().stream()
                .filter(epoch -> Double.isFinite(value.applyAsDouble(epoch)))
                .map(epoch -> Series.Point.of(epoch.epoch(), value.applyAsDouble(epoch)))
                .toList());
  }

  private Panel series(
      String title, Axis axis, String label, Function<RunHistory, List<Series.Point>> points) {
    List<Series> series = new ArrayList<>();
    int i = 0;
    for (Map.Entry<String, RunHistory> run : runs.entrySet()) {
      List<Series.Point> own = points.apply(run.getValue());
      if (!own.isEmpty()) {
        series.add(Series.line(run.getKey(), Tone.nth(i, runs.size()), own));
      }
      i++;
    }
    return new Panel(title, axis, Axis.linear(label), series);
  }
}
