package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lemniscate.claim.Check;
import lemniscate.claim.Claim;
import lemniscate.claim.ClaimPreset;
import lemniscate.claim.ClaimResult;
import lemniscate.claim.Finding;
import lemniscate.cli.report.Axis;
import lemniscate.cli.report.Figure;
import lemniscate.cli.report.Panel;
import lemniscate.cli.report.ReportPage;
import lemniscate.cli.report.Series;
import lemniscate.cli.report.Table;
import lemniscate.cli.report.Tone;
import lemniscate.cli.report.Verdict;
import lemniscate.study.Judgement;
import org.jspecify.annotations.Nullable;

/**
 * What {@code reproduce} shows of its results.
 *
 * @param claims in their order
 * @param preset that they were measured with
 * @param results one for each claim
 */
record ReproduceReport(List<Claim> claims, ClaimPreset preset, List<ClaimResult> results) {

  /** The worst verdict. */
  Judgement judgement() {
    return Judgement.worst(results.stream().map(ClaimResult::judgement));
  }

  private long count(Judgement judgement) {
    return results.stream().filter(result -> result.judgement() == judgement).count();
  }

  private String summary() {
    return "%d claims: %d pass, %d fail, %d inconclusive."
        .formatted(
            results.size(),
            count(Judgement.PASS),
            count(Judgement.FAIL),
            count(Judgement.INCONCLUSIVE));
  }

  // ---------------------------------------------------------------- tables

  /** All claims. */
  Table overview() {
    Table table = Table.of("All claims, preset " + preset.word(), "claim", "sentence", "verdict");
    for (int i = 0; i < claims.size(); i++) {
      Claim.Card card = claims.get(i).card();
      table = table.with(card.id(), card.sentence(), SlopeOptions.cell(results.get(i).judgement()));
    }
    return table;
  }

  private static Table checks(String caption, ClaimResult result) {
    Table table = Table.of(caption, "measured", "value", "95 % interval", "expected", "verdict");
    for (Check check : result.finding().checks()) {
      table =
          table.with(
              check.what(),
              number(check.value()),
              interval(check),
              expected(check),
              SlopeOptions.cell(check.judgement()));
    }
    return table;
  }

  private static String interval(Check check) {
    boolean none = Double.isNaN(check.low()) || Double.isNaN(check.high());
    return none ? "–" : number(check.low()) + " … " + number(check.high());
  }

  private static String expected(Check check) {
    if (Double.isInfinite(check.lowest())) {
      return "at most " + number(check.highest());
    }
    return Double.isInfinite(check.highest())
        ? "at least " + number(check.lowest())
        : number(check.lowest()) + " … " + number(check.highest());
  }

