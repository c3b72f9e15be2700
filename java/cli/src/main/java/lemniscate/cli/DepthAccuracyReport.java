package lemniscate.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
import lemniscate.study.DepthAccuracyStudy;
import lemniscate.study.DepthAccuracyStudy.Contender;
import lemniscate.study.DepthAccuracyStudy.Measurement;

/**
 * What {@code depth --accuracy} shows of its result.
 *
 * @param study that was run
 * @param result of it
 */
record DepthAccuracyReport(DepthAccuracyStudy study, DepthAccuracyStudy.Result result) {

  private static final int DECIMALS = 2;
  private static final double PERCENT = 100;

  /** Digits of a precision, which may be any power of ten. */
  private static final String PRECISION = "%.2g";

  /** Accuracies in per cent, by depth. */
  Table accuracies() {
    List<String> columns = new ArrayList<>(List.of("contender"));
    study.depths().forEach(depth -> columns.add("L = " + depth));
    Table table = Table.of("Test accuracy in per cent", columns.toArray(String[]::new));
    for (Contender contender : study.contenders()) {
      List<Object> row = new ArrayList<>(List.of(contender.name()));
      for (int depth : study.depths()) {
        double mean = result.mean(contender.name(), depth, Measurement::accuracy);
        row.add(Double.isFinite(mean) ? number(PERCENT * mean) : "diverged");
      }
      table = table.with(row.toArray());
    }
    return table;
  }

  /** Why: whether credit arrives, and whether the equilibrium is backpropagation's. */
  Table causes() {
    Table table =
        Table.of(
            "Credit that does not arrive, and equilibria that leave backpropagation",
            "contender",
            "L",
            "reach",
            "smallest cosine",
            "s at the start",
            "largest s",
            "γ_L",
            "γ_L for s ≤ " + DepthAccuracyStudy.NEAR);
    for (Contender contender : study.contenders()) {
      String name = contender.name();
      for (int depth : study.depths()) {
        boolean settles = Double.isFinite(result.mean(name, depth, Measurement::largestFactor));
        table =
            table.with(
                name,
                depth,
                number(result.mean(name, depth, Measurement::reach)),
                number(result.mean(name, depth, Measurement::cosine)),
                number(result.mean(name, depth, Measurement::firstFactor)),
                number(result.mean(name, depth, Measurement::largestFactor)),
                settles ? precision(result.mean(name, depth, Measurement::precision)) : "–",
                settles ? precision(result.mean(name, depth, Measurement::nearPrecision)) : "–");
      }
    }
    return table;
  }

  private static String number(double value) {
    return Table.number(value, DECIMALS);
  }

  private static String precision(double value) {
    return String.format(Locale.ROOT, PRECISION, value);
  }

  /** The page, without files, command and provenance. */
  ReportPage page() {
    Config base = study.base();
    ReportPage page =
        ReportPage.of("Depth: what networks learn", verdict())
            .with(
                "%s, %s of width %d and depths %s, %s, %s, learning rate of %s and batch %d: %d epochs, %s."
                    .formatted(
                        base.get(ConfigSchema.DATA_NAME),
                        base.get(ConfigSchema.NET_PRESET),
                        base.get(ConfigSchema.NET_WIDTH),
                        study.depths().stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(", ")),
                        base.get(ConfigSchema.NET_ACTIVATION),
                        base.get(ConfigSchema.LOSS),
                        base.get(ConfigSchema.OPTIM_NAME),
                        base.get(ConfigSchema.TRAIN_BATCH),
                        base.get(ConfigSchema.TRAIN_EPOCHS),
                        study.seeds() == 1 ? "1 seed" : study.seeds() + " seeds"))
            .with(
                "Reach is the fraction of the units that get a gradient of some size and of a direction"
                    + " that has to do with backpropagation's; below 1 inference was too short. s is what"
                    + " the equilibrium divides the output error by; above 1 it is no longer"
                    + " backpropagation's, however long the inference. s − 1 is proportional to γ_L.");
    page = learns() ? page.with(accuracyFigure()) : page;
    page = compares() ? page.with(causesFigure()) : page;
    return page.with(accuracies()).with(causes());
  }

  private Verdict verdict() {
    return new Verdict(
        Verdict.Outcome.MEASURED,
        "%d contenders at %d depths".formatted(study.contenders().size(), study.depths().size()));
  }

  /** The fields of the JSON. */
  Map<String, Object> fields(String page) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(
        "measurements", result.measurements().stream().map(DepthAccuracyReport::fields).toList());
    fields.put("report", page);
    return fields;
  }

  private static Map<String, Object> fields(Measurement m) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("contender", m.contender());
    fields.put("depth", m.depth());
    fields.put("seed", m.seed());
    fields.put("testAccuracy", m.accuracy());
    fields.put("accuracies", m.accuracies());
    fields.put("reach", m.reach());
    fields.put("reaches", m.reaches());
    fields.put("cosine", m.cosine());
    fields.put("equilibriumFactors", m.factors());
    fields.put("gammaLast", m.precision());
    fields.put("gammaLastNear1", m.nearPrecision());
    return fields;
  }

  // ---------------------------------------------------------------- figures

  private Figure accuracyFigure() {
    return Figure.of(
        "accuracy",
        "Test accuracy",
        "Fraction of the test examples classified correctly after training, by depth. Means over"
            + " seeds.",
        panel("", Axis.linear("test accuracy"), Measurement::accuracy));
  }

  private Figure causesFigure() {
    return new Figure(
        "causes",
        "Why accuracy falls",
        "Left: reach after training, below 1 where credit does not arrive. Right: the largest s of"
            + " the training, above 1 where the equilibrium leaves backpropagation. Means over seeds.",
        2,
        false,
        Stream.of(
                panel("", Axis.linear("reach"), Measurement::reach),
                panel("", Axis.log10("s"), Measurement::largestFactor))
            .filter(panel -> !panel.series().isEmpty())
            .toList());
  }

  private boolean compares() {
    return result.measurements().stream().anyMatch(m -> Double.isFinite(m.reach()));
  }

  private boolean learns() {
    return result.measurements().stream().anyMatch(m -> Double.isFinite(m.accuracy()));
  }

  private Panel panel(String title, Axis axis, ToDoubleFunction<Measurement> number) {
    List<Series> series = new ArrayList<>();
    for (int i = 0; i < study.contenders().size(); i++) {
      String name = study.contenders().get(i).name();
      List<Series.Point> points = new ArrayList<>();
      for (int depth : study.depths()) {
        double mean = result.mean(name, depth, number);
        if (Double.isFinite(mean)) {
          points.add(Series.Point.of(depth, mean));
        }
      }
      if (!points.isEmpty()) {
        series.add(Series.line(name, Tone.nth(i, study.contenders().size()), points));
      }
    }
    return new Panel(title, Axis.log2("net.depth"), axis, series);
  }
}
