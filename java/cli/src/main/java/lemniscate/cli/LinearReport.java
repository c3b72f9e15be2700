package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.study.Judgement;
import lemniscate.study.LinearStudy;
import lemniscate.study.LinearStudy.Angles;
import lemniscate.study.LinearStudy.Directions;
import lemniscate.study.LinearStudy.Measurement;
import lemniscate.study.LinearStudy.Quantity;
import lemniscate.study.LinearStudy.Rest;
import lemniscate.study.LinearStudy.Slope;
import lemniscate.study.LinearTables;
import org.jspecify.annotations.Nullable;

/**
 * What {@code linear} shows of its result.
 *
 * @param study that was run
 * @param result of it
 */
record LinearReport(LinearStudy study, LinearStudy.Result result) {

  private static final int DECIMALS = 2;

  /** Slopes beside their exponents. */
  Table slopes() {
    Table table =
        Table.of(
            "Slopes of log value over log width, of all layers but the last",
            "quantity",
            "scheme",
            "g",
            "step",
            "slope",
            "95 % interval",
            "expected",
            "verdict");
    for (Slope slope : result.slopes()) {
      table =
          table.with(
              slope.quantity().label(),
              slope.scheme().word(),
              exponent(slope.gammaExponent()),
              slope.step(),
              number(slope.slope()),
              Double.isFinite(slope.low())
                  ? number(slope.low()) + " … " + number(slope.high())
                  : number(slope.low()),
              number(slope.expected().exponent())
                  + (slope.expected().judged() ? " ± " + slope.tolerance() : ""),
              SlopeOptions.cell(slope.judgement()));
    }
    return table;
  }

  private static String exponent(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "–";
  }

  private static String number(double value) {
    return Table.number(value, DECIMALS);
  }

  private static String small(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2e", value) : "–";
  }

  /** Means over seeds for each width. */
  Table values() {
    Table table =
        Table.of(
            "Means over seeds: 1 - cos of all layers but the last, |C|, and F at equilibrium over F"
                + " at the feed-forward pass",
            "scheme",
            "g",
            "step",
            "width",
            Quantity.PC_BP.label(),
            Quantity.PC_GNT.label(),
            Quantity.BP_GNT.label(),
            Quantity.PRECONDITIONER.label(),
            "F ratio");
    for (LinearTables.Row row : new LinearTables(result).rows()) {
      Directions found = row.directions();
      table =
          table.with(
              row.scheme().word(),
              exponent(row.gammaExponent()),
              row.step(),
              row.width(),
              small(found.get(Quantity.PC_BP)),
              small(found.get(Quantity.PC_GNT)),
              small(found.get(Quantity.BP_GNT)),
              small(found.get(Quantity.PRECONDITIONER)),
              Table.number(found.energyRatio(), 4));
    }
    return table;
  }

  private List<Rest> rests() {
    List<Rest> rests = new ArrayList<>();
    for (Measurement m : result.measurements()) {
      if (m.rest() != null) {
        rests.add(m.rest());
      }
    }
    return rests;
  }

  private String relaxation() {
    List<Rest> rests = rests();
    if (rests.isEmpty()) {
      return "No network was relaxed.";
    }
    long failed = rests.stream().filter(rest -> !rest.pass()).count();
    int most = rests.stream().mapToInt(Rest::steps).max().orElseThrow();
    double worst = rests.stream().mapToDouble(Rest::difference).max().orElseThrow();
    String text =
        study.linear()
            ? "%d networks were relaxed by the engine, too, in at most %d steps: relative difference from the closed form at most %s"
                .formatted(rests.size(), most, small(worst))
            : "%d networks were relaxed, in at most %d steps".formatted(rests.size(), most);
    return text + (failed == 0 ? "." : "; %d FAIL (did not end there).".formatted(failed));
  }

  private List<String> reasons() {
    return result.slopes().stream()
        .filter(slope -> !slope.expected().judged())
        .map(
            slope ->
                "%s under %s: %s"
                    .formatted(
                        slope.quantity().label(),
                        slope.scheme().word(),
                        slope.expected().notJudged()))
        .distinct()
        .toList();
  }

  // ---------------------------------------------------------------- page