  private static final double SMALL = 1e-3;
  private static final double LARGE = 1e4;

  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "-∞";
    }
    double size = Math.abs(value);
    return size != 0 && (size < SMALL || size >= LARGE)
        ? String.format(Locale.ROOT, "%.1e", value)
        : Table.number(value, size < 1 ? 3 : 2);
  }

  /** The claims as a Markdown table, for the documentation. */
  String markdown() {
    StringBuilder text =
        new StringBuilder(
            "| claim | measured | value | 95 % interval | expected | verdict |\n"
                + "| --- | --- | --- | --- | --- | --- |\n");
    for (ClaimResult result : results) {
      String name = "`" + result.claim() + "`";
      for (List<String> row : checks("", result).rows()) {
        text.append("| ")
            .append(name)
            .append(" | ")
            .append(
                row.stream()
                    .map(cell -> cell.replace("|", "\\|"))
                    .collect(Collectors.joining(" | ")))
            .append(" |\n");
        name = "";
      }
    }
    return text.toString();
  }

  /** What people see. */
  String text(Path page) {
    TextTable table = new TextTable();
    table.row("claim", "measured", "value", "95 % interval", "expected", "verdict");
    for (ClaimResult result : results) {
      for (List<String> row : checks("", result).rows()) {
        table.row(Stream.concat(Stream.of(result.claim()), row.stream()).toArray());
      }
    }
    return table + summary() + "\nverdict: " + judgement().text() + "\nreport: " + page + "\n";
  }

  // ---------------------------------------------------------------- page

  /** The page, without files, command and provenance. */
  ReportPage page() {
    ReportPage page =
        ReportPage.of("Claims, measured again", new Verdict(outcome(judgement()), summary()))
            .with(
                "Each claim is judged by the 95 % interval of what was measured over seeds: pass"
                    + " where all of it is as expected, fail where none is, inconclusive"
                    + " otherwise.")
            .with(overview());
    for (int i = 0; i < claims.size(); i++) {
      page = card(page, claims.get(i).card(), results.get(i));
    }
    return page;
  }

  private static ReportPage card(ReportPage page, Claim.Card card, ClaimResult result) {
    ReportPage with =
        page.with(card.id(), card.id(), new Verdict(outcome(result.judgement()), card.sentence()))
            .with("Source: " + card.source() + ".")
            .with(figure(card, result))
            .with(checks("Measured for " + card.id(), result));
    if (!card.published().isEmpty()) {
      with = with.with("Published: " + card.published());
    }
    return with.with("What would change it: " + card.change())
        .with(
            "Alone: lemniscate reproduce %s --preset %s, or %s."
                .formatted(card.id(), result.preset(), card.command()))
        .with(
            "Settings: %s. Measured %s in %.0f s by commit %s."
                .formatted(
                    result.settings().values().entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .collect(Collectors.joining(", ")),
                    result.finished(),
                    result.seconds(),
                    result.commit()));
  }

  private static Verdict.Outcome outcome(Judgement judgement) {
    return switch (judgement) {
      case PASS -> Verdict.Outcome.PASS;
      case FAIL -> Verdict.Outcome.FAIL;
      case INCONCLUSIVE -> Verdict.Outcome.INCONCLUSIVE;
      case NOT_JUDGED -> Verdict.Outcome.MEASURED;
    };
  }

  private static Figure figure(Claim.Card card, ClaimResult result) {
    Finding.Plot plot = result.finding().plot();
    List<Series> series = new ArrayList<>();
    for (int i = 0; i < plot.curves().size(); i++) {
      Finding.Curve curve = plot.curves().get(i);
      List<Series.Point> points =
          curve.points().stream()
              .filter(p -> Double.isFinite(p.y()) && !(plot.logY() && p.y() <= 0))
              .map(
                  p ->
                      // A bar that reaches 0 has no place on a logarithmic axis.
                      plot.logY() && !(p.low() > 0)
                          ? Series.Point.of(p.x(), p.y())
                          : Series.Point.of(p.x(), p.y(), p.low(), p.high()))
              .toList();
      if (!points.isEmpty()) {
        series.add(Series.line(curve.name(), Tone.nth(i, plot.curves().size()), points));
      }
    }
    String title = "%s over %s".formatted(capital(plot.y()), plot.x());
    return Figure.of(
        card.id(),
        title,
        title + ". Means over seeds, with bars from the smallest to the largest.",
        new Panel(
            "", axis(plot.x(), plot.logX(), true), axis(plot.y(), plot.logY(), false), series));
  }

  // A symbol stays what it is.
  private static String capital(String text) {
    return text.matches("[a-z]{2}.*")
        ? text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1)
        : text;
  }

  private static Axis axis(String label, boolean logarithmic, boolean horizontal) {
    return logarithmic ? horizontal ? Axis.log2(label) : Axis.log10(label) : Axis.linear(label);
  }

  // ---------------------------------------------------------------- fields

  /** The result as JSON knows it. */
  Map<String, @Nullable Object> fields(Path page) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (int i = 0; i < claims.size(); i++) {
      ClaimResult result = results.get(i);
      Map<String, Object> one = card(claims.get(i).card());
      one.put("verdict", result.judgement().text());
      one.put("checks", result.finding().checks().stream().map(ReproduceReport::fields).toList());
      one.put("seconds", result.seconds());
      one.put("commit", result.commit());
      one.put("settings", result.settings().values());
      all.add(one);
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("preset", preset.word());
    fields.put("claims", all);
    fields.put("verdict", judgement().text());
    fields.put("report", page.toString());
    return fields;
  }

  /** What people read of a claim. */
  static Map<String, Object> card(Claim.Card card) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("claim", card.id());
    fields.put("sentence", card.sentence());
    fields.put("source", card.source());
    fields.put("command", card.command());
    fields.put("change", card.change());
    fields.put("published", card.published());
    return fields;
  }

  // An end that has no bound is null.
  private static Map<String, @Nullable Object> fields(Check check) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("what", check.what());
    fields.put("value", check.value());
    fields.put("low", check.low());
    fields.put("high", check.high());
    fields.put("lowest", check.lowest());
    fields.put("highest", check.highest());
    fields.put("verdict", check.judgement().text());
    return fields;
  }
}
