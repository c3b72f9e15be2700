package lemniscate.cli;

import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.study.DepthStudy;
import lemniscate.study.Judgement;

/**
 * What {@code depth} shows of its result.
 *
 * @param study that was run
 * @param result of it
 */
record DepthReport(DepthStudy study, DepthStudy.Result result) {

  private static final int DECIMALS = 2;

  private Table table(String title, List<String> further) {
    List<String> columns = new ArrayList<>(List.of("contender"));
    study.depths().forEach(depth -> columns.add("L = " + depth));
    columns.addAll(further);
    return Table.of(title, columns.toArray(String[]::new));
  }

  /** Steps by depth, and their law. */
  Table steps() {
    Table table =
        table(
            "Steps until the gradients are backpropagation's",
            List.of("slope", "95 % interval", "expected", "verdict"));
    for (DepthStudy.Slope slope : result.slopes()) {
      List<Object> row = new ArrayList<>(List.of(slope.contender()));
      for (int depth : study.depths()) {
        double mean = mean(slope.contender(), depth, DepthStudy.Measurement::steps);
        boolean limited = !Double.isFinite(mean) && isMeasured(slope.contender(), depth);
        row.add(limited ? "> " + DepthStudy.limit(depth) : Table.number(mean, 0));
      }
      row.add(number(slope.slope()));
      row.add(
          Double.isFinite(slope.low())
              ? number(slope.low()) + " … " + number(slope.high())
              : number(slope.low()));
      row.add(number(slope.expected().exponent()));
      row.add(SlopeOptions.cell(slope.judgement()));
      table = table.with(row.toArray());
    }
    return table;
  }

  /** Reach after the study's steps, by depth. */
  Table reach() {
    Table table = table("Credit reach after %d steps".formatted(study.steps()), List.of());
    for (DepthStudy.Contender contender : study.contenders()) {
      List<Object> row = new ArrayList<>(List.of(contender.name()));
      for (int depth : study.depths()) {
        row.add(number(mean(contender.name(), depth, DepthStudy.Measurement::reach)));
      }
      table = table.with(row.toArray());
    }
    return table;
  }

  private boolean isMeasured(String contender, int depth) {
    return result.measurements().stream()
        .anyMatch(m -> m.contender().equals(contender) && m.depth() == depth);
  }

  private static String number(double value) {
    return Table.number(value, DECIMALS);
  }

  private double mean(
      String contender, int depth, ToDoubleFunction<DepthStudy.Measurement> number) {
    return result.measurements().stream()
        .filter(m -> m.contender().equals(contender) && m.depth() == depth)
        .mapToDouble(number)
        .average()
        .orElse(Double.NaN);
  }

  /** The page, without files, command and provenance. */
  ReportPage page() {
    ReportPage page =
        ReportPage.of("Depth: how many steps inference needs", verdict())
            .with(
                "Residual networks of width %d and depths %s, batch %d, %s."
                    .formatted(
                        study.networks().base().size().width(),
                        study.depths().stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(", ")),
                        study.networks().batch(),
                        seeds()))
            .with(stepsFigure())
            .with(reachFigure())
            .with(steps())
            .with(reach());
    for (String line : remedy()) {
      page = page.with(line);
    }
    return page;
  }

  // Those whose law was open have more.
  private String seeds() {
    IntSummaryStatistics count =
        study.contenders().stream()
            .mapToInt(contender -> result.seeds(contender.name()))
            .summaryStatistics();
    if (count.getMax() == 1) {
      return "1 seed";
    }
    return count.getMin() == count.getMax()
        ? count.getMax() + " seeds"
        : "%d to %d seeds".formatted(count.getMin(), count.getMax());
  }

  /** What to do about an inconclusive verdict. */
  List<String> remedy() {
    return result.slopes().stream()
        .filter(slope -> slope.judgement() == Judgement.INCONCLUSIVE)
        .findFirst()
        .map(open -> SlopeOptions.remedy(result.slopes(), result.seeds(open.contender())))
        .orElse(List.of());
  }

  private Verdict verdict() {
    return result.judgement() == Judgement.NOT_JUDGED
        ? new Verdict(
            Verdict.Outcome.MEASURED, result.slopes().size() + " contenders without a known law")
        : SlopeOptions.verdict(result.slopes(), DepthStudy.Slope::contender, "their tolerances");
  }

  // ---------------------------------------------------------------- figures

  private Tone tone(int contender) {
    return Tone.nth(contender, study.contenders().size());
  }

  private SortedMap<Integer, List<Double>> stepsByDepth(String contender) {
    SortedMap<Integer, List<Double>> values = new TreeMap<>();
    for (DepthStudy.Measurement m : result.measurements()) {
      if (m.contender().equals(contender) && Double.isFinite(m.steps())) {
        values.computeIfAbsent(m.depth(), _ -> new ArrayList<>()).add(m.steps());
      }
    }
    return values;
  }

  private Figure stepsFigure() {
    List<Series> guides = new ArrayList<>();
    List<Series> lines = new ArrayList<>();
    for (int i = 0; i < study.contenders().size(); i++) {
      DepthStudy.Contender contender = study.contenders().get(i);
      SortedMap<Integer, List<Double>> values = stepsByDepth(contender.name());
      if (values.isEmpty()) {
        continue;
      }
      List<Series.Point> points = WidthCurve.points(values);
      lines.add(Series.line(contender.name(), tone(i), points));
      if (contender.law() != null) {
        double exponent = Objects.requireNonNull(contender.law()).exponent();
        guides.add(Series.guide("law", WidthCurve.guide(points, exponent)));
      }
    }
    guides.addAll(lines);
    return Figure.of(
        "steps",
        "Steps until the gradients are backpropagation's",
        "Cosine of all branches' gradients to backpropagation's of at least %s, by the number of"
                .formatted(DepthStudy.COSINE)
            + " residual blocks. Geometric means over seeds, with bars from the smallest to the"
            + " largest; dashed lines have the slope of the law.",
        new Panel("", Axis.log2("residual blocks"), Axis.log10("steps"), guides));
  }

  private Figure reachFigure() {
    List<Series> reach = new ArrayList<>();
    for (int i = 0; i < study.contenders().size(); i++) {
      String name = study.contenders().get(i).name();
      List<Series.Point> points = new ArrayList<>();
      for (int depth : study.depths()) {
        double mean = mean(name, depth, DepthStudy.Measurement::reach);
        if (Double.isFinite(mean)) {
          points.add(Series.Point.of(depth, mean));
        }
      }
      if (!points.isEmpty()) {
        reach.add(Series.line(name, tone(i), points));
      }
    }
    return Figure.of(
        "reach",
        "Credit reach after %d steps".formatted(study.steps()),
        "Fraction of the units whose gradient has some size, and a direction that has to do with"
            + " backpropagation's. Means over seeds.",
        new Panel("", Axis.log2("residual blocks"), Axis.linear("reach"), reach));
  }
}
