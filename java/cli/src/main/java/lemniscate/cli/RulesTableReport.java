package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
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
import lemniscate.rule.PublishedAccuracy;
import lemniscate.rule.PublishedAccuracy.Paper;
import lemniscate.rule.RuleFamily;
import lemniscate.rule.RulesTableRow;
import lemniscate.study.RulesTableStudy;
import lemniscate.study.RulesTableStudy.Candidate;
import lemniscate.study.RulesTableStudy.Choice;
import lemniscate.study.RulesTableStudy.Entry;
import lemniscate.study.RulesTableStudy.Line;
import lemniscate.text.Csv;
import org.jspecify.annotations.Nullable;

/**
 * What {@code reproduce rules-table} shows of its result.
 *
 * @param study that was run
 * @param lines of the table
 */
record RulesTableReport(RulesTableStudy study, List<Line> lines) {

  private static final String NOTE =
      "Published numbers are for 100 epochs of one hidden layer of 1024 units; those from memory"
          + " are no targets. A rate with * is the smallest or largest that was tried.";

  private static String percent(double fraction) {
    return Table.number(100 * fraction, 2);
  }

  private static String spread(double percent, double deviation) {
    String mean = Table.number(percent, 2);
    return Double.isFinite(deviation) ? mean + " ± " + Table.number(deviation, 2) : mean;
  }

  private static String measured(Line line) {
    if (line.accuracies().isEmpty()) {
      return "diverged";
    }
    String text = spread(100 * line.mean(), 100 * line.deviation());
    return line.diverged() == 0 ? text : text + " (" + line.diverged() + " diverged)";
  }

  private static String published(Line line, Paper paper) {
    return line.published(paper)
        .map(p -> spread(p.percent(), p.deviation()) + " (" + p.mark().word() + ")")
        .orElse("–");
  }

  private static String rate(Choice choice) {
    Candidate chosen = choice.chosen();
    return chosen == null ? "–" : chosen.rate() + (choice.atEdge() ? "*" : "");
  }

  /** The table. */
  Table table() {
    Table table =
        Table.of(
            "Test accuracy in percent, mean ± standard deviation of %s"
                .formatted(study.seeds() == 1 ? "one seed" : study.seeds() + " seeds"),
            "data",
            "hidden",
            "row",
            "units",
            "rate",
            "validation",
            "test",
            Paper.ICML_2022.label(),
            Paper.ICLR_2024.label());
    for (Line line : lines) {
      Entry entry = line.choice().entry();
      Candidate chosen = line.choice().chosen();
      table =
          table.with(
              entry.dataSet(),
              hidden(entry),
              entry.row().name(),
              study.activation(entry.row()),
              rate(line.choice()),
              chosen == null ? "–" : percent(chosen.accuracy()),
              measured(line),
              published(line, Paper.ICML_2022),
              published(line, Paper.ICLR_2024));
    }
    return table;
  }

  private String hidden(Entry entry) {
    return entry.depth() + "×" + study.base().get(ConfigSchema.NET_WIDTH);
  }

  private String setting() {
    return "%d epochs, batches of %d, rates chosen on the last %d training examples by one run each (seed %d)."
        .formatted(
            study.base().get(ConfigSchema.TRAIN_EPOCHS),
            study.base().get(ConfigSchema.TRAIN_BATCH),
            study.validation(),
            study.base().get(ConfigSchema.SEED));
  }

  /** The table as Markdown. */
  String markdown() {
    Table table = table();
    StringBuilder text = new StringBuilder(table.caption()).append(". ").append(setting());
    text.append(' ').append(NOTE).append("\n\n");
    text.append(table.header().stream().collect(Collectors.joining(" | ", "| ", " |\n")));
    text.append("| --- ".repeat(table.header().size())).append("|\n");
    for (List<String> row : table.rows()) {
      text.append(
          row.stream()
              .map(cell -> cell.replace("*", "\\*"))
              .collect(Collectors.joining(" | ", "| ", " |\n")));
    }
    return text.toString();
  }

  /** The table as comma-separated values with all digits; what is not known is empty. */
  String csv() {
    Csv csv =
        new Csv(
            "data",
            "hidden",
            "width",
            "row",
            "activation",
            "rate",
            "atEdge",
            "validation",
            "test",
            "std",
            "seeds",
            "diverged",
            "paper",
            "published",
            "publishedStd",
            "mark");
    for (Line line : lines) {
      Entry entry = line.choice().entry();
      Candidate chosen = line.choice().chosen();
      List<@Nullable Object> own = new ArrayList<>();
      own.add(entry.dataSet());
      own.add(entry.depth());
      own.add(study.base().get(ConfigSchema.NET_WIDTH));
      own.add(entry.row().name());
      own.add(study.activation(entry.row()));
      own.add(chosen == null ? null : chosen.rate());
      own.add(line.choice().atEdge());
      own.add(chosen == null ? null : Csv.number(chosen.accuracy()));
      own.add(Csv.number(line.mean()));
      own.add(Csv.number(line.deviation()));
      own.add(line.accuracies().size());
      own.add(line.diverged());
      List<PublishedAccuracy> published = published(line);
      if (published.isEmpty()) {
        csv.row(joined(own, null, null, null, null));
      }
      for (PublishedAccuracy p : published) {
        csv.row(
            joined(
                own, p.paper().label(), p.percent(), Csv.number(p.deviation()), p.mark().word()));
      }
    }
    return csv.toString();
  }