  /** The page, without files, command and provenance. */
  ReportPage page() {
    ReportPage page =
        ReportPage.of(
                "Predictive coding beside backpropagation and Gauss-Newton: %s networks"
                    .formatted(study.linear() ? "linear" : "tanh"),
                verdict())
            .with(setting());
    for (int step : study.steps()) {
      page =
          page.with(
                  figure(
                      "pc-bp",
                      step,
                      "Predictive coding and backpropagation",
                      "1 − cos between the two weight gradients, all layers but the last.",
                      List.of(Quantity.PC_BP)))
              .with(
                  figure(
                      "pc-gnt",
                      step,
                      "Predictive coding and Gauss-Newton targets",
                      "1 − cos between the two weight gradients; backpropagation for comparison.",
                      List.of(Quantity.PC_GNT, Quantity.BP_GNT)))
              .with(
                  figure(
                      "preconditioner",
                      step,
                      "The preconditioner",
                      "Spectral norm of C, by which predictive coding turns and shrinks errors.",
                      List.of(Quantity.PRECONDITIONER)));
    }
    page = page.with(slopes());
    for (String reason : reasons()) {
      page = page.with("Not judged, " + reason + ".");
    }
    for (String line : SlopeOptions.remedy(result.slopes(), study.seeds())) {
      page = page.with(line);
    }
    return page.with(values()).with(relaxation());
  }

  private String outcome() {
    return result.judgement().text();
  }

  private Verdict verdict() {
    long astray = rests().stream().filter(rest -> !rest.pass()).count();
    if (astray > 0) {
      return Verdict.of(
          false,
          "%d of %d relaxations did not end where they must.".formatted(astray, rests().size()));
    }
    if (result.judgement() == Judgement.NOT_JUDGED) {
      return new Verdict(Verdict.Outcome.MEASURED, "No slope has a known exponent.");
    }
    return SlopeOptions.verdict(
        result.slopes(),
        slope ->
            "%s under %s, g = %s"
                .formatted(
                    slope.quantity().label(),
                    slope.scheme().word(),
                    exponent(slope.gammaExponent())),
        "their tolerances");
  }

  private String setting() {
    return "%d hidden layers, widths %s, %s, %d inputs, %d classes, batch %d."
        .formatted(
            study.network().depth(),
            study.widths().stream().map(String::valueOf).collect(Collectors.joining(", ")),
            study.seeds() == 1 ? "1 seed" : study.seeds() + " seeds",
            LinearStudy.INPUTS,
            LinearStudy.OUTPUTS,
            study.network().batch());
  }

  private Figure figure(
      String name, int step, String title, String what, List<Quantity> quantities) {
    List<Panel> panels = new ArrayList<>();
    for (Parameterization parameterization : study.parameterizations()) {
      Scheme scheme = parameterization.scheme();
      List<Slope> wanted =
          result.slopes().stream()
              .filter(s -> s.step() == step && s.scheme() == scheme)
              .filter(s -> quantities.contains(s.quantity()))
              .toList();
      if (!wanted.isEmpty()) {
        panels.add(panel(scheme, quantities.getFirst(), wanted));
      }
    }
    String when = step == 0 ? "" : step == 1 ? " after 1 step" : " after " + step + " steps";
    return Figure.sideBySide(
        step == 0 ? name : name + "-after-" + step,
        title + when,
        what
            + " Geometric means over seeds, with bars from the smallest to the largest"
            + (guided(panels)
                ? "; thin dashed lines without markers have the expected slope."
                : "."),
        panels);
  }

  private static boolean guided(List<Panel> panels) {
    return panels.stream()
        .flatMap(panel -> panel.series().stream())
        .anyMatch(series -> series.style() == Series.Style.GUIDE);
  }

  private Panel panel(Scheme scheme, Quantity quantity, List<Slope> slopes) {
    List<Series> guides = new ArrayList<>();
    List<Series> lines = new ArrayList<>();
    for (Slope slope : slopes) {
      List<Series.Point> points = points(slope);
      boolean ofEach = Double.isFinite(slope.gammaExponent());
      lines.add(
          Series.line(
              ofEach ? "g = " + slope.gammaExponent() : slope.quantity().label(),
              ofEach
                  ? Tone.shade(
                      study.gammaExponents().indexOf(slope.gammaExponent()),
                      study.gammaExponents().size())
                  : Tone.of(Tone.Hue.ORANGE),
              points));
      if (slope.expected().judged()) {
        guides.add(
            Series.guide("expected slope", WidthCurve.guide(points, slope.expected().exponent())));
      }
    }
    guides.addAll(lines);
    return new Panel(scheme.word(), Axis.log2("width"), Axis.log10(quantity.label()), guides);
  }

