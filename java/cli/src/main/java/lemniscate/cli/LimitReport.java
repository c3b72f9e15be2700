package lemniscate.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.study.PowerLawFit;
import lemniscate.study.WidthLimit;
import lemniscate.study.WidthLimitStudy;
import org.jspecify.annotations.Nullable;

/**
 * What {@code limit} shows of its result.
 *
 * @param study that was run
 * @param result of it
 * @param rule name of the learning rule
 * @param scheme name of the parameterisation
 */
record LimitReport(
    WidthLimitStudy study, WidthLimitStudy.Result result, String rule, String scheme) {

  /** Points of the drawn curve; enough to look smooth. */
  private static final int CURVE_POINTS = 60;

  private static final String FIGURE = "limit-over-width";

  private WidthLimit limit() {
    return result.limit();
  }

  /** The fields of the JSON line, without the report. */
  Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("quantity", study.quantity().word());
    fields.put("rule", rule);
    fields.put("scheme", scheme);
    fields.put("steps", study.steps());
    fields.put("seeds", study.seeds());
    fields.put("widths", result.widths());
    fields.put("values", column(result::mean));
    fields.put("std", column(result::standardDeviation));
    fields.put("verdict", limit().verdict().text());
    fields.put("reason", limit().reason());
    fields.put("limit", limit().limit().value());
    fields.put("limitLow", limit().limit().low());
    fields.put("limitHigh", limit().limit().high());
    fields.put("exponent", limit().exponent().value());
    fields.put("exponentLow", limit().exponent().low());
    fields.put("exponentHigh", limit().exponent().high());
    fields.put("r2", limit().fit() == null ? Double.NaN : limit().fit().r2());
    return fields;
  }

  private List<Double> column(IntToDoubleFunction value) {
    return IntStream.range(0, result.widths().size()).mapToDouble(value).boxed().toList();
  }

  /** Values and fit by width; the last row is the limit where there is one. */
  Table table() {
    Table table =
        Table.of("By width", "width", study.quantity().word(), "std", "fitted", "95 % interval");
    for (int i = 0; i < result.widths().size(); i++) {
      table =
          table.with(
              result.widths().get(i),
              number(result.mean(i)),
              number(result.standardDeviation(i)),
              number(result.fitted(i)),
              "");
    }
    if (limit().verdict() == WidthLimit.Verdict.UNSUPPORTED) {
      return table;
    }
    WidthLimit.Estimate at = limit().limit();
    return table.with(
        "infinite", "", "", number(at.value()), number(at.low()) + " … " + number(at.high()));
  }

  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.5g", value) : "–";
  }

  /** What was followed. */
  String setting() {
    return "%s after %d %s, %s under %s, %d %s"
        .formatted(
            study.quantity().description(),
            study.steps(),
            study.steps() == 1 ? "step" : "steps",
            rule,
            scheme,
            study.seeds(),
            study.seeds() == 1 ? "seed" : "seeds");
  }

  /** The outcome in a sentence. */
  String outcome() {
    PowerLawFit fit = limit().fit();
    return switch (limit().verdict()) {
      case FITTED ->
          String.format(
              Locale.ROOT,
              "limit %s, exponent %.2f (95 %% interval %.2f … %.2f), r2 %.4f",
              number(limit().limit().value()),
              limit().exponent().value(),
              limit().exponent().low(),
              limit().exponent().high(),
              fit == null ? Double.NaN : fit.r2());
      case CONSTANT ->
          "limit " + number(limit().limit().value()) + ", the mean over the widths: " + reason();
      case UNSUPPORTED -> "no limit: " + reason();
    };
  }

  private String reason() {
    String reason = limit().reason();
    return reason == null ? "" : reason;
  }

  /** The page, without files, command and provenance. */
  ReportPage page() {
    boolean borne = limit().verdict() != WidthLimit.Verdict.UNSUPPORTED;
    return ReportPage.of(
            "Infinite width: " + study.quantity().description(),
            new Verdict(borne ? Verdict.Outcome.MEASURED : Verdict.Outcome.FAIL, outcome()))
        .with(setting() + ".")
        .with(figure())
        .with(table());
  }

  private Figure figure() {
    List<Series> series = new ArrayList<>();
    double first = result.widths().getFirst();
    double last = result.widths().getLast();
    WidthLimit.Estimate at = limit().limit();
    if (Double.isFinite(at.value())) {
      List<Series.Point> band =
          List.of(
              Series.Point.of(first, at.value(), at.low(), at.high()),
              Series.Point.of(last, at.value(), at.low(), at.high()));
      series.add(Series.band("limit, 95 % interval", Tone.of(Tone.Hue.ORANGE), band));
      series.add(
          Series.guide("limit", band.stream().map(p -> Series.Point.of(p.x(), p.y())).toList()));
    }
    PowerLawFit fit = limit().fit();
    if (fit != null) {
      List<Series.Point> curve = new ArrayList<>();
      for (int i = 0; i <= CURVE_POINTS; i++) {
        double relative = Math.pow(last / first, (double) i / CURVE_POINTS);
        curve.add(Series.Point.of(first * relative, fit.at(relative)));
      }
      series.add(Series.guide("fit", curve));
    }
    List<Series.Point> points = new ArrayList<>();
    for (int i = 0; i < result.widths().size(); i++) {
      double mean = result.mean(i);
      double half = result.standardDeviation(i);
      points.add(Series.Point.of(result.widths().get(i), mean, mean - half, mean + half));
    }
    series.add(Series.points("mean and standard deviation", Tone.of(Tone.Hue.BLUE), points));
    return Figure.of(
        FIGURE,
        "Against the width",
        "Means over seeds with a standard deviation to either side; dashed the fit and its limit,"
            + " shaded the interval of the limit.",
        new Panel("", Axis.log2("width"), Axis.linear(study.quantity().word()), series));
  }
}
