package lemniscate.cli;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import lemniscate.cli.report.Table;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.rule.PublishedAccuracy;
import lemniscate.rule.RulesTableRow;

/** What papers report of the data and the rule of runs, for pages that show their accuracies. */
final class PublishedTable {

  private PublishedTable() {}

  /**
   * A row for each number.
   *
   * @param runs their configurations, by name
   * @return without rows where nothing is known
   */
  static Table of(Map<String, Config> runs) {
    Table table =
        Table.of(
            "Published test accuracies of the same data and rule, after 100 epochs of one hidden"
                + " layer of 1024 units",
            "run",
            "data",
            "row of the table of rules",
            "paper",
            "accuracy",
            "this number is");
    for (Map.Entry<String, Config> run : runs.entrySet()) {
      Optional<RulesTableRow> row = row(run.getValue());
      if (row.isEmpty()) {
        continue;
      }
      for (PublishedAccuracy known : row.get().published()) {
        if (known.dataSet().equals(run.getValue().get(ConfigSchema.DATA_NAME))) {
          table =
              table.with(
                  run.getKey(),
                  known.dataSet(),
                  row.get().name(),
                  known.paper().label(),
                  Table.number(known.percent(), 2) + " %",
                  known.mark().word());
        }
      }
    }
    return table;
  }

  // Of the rows that a run agrees with, that which says most of it.
  private static Optional<RulesTableRow> row(Config config) {
    return RulesTableRow.ALL.stream()
        .filter(row -> config.withAll(row.keys(), row.name()).equals(config))
        .max(Comparator.comparingInt(row -> row.keys().size()));
  }
}
