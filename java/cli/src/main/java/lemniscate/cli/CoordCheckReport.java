package lemniscate.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.study.CoordinateStudy;
import org.jspecify.annotations.Nullable;

/**
 * What {@code coord-check} shows of its result.
 *
 * @param study that was run
 * @param result of it
 * @param wrong what {@code --wrong} says; null where nothing was made wrong
 */
record CoordCheckReport(
    CoordinateStudy study, CoordinateStudy.Result result, @Nullable String wrong) {

  private static final int COLUMNS = 3;
  private static final int DECIMALS = 2;

  /** Names of the units that are compared over depths. */
  private static final List<String> PLACES =
      List.of("first unit", "middle unit", "last hidden unit", "output");

  /** A curve over widths: layer and number of steps beside its quantity. */
  private record Curve(String quantity, int layer, int step) {
    static Curve of(CoordinateStudy.Slope slope) {
      return new Curve(slope.quantity(), slope.layer(), slope.step());
    }
  }

  private static final Map<String, String> MEANINGS =
      Map.ofEntries(
          Map.entry("h", "activities"),
          Map.entry("f", "output"),
          Map.entry("dh", "change of activities"),
          Map.entry("dWh", "change by the layer's own weights"),
          Map.entry("db", "change of biases"),
          Map.entry("df", "change of the output"),
          Map.entry("WLdH", "output, by the features"),
          Map.entry("dWLH", "output, by the last layer"),
          Map.entry("omega", "alignment"),
          Map.entry("dK", "change of the kernel"),
          Map.entry("e", "local errors"),
          Map.entry("dv", "moves of the states"),
          Map.entry("deL", "change of the output error"));

  /** The slopes beside their exponents. */
  Table slopes() {
    Table table =
        Table.of(
            "Slopes of log size over log " + study.network().axis().word(),
            "quantity",
            "layer",
            "step",
            "slope",
            "95 % interval",
            "expected",
            "verdict");
    for (CoordinateStudy.Slope slope : result.slopes()) {
      table =
          table.with(
              slope.quantity(),
              slope.layer(),
              slope.step(),
              number(slope.slope()),
              Double.isFinite(slope.low())
                  ? number(slope.low()) + " … " + number(slope.high())
                  : number(slope.low()),
              number(slope.expected().exponent()),
              SlopeOptions.cell(slope.judgement()));
    }
    return table;
  }

  private static String number(double value) {
    return Table.number(value, DECIMALS);
  }

  /** Why some quantities are not judged, each once. */
  List<String> reasons() {
    return result.slopes().stream()
        .filter(slope -> !slope.expected().judged())
        .map(slope -> slope.quantity() + ": " + slope.expected().notJudged())
        .distinct()
        .toList();
  }

  /** The page, without files, command and provenance. */
  ReportPage page() {
    ReportPage page =
        ReportPage.of(
                "Coordinate check: %s under %s"
                    .formatted(study.rule().name(), study.claimed().scheme().word()),
                verdict())
            .with(setting());
    for (Figure figure : figures()) {
      page = page.with(figure);
    }
    page = page.with(slopes());
    for (String reason : reasons()) {
      page = page.with("Not judged, " + reason + ".");
    }
    for (String line : SlopeOptions.remedy(result.slopes(), study.seeds())) {
      page = page.with(line);
    }
    Optional<String> reach = reach();
    if (reach.isPresent()) {
      page =
          page.with(
              "At the initial weights, fraction of the units that get a gradient of some size and of"
                  + " a direction that has to do with backpropagation's, "
                  + reach.get()
                  + ".");
    }
    return page;
  }

  private Verdict verdict() {
    return SlopeOptions.verdict(
        result.slopes(), CoordinateStudy.Slope::quantity, String.valueOf(study.tolerance()));
  }

  private String setting() {
    String text =
        "%s, %ss %s, %s, batch %d, %s with learning rate %s at the base width."
            .formatted(
                network(),
                study.network().axis().word(),
                study.sizes().stream().map(String::valueOf).collect(Collectors.joining(", ")),
                study.seeds() == 1 ? "1 seed" : study.seeds() + " seeds",
                study.network().batch(),
                study.optimizer().kind().name().toLowerCase(Locale.ROOT),
                study.learningRate());
    return wrong == null
        ? text
        : text + " Trained with a wrong exponent on purpose: " + wrong + ".";
  }

  private String network() {
    CoordinateStudy.Networks networks = study.network();
    if (networks.overDepths()) {
      return "Residual networks of width " + networks.base().size().width();
    }
    String residual =
        networks.base().size().isDeep()
            ? " with %d residual additions".formatted(networks.residualDepth())
            : "";
    return "%d hidden layers%s".formatted(networks.depth(), residual);
  }

  private int layers() {
    return study.network().overDepths() ? PLACES.size() : study.network().depth() + 1;
  }

  private String layer(int layer) {
    return study.network().overDepths() ? PLACES.get(layer - 1) : "layer " + layer;
  }

  /** How far credit reaches at the initial weights, by depth; empty over widths. */
  Optional<String> reach() {
    return result.reach().isEmpty()
        ? Optional.empty()
        : Optional.of(
            result.reach().entrySet().stream()
                .map(e -> "%s at depth %d".formatted(number(e.getValue()), e.getKey()))
                .collect(Collectors.joining(", ", "credit reach: ", "")));
  }

  // ---------------------------------------------------------------- figures

  private List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    figures.add(
        figure(
            "sizes-at-the-start",
            "Before training and in the first step",
            "What is there before the weights move.",
            curve -> CoordinateStudy.isOfFirstStep(curve.quantity())));
    for (int step : study.steps()) {
      figures.add(
          figure(
              "moves-after-" + step,
              step == 1 ? "After one step" : "After " + step + " steps",
              "What training has moved.",
              curve -> curve.step() == step && !CoordinateStudy.isOfFirstStep(curve.quantity())));
    }
    return figures;
  }

  private Figure figure(String name, String title, String what, Predicate<Curve> wanted) {
    Map<String, List<CoordinateStudy.Slope>> byQuantity = new LinkedHashMap<>();
    for (CoordinateStudy.Slope slope : result.slopes()) {
      if (wanted.test(Curve.of(slope))) {
        byQuantity.computeIfAbsent(slope.quantity(), _ -> new ArrayList<>()).add(slope);
      }
    }
    List<Panel> panels = new ArrayList<>();
    byQuantity.forEach((quantity, slopes) -> panels.add(panel(quantity, slopes)));
    String caption =
        what
            + " Geometric means over seeds, with bars from the smallest to the largest; dashed"
            + " lines have the expected slope.";
    return new Figure(name, title, caption, COLUMNS, false, panels);
  }

  private Panel panel(String quantity, List<CoordinateStudy.Slope> slopes) {
    List<Series> guides = new ArrayList<>();
    List<Series> lines = new ArrayList<>();
    for (CoordinateStudy.Slope slope : slopes) {
      List<Series.Point> points = points(Curve.of(slope));
      Tone tone = Tone.shade(slope.layer() - 1, layers());
      lines.add(Series.line(layer(slope.layer()), tone, points));
      if (Double.isFinite(slope.expected().exponent())) {
        guides.add(
            Series.guide("expected slope", WidthCurve.guide(points, slope.expected().exponent())));
      }
    }
    guides.addAll(lines);
    return new Panel(
        MEANINGS.getOrDefault(quantity, ""),
        Axis.log2(study.network().axis().word()),
        Axis.log10(quantity),
        guides);
  }

  private List<Series.Point> points(Curve curve) {
    SortedMap<Integer, List<Double>> bySize = new TreeMap<>();
    for (CoordinateStudy.Measurement m : result.measurements()) {
      if (new Curve(m.quantity(), m.layer(), m.step()).equals(curve)) {
        bySize.computeIfAbsent(m.size(), _ -> new ArrayList<>()).add(m.value());
      }
    }
    return WidthCurve.points(bySize);
  }
}
