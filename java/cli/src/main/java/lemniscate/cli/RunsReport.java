package lemniscate.cli;

import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import lemniscate.cli.report.Table;
import lemniscate.config.BadInputException;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.text.Shown;
import lemniscate.train.RunSummary;
import org.jspecify.annotations.Nullable;

/**
 * What {@code runs} shows.
 *
 * @param folder that was searched
 * @param runs in the order in which they are shown
 */
record RunsReport(Path folder, List<RunSummary> runs) {

  private static final String NONE = RunDifferences.NONE;
  private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

  /** Columns of their own. */
  private static final Set<ConfigKey<?>> SHOWN =
      Set.of(ConfigSchema.RULE, ConfigSchema.NET_WIDTH, ConfigSchema.NET_DEPTH);

  /** What can be sorted by, beside keys of the configuration. */
  static final List<String> COLUMNS =
      List.of(
          "run",
          "state",
          "rule",
          "width",
          "depth",
          "steps",
          "epochs",
          "trainLoss",
          "testLoss",
          "testAccuracy",
          "best",
          "started",
          "seconds");

  /** Copies the list. */
  RunsReport {
    runs = List.copyOf(runs);
  }

  /**
   * The same in another order; runs of which the column says nothing come last.
   *
   * @param column one of {@link #COLUMNS}, or a key of the configuration
   * @throws BadInputException if it is neither
   */
  RunsReport sorted(String column, boolean reverse) {
    if (!COLUMNS.contains(column) && ConfigSchema.find(column).isEmpty()) {
      throw new BadInputException(
          "--sort is %s, expected %s or a key of the configuration, such as optim.lr."
              .formatted(Shown.quoted(column), String.join(", ", COLUMNS)));
    }
    Map<RunSummary, String> values = new IdentityHashMap<>();
    for (RunSummary run : runs) {
      Object value = value(run, column);
      if (value != null) {
        values.put(run, value.toString());
      }
    }
    Map<String, Double> numbers = numbers(values.values());
    Comparator<String> ofValues =
        numbers.isEmpty() ? Comparator.naturalOrder() : Comparator.comparing(numbers::get);
    Comparator<RunSummary> byValue =
        Comparator.comparing(values::get, reverse ? ofValues.reversed() : ofValues);
    Comparator<RunSummary> order =
        Comparator.comparing((RunSummary run) -> !values.containsKey(run))
            .thenComparing((a, b) -> values.containsKey(a) ? byValue.compare(a, b) : 0)
            .thenComparing(RunSummary::path);
    return new RunsReport(folder, runs.stream().sorted(order).toList());
  }

  // Empty unless all are numbers: an order of both kinds at once is none.
  private static Map<String, Double> numbers(Iterable<String> texts) {
    Map<String, Double> numbers = new HashMap<>();
    for (String text : texts) {
      try {
        numbers.put(text, Double.valueOf(text));
      } catch (NumberFormatException e) {
        return Map.of();
      }
    }
    return numbers;
  }

  private @Nullable Object value(RunSummary run, String column) {
    Map<String, @Nullable Object> fields = fields(run);
    if (fields.containsKey(column)) {
      return fields.get(column) instanceof Double number && number.isNaN()
          ? null
          : fields.get(column);
    }
    if (column.equals("best")) {
      double accuracy = run.best().accuracy();
      double score = Double.isNaN(accuracy) ? -run.best().loss() : accuracy;
      return Double.isNaN(score) ? null : score;
    }
    return ConfigSchema.find(column)
        .map(key -> text(run, key))
        .filter(t -> !t.equals(NONE))
        .orElse(null);
  }

  /** Its name: the path from the folder that was searched. */
  String name(RunSummary run) {
    String name = folder.relativize(run.path()).toString();
    return name.isEmpty()
        ? String.valueOf(run.path().toAbsolutePath().normalize().getFileName())
        : name;
  }

  private static String text(RunSummary run, ConfigKey<?> key) {
    return run.problem() == null ? RunDifferences.text(run.config(), key) : NONE;
  }

  /** The keys in which the runs differ and that have no column anyway. */
  List<ConfigKey<?>> differences() {
    List<ConfigKey<?>> keys =
        RunDifferences.keys(
            runs.stream().filter(run -> run.problem() == null).map(RunSummary::config).toList());
    return keys.stream().filter(key -> !SHOWN.contains(key)).toList();
  }

