package lemniscate.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.Scale;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Tone;
import lemniscate.sweep.Choice;
import lemniscate.sweep.SeedMean;
import lemniscate.sweep.SweepGroup;
import lemniscate.sweep.SweepSpec;
import org.jspecify.annotations.Nullable;

/** The figures of a sweep whose points are configurations, and what they share with others. */
final class SweepFigures {

  private static final int MOST_POINTS = 60;
  private static final int COLUMNS = 2;
  private static final int MOST_HUES = 4;
  private static final int MOST_NAMES = 12;

  /** Of the smallest loss. */
  private static final double FAR = 100;

  private static final double MARGIN = 0.08;
  private static final double HEADROOM = 0.2;

  /** Where a range of values is so wide, differences and ratios look different. */
  static final double WIDE = 4;

  private final SweepFindings findings;
  private final SweepSpec spec;
  private final Choice choice;
  private final List<SweepGroup> groups;

  /** Above it a loss is as good as diverged; it would press all others together. */
  private final double highest;

  /** The first key with few names, by which points are told apart; null for none. */
  private final @Nullable String colouring;

  private final List<String> kinds;

  SweepFigures(SweepFindings findings) {
    this.findings = findings;
    this.spec = findings.spec();
    this.choice = findings.choice();
    this.groups = findings.groups();
    this.highest = highest(groups, choice);
    this.colouring = colouring(findings);
    this.kinds =
        spec.asha()
            .map(asha -> IntStream.range(0, asha.rungs().size()).mapToObj(asha::text).toList())
            .orElseGet(
                () -> groups.stream().map(group -> named(group, colouring)).distinct().toList());
  }

  // Over the means, for intervals of few seeds are many times as long; crosses have a place above.
  Axis valueAxis() {
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
  boolean isCrossed(SweepGroup group) {
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

  /** The best configurations side by side. */
  Figure means() {
    List<SweepGroup> shown =
        findings.ranked().stream().filter(SweepFigures::isShown).limit(MOST_POINTS).toList();
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
      return spec.asha().get().text(group.rows().isEmpty() ? 0 : findings.level(group));
    }
    return named(group, colouring);
  }

  private static String named(SweepGroup group, @Nullable String key) {
    return key == null ? "" : key + " " + SweepFindings.text(SweepFindings.value(group, key));
  }

  private Tone tone(String kind) {
    int place = Math.max(0, kinds.indexOf(kind));
    return spec.asha().isPresent()
        ? Tone.shade(place, kinds.size())
        : Tone.nth(place, Math.max(1, kinds.size()));
  }

  private static @Nullable String colouring(SweepFindings findings) {
    for (String key : findings.keys()) {
      Set<Object> values = findings.valuesOf(key);
      if (!SweepFindings.isNumeric(values) && values.size() <= MOST_HUES) {
        return key;
      }
    }
    return null;
  }

  /** A panel for each key that varies, in figures of so many that they can be read. */
  List<Figure> overKeys() {
    List<Panel> panels = new ArrayList<>();
    for (String key : findings.keys()) {
      if (findings.valuesOf(key).size() > 1) {
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
            .add(point(places.at(SweepFindings.value(group, key)), group));
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
  record Places(Axis axis, List<String> order) {

    double at(Object value) {
      List<String> names = axis.names();
      return names == null && value instanceof Number number
          ? number.doubleValue()
          : order.indexOf(SweepFindings.text(value));
    }
  }

  /** Where the values of a key lie. */
  Places places(String key) {
    Set<Object> values = findings.valuesOf(key);
    if (!SweepFindings.isNumeric(values)) {
      List<String> names = values.stream().map(SweepFindings::text).toList();
      // Of many, names would cover each other; the table has them.
      return new Places(
          Axis.named(
              key, names.size() > MOST_NAMES ? names.stream().map(name -> "").toList() : names),
          names);
    }
    Scale scale =
        SweepReport.scale(
            values.stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray());
    return new Places(
        switch (scale) {
          case LINEAR -> Axis.linear(key);
          case LOG2 -> Axis.log2(key);
          case LOG10 -> Axis.log10(key);
        },
        List.of());
  }
}
