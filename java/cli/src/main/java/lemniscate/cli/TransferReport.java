package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.config.ConfigSchema;
import lemniscate.study.CurveOptimum;
import lemniscate.study.Judgement;
import lemniscate.study.LossCurve;
import lemniscate.study.Spread;
import lemniscate.study.TransferAnalysis;
import lemniscate.study.TransferResult;
import lemniscate.study.TransferStudy;
import lemniscate.train.Architecture;
import org.jspecify.annotations.Nullable;

/**
 * What {@code transfer} shows of its result.
 *
 * @param study that was run
 * @param analysis of its trials
 */
record TransferReport(TransferStudy study, TransferAnalysis analysis) {

  private static final int DECIMALS = 2;

  /** The best values: a row for each rule and scheme, a column for each width. */
  Table optima() {
    List<String> header = new ArrayList<>(List.of("rule", "scheme"));
    study.sizes().forEach(size -> header.add(study.axis().symbol() + " = " + size));
    Table table =
        new Table("Best " + study.key() + " at each " + study.axis().word(), header, List.of());
    for (TransferResult result : analysis.results()) {
      List<Object> row = new ArrayList<>(List.of(result.rule(), result.scheme()));
      result.curves().forEach(curve -> row.add(optimum(curve.optimum())));
      table = table.with(row.toArray());
    }
    return table;
  }

  private static String optimum(CurveOptimum optimum) {
    String value = String.format(Locale.ROOT, "%.3g", optimum.value());
    return switch (optimum.place()) {
      case INSIDE, BESIDE_DIVERGENCE -> value;
      case LOW_EDGE -> "≤ " + value;
      case HIGH_EDGE -> "≥ " + value;
      case NONE -> "–";
    };
  }

  /** The drifts beside what is expected. */
  Table drifts() {
    Table table =
        Table.of(
            "Drift of the optimum from %s %d to %d, in octaves"
                .formatted(study.axis().word(), study.sizes().getFirst(), study.sizes().getLast()),
            "rule",
            "scheme",
            "drift",
            "95 % interval",
            "expected",
            "regret",
            "wider is better",
            "verdict");
    for (TransferResult result : analysis.results()) {
      Judgement verdict = result.verdict();
      table =
          table.with(
              result.rule(),
              result.scheme(),
              number(result.drift()),
              interval(result),
              result.expected().text(),
              regret(result.regret()),
              result.widerIsBetter() ? "yes" : "no",
              SlopeOptions.cell(verdict));
    }
    return table;
  }

  // None of a single seed.
  private static String interval(TransferResult result) {
    Spread interval = result.driftInterval();
    return interval.low() < interval.high() || Double.isFinite(result.driftSpread().low())
        ? number(interval.low()) + " … " + number(interval.high())
        : "–";
  }

  /** A sentence for each plateau. */
  List<String> plateaus() {
    return analysis.results().stream()
        .filter(TransferResult::isFlat)
        .map(
            result ->
                "flat, %s under %s: between the best values of the smallest and the largest %s losses differ by less than their noise over seeds, so no drift is claimed"
                    .formatted(result.rule(), result.scheme(), study.axis().word()))
        .toList();
  }

  private static String number(double value) {
    return Table.number(value, DECIMALS);
  }

  private static String regret(double regret) {
    return Double.isInfinite(regret) ? "diverges" : Table.percent(regret, 1);
  }

  // ---------------------------------------------------------------- page

  /** The page, without files, command and provenance. */
  ReportPage page() {
    ReportPage page =
        ReportPage.of(
                "Transfer of " + study.key() + " over " + study.axis().word() + "s", verdict())
            .with(setting())
            .with(figure())
            .with(drifts())
            .with(
                "The drift is log2 of the best value at the widest over that at the narrowest"
                    + " network. Regret: by how much the loss of the widest network exceeds its"
                    + " lowest one, if it takes the value that is best for the narrowest. Intervals"
                    + " are those of Student's t over the drifts of single seeds.")
            .with(optima());
    for (String plateau : plateaus()) {
      page = page.with(plateau + ".");
    }
    for (String scheme : study.schemes()) {
      String reason = study.expectation(scheme).notJudged();
      if (reason != null) {
        page = page.with("Not judged, " + reason + ".");
      }
    }
    return page;
  }

  private Verdict verdict() {
    String drifts =
        analysis.results().stream()
            .map(
                result ->
                    "%s under %s %s"
                        .formatted(result.rule(), result.scheme(), number(result.drift())))
            .collect(Collectors.joining(", "));
    String line =
        "From %s %d to %d the best %s drifts, in octaves: %s."
            .formatted(
                study.axis().word(),
                study.sizes().getFirst(),
                study.sizes().getLast(),
                study.key(),
                drifts);
    return switch (analysis.verdict()) {
      case PASS -> Verdict.of(true, line + " That is what theory expects of each.");
      case FAIL -> Verdict.of(false, line + " Not all of it is expected.");
      case INCONCLUSIVE -> new Verdict(Verdict.Outcome.INCONCLUSIVE, line + " " + remedy());
      case NOT_JUDGED -> new Verdict(Verdict.Outcome.MEASURED, line);
    };
  }

  private String remedy() {
    boolean atEdge =
        analysis.results().stream()
            .flatMap(result -> result.curves().stream())
            .map(curve -> curve.optimum().place())
            .anyMatch(
                place ->
                    place == CurveOptimum.Place.LOW_EDGE || place == CurveOptimum.Place.HIGH_EDGE);
    return atEdge
        ? "Some optimum lies at an end of the grid: widen it by --values."
        : "Some interval reaches across what is expected: more --seeds make it narrower.";
  }