  /** What is known of each, for JSON. */
  List<Map<String, @Nullable Object>> fields() {
    List<ConfigKey<?>> differences = differences();
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (RunSummary run : runs) {
      Map<String, @Nullable Object> fields = fields(run);
      Map<String, @Nullable Object> keys = new LinkedHashMap<>();
      differences.forEach(
          key -> keys.put(key.name(), run.problem() == null ? text(run, key) : null));
      fields.put("config", keys);
      all.add(fields);
    }
    return all;
  }

  private Map<String, @Nullable Object> fields(RunSummary run) {
    boolean read = run.problem() == null;
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("run", name(run));
    fields.put("state", run.state().word());
    fields.put("rule", read ? run.config().get(ConfigSchema.RULE) : null);
    fields.put("width", read ? run.config().get(ConfigSchema.NET_WIDTH) : null);
    fields.put("depth", read ? run.config().get(ConfigSchema.NET_DEPTH) : null);
    fields.put("step", read ? run.step() : null);
    fields.put("steps", read ? run.steps() : null);
    fields.put("epochs", run.epochs());
    fields.put("trainLoss", run.trainLoss());
    fields.put("testLoss", run.testLoss());
    fields.put("testAccuracy", run.testAccuracy());
    fields.put("bestStep", run.best().step() < 0 ? null : run.best().step());
    fields.put("bestLoss", run.best().loss());
    fields.put("bestAccuracy", run.best().accuracy());
    fields.put("started", run.started().isEmpty() ? null : run.started());
    fields.put("seconds", run.seconds());
    fields.put("changes", run.changes().size());
    if (!read) {
      fields.put("problem", run.problem());
    }
    return fields;
  }

  /** A row for each run. */
  Table table() {
    List<ConfigKey<?>> differences = differences();
    boolean changed = runs.stream().anyMatch(run -> !run.changes().isEmpty());
    List<String> header =
        new ArrayList<>(
            List.of(
                "run",
                "state",
                "rule",
                "width",
                "depth",
                "epochs",
                "train loss",
                "test loss",
                "accuracy",
                "best",
                "started",
                "time"));
    if (changed) {
      header.add("changes");
    }
    differences.forEach(key -> header.add(key.name()));
    Table table = Table.of("Runs", header.toArray(String[]::new));
    for (RunSummary run : runs) {
      boolean read = run.problem() == null;
      List<Object> row = new ArrayList<>();
      row.add(name(run));
      row.add(run.state().word());
      row.add(read ? run.config().get(ConfigSchema.RULE) : NONE);
      row.add(read ? run.config().get(ConfigSchema.NET_WIDTH) : NONE);
      row.add(read ? run.config().get(ConfigSchema.NET_DEPTH) : NONE);
      row.add(epochs(run));
      row.add(Table.number(run.trainLoss(), 4));
      row.add(Table.number(run.testLoss(), 4));
      row.add(Table.percent(run.testAccuracy(), 2));
      row.add(
          Double.isNaN(run.best().accuracy())
              ? Table.number(run.best().loss(), 4)
              : Table.percent(run.best().accuracy(), 2));
      row.add(started(run.started()));
      row.add(Double.isFinite(run.seconds()) ? ProgressText.clock(run.seconds()) : NONE);
      if (changed) {
        row.add(run.changes().isEmpty() ? NONE : run.changes().size());
      }
      differences.forEach(key -> row.add(text(run, key)));
      table = table.with(row.toArray());
    }
    return table;
  }

  private static String epochs(RunSummary run) {
    if (!Double.isFinite(run.epochs())) {
      return NONE;
    }
    String done =
        run.epochs() == Math.rint(run.epochs())
            ? Long.toString((long) run.epochs())
            : String.format(Locale.ROOT, "%.2f", run.epochs());
    boolean all = run.step() >= run.steps();
    return all || run.step() == 0
        ? done
        : done
            + String.format(Locale.ROOT, " of %.4g", run.epochs() * run.steps() / run.step())
                .replaceFirst("\\.?0+$", "");
  }

  private static String started(String time) {
    try {
      return time.isEmpty() ? NONE : OffsetDateTime.parse(time).format(MINUTE);
    } catch (DateTimeParseException e) {
      return NONE;
    }
  }
}
