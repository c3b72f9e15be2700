package lemniscate.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.rule.Contender;
import lemniscate.rule.RuleFamily;
import lemniscate.study.FittedSlope;
import lemniscate.study.Judgement;
import lemniscate.study.RegimeStudy;
import lemniscate.study.RegimeStudy.Quantity;
import org.jspecify.annotations.Nullable;

/**
 * What {@code regime} shows of its result.
 *
 * @param study that was run
 * @param result of it
 */
record RegimeReport(RegimeStudy study, RegimeStudy.Result result) {

  private static final int COLUMNS = 3;
  private static final int DECIMALS = 2;

  /** The rules that a figure has a line for: families of full hues in the order of these first. */
  static List<Contender> contenders() {
    return RuleFamily.all().stream()
        .map(RuleFamily::contenders)
        .sorted(
            Comparator.comparingInt(
                family ->
                    family.stream()
                        .filter(contender -> !contender.light())
                        .mapToInt(contender -> contender.hue().ordinal())
                        .min()
                        .orElse(Integer.MAX_VALUE)))
        .flatMap(List::stream)
        .toList();
  }

  /** Their names. */
  static List<String> rules() {
    return contenders().stream().map(Contender::name).toList();
  }

  private static Tone tone(String rule) {
    return contenders().stream()
        .filter(contender -> contender.name().equals(rule))
        .findFirst()
        .map(
            contender ->
                new Tone(Tone.Hue.valueOf(contender.hue().name()), 0, contender.light() ? 2 : 1))
        .orElse(Tone.NEUTRAL);
  }

  private List<Integer> steps() {
    return study.common().steps();
  }

  /** One row for each rule, parameterisation and number of steps. */
  Table regimes() {
    Table table =
        Table.of(
            "Slopes over the width, and the regime",
            "rule",
            "scheme",
            "step",
            "features",
            "95 % interval",
            "expected",
            "kernel",
            "ntk",
            "gap",
            "omega",
            "verdict",
            "regime");
    for (int step : steps()) {
      for (RegimeStudy.Case of : study.cases()) {
        RegimeStudy.Slope features = result.slope(of, Quantity.FEATURE_CHANGE, step);
        table =
            table.with(
                of.rule(),
                of.scheme(),
                step,
                number(features.slope()),
                Double.isFinite(features.low())
                    ? number(features.low()) + " … " + number(features.high())
                    : number(features.low()),
                number(features.expected().exponent()),
                number(result.slope(of, Quantity.KERNEL_CHANGE, step).slope()),
                number(result.slope(of, Quantity.NTK_CHANGE, step).slope()),
                number(result.slope(of, Quantity.LINEARISED_GAP, step).slope()),
                number(result.slope(of, Quantity.OMEGA, step).slope()),
                SlopeOptions.cell(judgement(of, step)),
                result.regime(of, step).text());
      }
    }
    return table;
  }

  private static String number(double value) {
    return Table.number(value, DECIMALS);
  }

  private Judgement judgement(RegimeStudy.Case of, int step) {
    return FittedSlope.worst(result.slopes(of, step));
  }

  /** A sentence for each judged slope that misses its exponent. */
  List<String> misses() {
    return result.slopes().stream()
        .filter(slope -> slope.judgement() == Judgement.FAIL)
        .map(
            slope ->
                "%s under %s, step %d: %s of layer %d has slope %s, expected %s"
                    .formatted(
                        slope.of().rule(),
                        slope.of().scheme(),
                        slope.step(),
                        slope.quantity().word(),
                        slope.layer(),
                        number(slope.slope()),
                        number(slope.expected().exponent())))
        .toList();
  }

  /** The outcome in a sentence. */
  Verdict verdict() {
    return SlopeOptions.verdict(
        result.slopes(),
        slope -> slope.of().rule() + " under " + slope.of().scheme(),
        String.valueOf(study.common().tolerance()));
  }

  /** What to do about an inconclusive verdict. */
  List<String> remedy() {
    return SlopeOptions.remedy(result.slopes(), study.common().seeds());
  }