  private String setting() {
    String length =
        study
            .base()
            .get(ConfigSchema.TRAIN_STEPS)
            .map(steps -> steps + " steps")
            .orElseGet(() -> study.base().get(ConfigSchema.TRAIN_EPOCHS) + " epochs");
    return "%s, %s of %s, %s, %s of batch %d, %d seeds; %s."
        .formatted(
            study.base().get(ConfigSchema.DATA_NAME),
            Architecture.text(study.base()),
            study.base().get(ConfigSchema.NET_ACTIVATION),
            study.base().get(ConfigSchema.OPTIM_NAME),
            length,
            study.base().get(ConfigSchema.TRAIN_BATCH),
            study.seeds(),
            study.metric().text()
                + (study.metric() == TransferStudy.Metric.TRAIN
                    ? " averaged over the last epoch"
                    : " after the last step"));
  }

  private Figure figure() {
    List<Panel> panels = new ArrayList<>();
    for (TransferResult result : analysis.results()) {
      panels.add(
          new Panel(
              result.rule() + " under " + result.scheme(),
              Axis.log2(study.key() + " at the base width"),
              Axis.log10(study.metric().text()),
              result.curves().stream().map(this::series).toList()));
    }
    return new Figure(
        "transfer",
        "Loss over " + study.key(),
        "One curve for each "
            + study.axis().word()
            + "; means over seeds, with bars of one standard deviation. A ring"
            + " marks the lowest point of a curve, a cross a value at which a seed diverged.",
        study.schemes().size(),
        true,
        panels);
  }

  private Series series(LossCurve curve) {
    List<Series.Point> points = new ArrayList<>();
    for (LossCurve.Point point : curve.points()) {
      points.add(
          point.diverged() > 0
              ? Series.Point.diverged(point.value())
              : Series.Point.of(
                  point.value(),
                  point.loss(),
                  // A bar that reaches 0 has no place on a logarithmic axis.
                  point.lossStd() < point.loss() ? point.loss() - point.lossStd() : Double.NaN,
                  point.loss() + point.lossStd()));
    }
    Series line =
        Series.line(
            study.axis().word() + " " + curve.size(),
            Tone.shade(study.sizes().indexOf(curve.size()), study.sizes().size()),
            points);
    return curve
        .best()
        .map(best -> line.withMark("optimum", best.value(), best.loss()))
        .orElse(line);
  }

  // ---------------------------------------------------------------- fields

  /** The result as JSON knows it. */
  Map<String, @Nullable Object> fields(Path page) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    boolean single = study.rules().size() == 1;
    fields.put("rule", single ? study.rules().getFirst() : study.rules());
    fields.put("key", study.key().name());
    List<Map<String, Object>> curves = new ArrayList<>();
    List<Map<String, Object>> optima = new ArrayList<>();
    List<Map<String, Object>> drifts = new ArrayList<>();
    Map<String, Map<String, Object>> driftOctaves = new LinkedHashMap<>();
    for (TransferResult result : analysis.results()) {
      for (LossCurve curve : result.curves()) {
        curve.points().forEach(point -> curves.add(fields(curve, point)));
        optima.add(optimumFields(curve));
      }
      drifts.add(driftFields(result));
      driftOctaves
          .computeIfAbsent(result.rule(), _ -> new LinkedHashMap<>())
          .put(result.scheme(), result.drift());
    }
    fields.put("curves", curves);
    fields.put("optima", optima);
    fields.put("drifts", drifts);
    fields.put("driftOctaves", single ? driftOctaves.values().iterator().next() : driftOctaves);
    fields.put("verdict", analysis.verdict().text());
    fields.put("report", page.toString());
    return fields;
  }

  private Map<String, Object> of(LossCurve curve) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rule", curve.rule());
    fields.put("scheme", curve.scheme());
    fields.put(study.axis().word(), curve.size());
    return fields;
  }

  private Map<String, Object> fields(LossCurve curve, LossCurve.Point point) {
    Map<String, Object> fields = of(curve);
    fields.put("key", study.key().name());
    fields.put("value", point.value());
    fields.put("loss", point.loss());
    fields.put("lossStd", point.lossStd());
    fields.put("seeds", point.seeds());
    fields.put("diverged", point.diverged());
    return fields;
  }

  private Map<String, Object> optimumFields(LossCurve curve) {
    Map<String, Object> fields = of(curve);
    fields.put("value", curve.optimum().value());
    fields.put("low", Math.pow(2, curve.spread().low()));
    fields.put("high", Math.pow(2, curve.spread().high()));
    fields.put("place", curve.optimum().place().text());
    fields.put("loss", curve.best().map(LossCurve.Point::loss).orElse(Double.NaN));
    return fields;
  }

  private static Map<String, Object> driftFields(TransferResult result) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rule", result.rule());
    fields.put("scheme", result.scheme());
    fields.put("driftOctaves", result.drift());
    fields.put("low", result.driftSpread().low());
    fields.put("high", result.driftSpread().high());
    fields.put("atLeast", result.driftAtLeast());
    fields.put("atMost", result.driftAtMost());
    fields.put("flat", result.isFlat());
    fields.put("regret", result.regret());
    fields.put("regretDiverges", Double.isInfinite(result.regret()));
    fields.put("widerIsBetter", result.widerIsBetter());
    fields.put("verdict", result.verdict().text());
    return fields;
  }
}
