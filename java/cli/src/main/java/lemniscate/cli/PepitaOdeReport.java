package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.study.OnlineLearningStudy;
import lemniscate.study.OnlineLearningStudy.Curve;
import lemniscate.study.OnlineLearningStudy.Point;
import lemniscate.study.OnlineLearningStudy.Trajectory;
import lemniscate.theory.ForwardRule;
import lemniscate.theory.OrderParameters;
import org.jspecify.annotations.Nullable;

/**
 * What {@code theory pepita-ode} shows of its result.
 *
 * @param study that was run
 * @param result of it
 */
record PepitaOdeReport(OnlineLearningStudy study, OnlineLearningStudy.Result result) {

  private static final int SHOWN_ROWS = 7;

  private static String error(double value) {
    return Table.number(value, 5);
  }

  private static String percent(double share) {
    return Table.number(100 * share, 2) + " %";
  }

  /** Errors at some of the times. */
  Table errors() {
    List<String> header = new ArrayList<>(List.of("t"));
    for (Curve curve : result.curves()) {
      String rule = curve.rule().word();
      header.addAll(List.of(rule + ", simulated", rule + ", equations", "difference"));
    }
    Table table =
        Table.of(
            "Generalisation error, mean of %d students of %d inputs"
                .formatted(study.course().copies(), study.network().inputs()),
            header.toArray(String[]::new));
    int last = result.curves().getFirst().points().size() - 1;
    int rows = Math.min(SHOWN_ROWS, last + 1);
    for (int row = 0; row < rows; row++) {
      int at = Math.round((float) last * row / (rows - 1));
      List<Object> cells = new ArrayList<>();
      cells.add(Table.number(result.curves().getFirst().points().get(at).time(), 2));
      for (Curve curve : result.curves()) {
        Point point = curve.points().get(at);
        cells.addAll(
            List.of(error(point.simulation()), error(point.theory()), percent(point.gap())));
      }
      table = table.with(cells.toArray());
    }
    return table;
  }

  private Table worst() {
    Table table = Table.of("Largest relative difference", "rule", "difference", "at t", "verdict");
    for (Curve curve : result.curves()) {
      Point worst = curve.worst();
      table =
          table.with(
              curve.rule().word(),
              percent(worst.gap()),
              Table.number(worst.time(), 2),
              worst.gap() <= result.tolerance() ? "pass" : "FAIL");
    }
    return table;
  }

  private static Tone tone(ForwardRule rule) {
    return Tone.of(
        switch (rule) {
          case AFA -> Tone.Hue.BLUE;
          case PEPITA -> Tone.Hue.ORANGE;
        });
  }

  /** The page, without files, command and provenance. */
  ReportPage page() {
    return ReportPage.of("PEPITA's online learning and its equations", verdict())
        .with(setting())
        .with(figure())
        .with(worst())
        .with(errors())
        .with(overlaps());
  }

  private String setting() {
    return "Students of %d hidden units learn from a teacher of %d: %d inputs, rates %s and %s, F of scale %s, alignment %s, label noise of variance %s. The equations are solved from the overlaps that each student had before its first step."
        .formatted(
            study.network().studentUnits(),
            study.network().teacherUnits(),
            study.network().inputs(),
            study.learning().rate(),
            study.learning().outputRate(),
            study.network().feedbackScale(),
            study.network().alignment(),
            study.learning().noise());
  }

  private Verdict verdict() {
    return Verdict.of(
        result.pass(),
        "Simulation and equations differ by at most %s; %s is allowed."
            .formatted(percent(result.gap()), percent(result.tolerance())));
  }

  private Figure figure() {
    List<Series> series = new ArrayList<>();
    for (Curve curve : result.curves()) {
      String rule = curve.rule().word();
      List<Series.Point> theory = new ArrayList<>();
      List<Series.Point> found = new ArrayList<>();
      for (Point p : curve.points()) {
        theory.add(Series.Point.of(p.time(), p.theory()));
        found.add(Series.Point.of(p.time(), p.simulation(), p.spread().low(), p.spread().high()));
      }
      series.add(Series.guide("equations", theory));
      series.add(Series.points(rule + ", simulated", tone(curve.rule()), found));
    }
    return Figure.of(
        "errors",
        "Generalisation error over time",
        "Points are simulated students with bars from the smallest to the largest error; dashed"
            + " lines are the equations of many inputs, from the same start.",
        new Panel(
            "", Axis.linear("t = steps / inputs"), Axis.log10("generalisation error"), series));
  }

  private Figure overlaps() {
    List<Panel> panels = new ArrayList<>();
    panels.add(panel("adaptive feedback A of the first unit", p -> p.feedback()[0]));
    panels.add(panel("output weight v of the first unit", p -> p.outputs()[0]));
    return new Figure(
        "order-parameters",
        "Order parameters of the first student",
        "Points are measured, dashed lines are the equations.",
        2,
        false,
        panels);
  }

  private Panel panel(String what, Function<OrderParameters, Double> value) {
    List<Series> series = new ArrayList<>();
    for (Trajectory t : result.trajectories()) {
      if (t.copy() == 0) {
        List<Series.Point> theory = new ArrayList<>();
        List<Series.Point> found = new ArrayList<>();
        for (int i = 0; i < t.times().size(); i++) {
          theory.add(Series.Point.of(t.times().get(i), value.apply(t.theory().get(i))));
          found.add(Series.Point.of(t.times().get(i), value.apply(t.simulation().get(i))));
        }
        series.add(Series.guide("equations", theory));
        series.add(Series.points(t.rule().word() + ", simulated", tone(t.rule()), found));
      }
    }
    return new Panel("", Axis.linear("t = steps / inputs"), Axis.linear(what), series);
  }

  /** The result for people. */
  String text(List<Path> files, Path page) {
    StringBuilder text = new StringBuilder(TextTable.of(errors()).toString());
    text.append('\n').append(TextTable.of(worst()));
    text.append("verdict: ").append(result.pass() ? "pass" : "fail").append('\n');
    text.append("tables: ");
    text.append(files.stream().map(Path::toString).collect(Collectors.joining(", ")));
    return text.append("\nreport: ").append(page).append('\n').toString();
  }

  /** The result as JSON knows it. */
  Map<String, @Nullable Object> fields(Path page) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("studentUnits", study.network().studentUnits());
    fields.put("teacherUnits", study.network().teacherUnits());
    fields.put("inputs", study.network().inputs());
    fields.put("lr", study.learning().rate());
    fields.put("outputLr", study.learning().outputRate());
    fields.put("fScale", study.network().feedbackScale());
    fields.put("alignment", study.network().alignment());
    fields.put("noise", study.learning().noise());
    fields.put("copies", study.course().copies());
    fields.put("curves", result.curves().stream().map(PepitaOdeReport::fields).toList());
    fields.put("relativeDifference", result.gap());
    fields.put("tolerance", result.tolerance());
    fields.put("verdict", result.pass() ? "pass" : "fail");
    fields.put("report", page.toString());
    return fields;
  }

  private static Map<String, Object> fields(Curve curve) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rule", curve.rule().word());
    fields.put("relativeDifference", curve.worst().gap());
    fields.put("at", curve.worst().time());
    List<Map<String, Object>> points = new ArrayList<>();
    for (Point p : curve.points()) {
      Map<String, Object> point = new LinkedHashMap<>();
      point.put("time", p.time());
      point.put("simulation", p.simulation());
      point.put("theory", p.theory());
      points.add(point);
    }
    fields.put("points", points);
    return fields;
  }
}