  /** The fields of the JSON line, without the report. */
  Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("rows", rows());
    fields.put("slopes", result.slopes().stream().map(RegimeReport::fields).toList());
    fields.put("regimes", regimeFields());
    fields.put("seeds", study.common().seeds());
    fields.put("verdict", result.judgement().text());
    return fields;
  }

  private List<Map<String, Object>> rows() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (RegimeStudy.Case of : study.cases()) {
      for (int step : steps()) {
        for (int width : study.common().sizes()) {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("rule", of.rule());
          row.put("scheme", of.scheme());
          row.put("step", step);
          row.put("width", width);
          for (Quantity quantity : Quantity.values()) {
            row.put(
                quantity.word(), mean(shown(of, quantity, last(quantity), step, width), quantity));
          }
          row.put(
              "featureChangeByLayer",
              study.layers(Quantity.FEATURE_CHANGE).stream()
                  .map(
                      layer ->
                          mean(
                              shown(of, Quantity.FEATURE_CHANGE, layer, step, width),
                              Quantity.FEATURE_CHANGE))
                  .toList());
          rows.add(row);
        }
      }
    }
    return rows;
  }

  private List<Map<String, Object>> regimeFields() {
    List<Map<String, Object>> regimes = new ArrayList<>();
    for (RegimeStudy.Case of : study.cases()) {
      for (int step : steps()) {
        Map<String, Object> regime = new LinkedHashMap<>();
        regime.put("rule", of.rule());
        regime.put("scheme", of.scheme());
        regime.put("step", step);
        regime.put("regime", result.regime(of, step).text());
        regime.put("pass", judgement(of, step).isGood());
        regimes.add(regime);
      }
    }
    return regimes;
  }

  private static Map<String, @Nullable Object> fields(RegimeStudy.Slope slope) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("rule", slope.of().rule());
    fields.put("scheme", slope.of().scheme());
    fields.put("quantity", slope.quantity().word());
    fields.put("layer", slope.layer());
    SlopeOptions.put(slope, fields);
    return fields;
  }

  /** The page, without files, command and provenance. */
  ReportPage page() {
    ReportPage page =
        ReportPage.of("Kernel or feature learning, by width", verdict()).with(setting());
    for (Figure figure : figures()) {
      page = page.with(figure);
    }
    page = page.with(regimes());
    for (String miss : misses()) {
      page = page.with(miss + ".");
    }
    for (String line : remedy()) {
      page = page.with(line);
    }
    return page;
  }

  private String setting() {
    return "%d hidden layers, widths %s, %s, one batch of %d random examples, gradient descent."
        .formatted(
            study.common().network().depth(),
            study.common().sizes().stream().map(String::valueOf).collect(Collectors.joining(", ")),
            study.common().seeds() == 1 ? "1 seed" : study.common().seeds() + " seeds",
            study.common().network().batch());
  }

  // ---------------------------------------------------------------- figures

  private List<Figure> figures() {
    int step = steps().getLast();
    Map<String, List<RegimeStudy.Case>> byScheme = new LinkedHashMap<>();
    for (RegimeStudy.Case of : study.cases()) {
      byScheme.computeIfAbsent(of.scheme(), _ -> new ArrayList<>()).add(of);
    }
    List<Figure> figures = new ArrayList<>();
    byScheme.forEach(
        (scheme, cases) -> {
          List<Panel> panels = new ArrayList<>();
          for (Quantity quantity : Quantity.values()) {
            panels.add(panel(quantity, cases, step));
          }
          figures.add(
              new Figure(
                  "regime-" + scheme,
                  "Under " + scheme + ", after " + step + (step == 1 ? " step" : " steps"),
                  "Features are those of the last hidden layer. Means over seeds, geometric but for"
                      + " omega, with bars from the smallest to the largest.",
                  COLUMNS,
                  false,
                  panels));
        });
    return figures;
  }

  private Panel panel(Quantity quantity, List<RegimeStudy.Case> cases, int step) {
    List<Series> lines = new ArrayList<>();
    for (RegimeStudy.Case of : cases) {
      List<Series.Point> points = new ArrayList<>();
      for (int width : study.common().sizes()) {
        List<Double> values = shown(of, quantity, last(quantity), step, width);
        points.add(
            Series.Point.of(
                width, mean(values, quantity), Collections.min(values), Collections.max(values)));
      }
      lines.add(Series.line(of.rule(), tone(of.rule()), points));
    }
    boolean logarithmic = quantity != Quantity.OMEGA;
    return new Panel(
        quantity.description(),
        Axis.log2("width"),
        logarithmic ? Axis.log10(quantity.word()) : Axis.linear("omega_L"),
        lines);
  }

  private int last(Quantity quantity) {
    return study.layers(quantity).getLast();
  }

  /** The values of the seeds; of omega the logarithm to base M. */
  private List<Double> shown(
      RegimeStudy.Case of, Quantity quantity, int layer, int step, int width) {
    return result.values(of, quantity, layer, step, width).stream()
        .map(value -> quantity == Quantity.OMEGA ? Math.log(value) / Math.log(width) : value)
        .toList();
  }

  private static double mean(List<Double> values, Quantity quantity) {
    DoubleStream numbers = values.stream().mapToDouble(value -> value);
    return quantity == Quantity.OMEGA
        ? numbers.average().orElse(Double.NaN)
        : Math.exp(numbers.map(Math::log).average().orElse(Double.NaN));
  }
}