  private List<Series.Point> points(Slope slope) {
    SortedMap<Integer, List<Double>> byWidth = new TreeMap<>();
    for (Measurement m : result.measurements()) {
      boolean same =
          Double.isNaN(slope.gammaExponent()) || m.gammaExponent() == slope.gammaExponent();
      if (same && m.scheme() == slope.scheme() && m.step() == slope.step()) {
        byWidth
            .computeIfAbsent(m.width(), _ -> new ArrayList<>())
            .add(m.directions().get(slope.quantity()));
      }
    }
    return WidthCurve.points(byWidth);
  }

  // ---------------------------------------------------------------- text and fields

  /** The result for people. */
  String text(List<Path> files, Path page) {
    StringBuilder text = new StringBuilder(TextTable.of(values()).toString());
    text.append('\n').append(TextTable.of(slopes()));
    reasons().forEach(reason -> text.append("not judged, ").append(reason).append('\n'));
    SlopeOptions.remedy(result.slopes(), study.seeds())
        .forEach(line -> text.append(line).append('\n'));
    text.append(relaxation()).append('\n');
    text.append("verdict: ").append(outcome()).append('\n');
    text.append("tables: ");
    text.append(files.stream().map(Path::toString).collect(Collectors.joining(", ")));
    return text.append("\nreport: ").append(page).append('\n').toString();
  }

  /** The result as JSON knows it. */
  Map<String, @Nullable Object> fields(Path page) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("activation", study.network().activation().configName());
    fields.put("rows", new LinearTables(result).rows().stream().map(LinearReport::fields).toList());
    fields.put("slopes", result.slopes().stream().map(LinearReport::fields).toList());
    fields.put(
        "relaxations",
        result.measurements().stream()
            .filter(m -> m.rest() != null)
            .map(this::restFields)
            .toList());
    fields.put("verdict", outcome());
    fields.put("report", page.toString());
    return fields;
  }

  private static Map<String, Object> fields(LinearTables.Row row) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Directions found = row.directions();
    fields.put("width", row.width());
    fields.put("gammaExponent", row.gammaExponent());
    fields.put("scheme", row.scheme().word());
    fields.put("step", row.step());
    fields.putAll(fields(found.hidden()));
    fields.put("preconditionerNorm", found.preconditionerNorm());
    fields.put("energyRatio", found.energyRatio());
    fields.put("all", fields(found.all()));
    fields.put("layers", found.layers().stream().map(LinearReport::fields).toList());
    return fields;
  }

  private static Map<String, Object> fields(Angles angles) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("cosPcBp", 1 - angles.pcBp());
    fields.put("cosPcGnt", 1 - angles.pcGnt());
    fields.put("cosBpGnt", 1 - angles.bpGnt());
    fields.put("oneMinusCosPcBp", angles.pcBp());
    fields.put("oneMinusCosPcGnt", angles.pcGnt());
    fields.put("oneMinusCosBpGnt", angles.bpGnt());
    return fields;
  }

  private static Map<String, @Nullable Object> fields(Slope slope) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("quantity", slope.quantity().label());
    fields.put("scheme", slope.scheme().word());
    fields.put("gammaExponent", slope.gammaExponent());
    fields.put("tolerance", slope.tolerance());
    SlopeOptions.put(slope, fields);
    return fields;
  }

  private Map<String, Object> restFields(Measurement m) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Rest rest = m.rest();
    fields.put("scheme", m.scheme().word());
    fields.put("gammaExponent", m.gammaExponent());
    fields.put("width", m.width());
    fields.put("seed", study.seed() + m.seed());
    fields.put("step", m.step());
    if (rest != null) {
      fields.put("relaxationSteps", rest.steps());
      fields.put("converged", rest.converged());
      fields.put("residual", rest.residual());
      fields.put("difference", rest.difference());
      fields.put("pass", rest.pass());
    }
    return fields;
  }
}