  private static List<PublishedAccuracy> published(Line line) {
    List<PublishedAccuracy> all = new ArrayList<>();
    for (Paper paper : Paper.values()) {
      line.published(paper).ifPresent(all::add);
    }
    return all;
  }

  private static @Nullable Object[] joined(
      List<@Nullable Object> first, @Nullable Object... others) {
    List<@Nullable Object> all = new ArrayList<>(first);
    all.addAll(Arrays.asList(others));
    return all.toArray();
  }

  /** Every rate on the validation examples. */
  String ratesCsv() {
    Csv csv = new Csv("data", "hidden", "row", "rate", "accuracy", "loss", "chosen");
    for (Line line : lines) {
      Choice choice = line.choice();
      for (Candidate c : choice.candidates()) {
        csv.row(
            choice.entry().dataSet(),
            choice.entry().depth(),
            choice.entry().row().name(),
            c.rate(),
            Csv.number(c.accuracy()),
            Csv.number(c.loss()),
            c.equals(choice.chosen()));
      }
    }
    return csv.toString();
  }

  // ---------------------------------------------------------------- page

  /** The page, without files, command and provenance. */
  ReportPage page() {
    ReportPage page =
        ReportPage.of(
                "Learning rules side by side",
                new Verdict(
                    Verdict.Outcome.MEASURED,
                    "Rates were chosen on held out training examples; the test set had no part in"
                        + " it."))
            .with(setting())
            .with(table())
            .with(NOTE);
    for (String dataSet : study.dataSets()) {
      for (int depth : study.depths()) {
        page = page.with(figure(dataSet, depth));
      }
    }
    return page;
  }

  private Figure figure(String dataSet, int depth) {
    List<Line> shown =
        lines.stream()
            .filter(line -> line.choice().entry().dataSet().equals(dataSet))
            .filter(line -> line.choice().entry().depth() == depth)
            .toList();
    List<Series> series = new ArrayList<>();
    for (Line line : shown) {
      Choice choice = line.choice();
      List<Series.Point> points = new ArrayList<>();
      for (Candidate c : choice.candidates()) {
        double rate = Double.parseDouble(c.rate());
        points.add(
            Double.isFinite(c.accuracy())
                ? Series.Point.of(rate, 100 * c.accuracy())
                : Series.Point.diverged(rate));
      }
      Series curve = Series.line(choice.entry().row().name(), tone(choice.entry().row()), points);
      Candidate chosen = choice.chosen();
      series.add(
          chosen == null
              ? curve
              : curve.withMark(
                  "chosen", Double.parseDouble(chosen.rate()), 100 * chosen.accuracy()));
    }
    int place = study.dataSets().indexOf(dataSet) * study.depths().size();
    return Figure.of(
        "rates-" + (place + study.depths().indexOf(depth) + 1),
        "Choice of the learning rate: %s, %d hidden".formatted(dataSet, depth),
        "Accuracy on the held out examples at every rate; rings are what was chosen, crosses runs"
            + " that diverged.",
        new Panel("", Axis.log10("learning rate"), Axis.linear("validation accuracy, %"), series));
  }

  // A hue for each family, and shades within it.
  private Tone tone(RulesTableRow row) {
    List<RulesTableRow> family =
        study.rows().stream().filter(other -> hue(other) == hue(row)).toList();
    return new Tone(hue(row), family.indexOf(row), family.size());
  }

  private static Tone.Hue hue(RulesTableRow row) {
    return Tone.Hue.valueOf(RuleFamily.of(row.rule()).tableHue().name());
  }

  // ---------------------------------------------------------------- text and fields

  /** The result for people. */
  String text(List<Path> files, Path page) {
    StringBuilder text = new StringBuilder(table().caption()).append(". ").append(setting());
    text.append("\n\n").append(TextTable.of(table())).append('\n').append(NOTE).append('\n');
    text.append("tables: ");
    text.append(files.stream().map(Path::toString).collect(Collectors.joining(", ")));
    return text.append("\nreport: ").append(page).append('\n').toString();
  }

  /** The result as JSON knows it. */
  Map<String, @Nullable Object> fields(Path page) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("width", study.base().get(ConfigSchema.NET_WIDTH));
    fields.put("epochs", study.base().get(ConfigSchema.TRAIN_EPOCHS));
    fields.put("seeds", study.seeds());
    fields.put("validation", study.validation());
    fields.put("rows", lines.stream().map(this::fields).toList());
    fields.put("report", page.toString());
    return fields;
  }

  private Map<String, @Nullable Object> fields(Line line) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    Entry entry = line.choice().entry();
    Candidate chosen = line.choice().chosen();
    fields.put("data", entry.dataSet());
    fields.put("hidden", entry.depth());
    fields.put("row", entry.row().name());
    fields.put("activation", study.activation(entry.row()));
    fields.put("rate", chosen == null ? null : Double.parseDouble(chosen.rate()));
    fields.put("atEdge", line.choice().atEdge());
    fields.put("validationAccuracy", chosen == null ? Double.NaN : chosen.accuracy());
    fields.put("accuracies", line.accuracies());
    fields.put("mean", line.mean());
    fields.put("std", line.deviation());
    fields.put("diverged", line.diverged());
    List<Map<String, Object>> published = new ArrayList<>();
    for (PublishedAccuracy p : published(line)) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("paper", p.paper().label());
      one.put("percent", p.percent());
      one.put("std", p.deviation());
      one.put("mark", p.mark().word());
      published.add(one);
    }
    fields.put("published", published);
    return fields;
  }
}
