package lemniscate.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import lemniscate.cli.report.Table;
import lemniscate.config.Aspect;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;

/** In which keys the configurations of runs differ, but for where and how often they write. */
final class RunDifferences {

  private static final String NONE = "–";

  private RunDifferences() {}

  /** By key, in the order of the schema, the value of each run by its name. */
  static Map<String, Map<String, String>> of(Map<String, Config> runs) {
    Map<String, Map<String, String>> differences = new LinkedHashMap<>();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      if (key.aspect() == Aspect.OUTPUT) {
        continue;
      }
      Map<String, String> values = new LinkedHashMap<>();
      runs.forEach((name, config) -> values.put(name, text(config, key)));
      Set<String> known = new HashSet<>(values.values());
      if (known.size() > 1) {
        differences.put(key.name(), values);
      }
    }
    return differences;
  }

  // Keys of other rules than the run's say nothing of it.
  private static String text(Config config, ConfigKey<?> key) {
    List<String> rules = ConfigSchema.rulesOf(key);
    if (!rules.isEmpty() && !rules.contains(config.get(ConfigSchema.RULE))) {
      return NONE;
    }
    Object value = config.get(key);
    if (value instanceof Optional<?> optional) {
      return optional.map(String::valueOf).orElse(NONE);
    }
    return String.valueOf(value);
  }

  /** A column for each run, or a row where there are many; empty where nothing differs. */
  static Table table(Map<String, Config> runs) {
    Map<String, Map<String, String>> differences = of(runs);
    boolean tall = runs.size() > differences.size();
    Set<String> columns = new LinkedHashSet<>(tall ? differences.keySet() : runs.keySet());
    Set<String> rows = new LinkedHashSet<>(tall ? runs.keySet() : differences.keySet());
    List<String> header = new ArrayList<>(List.of(tall ? "run" : "key"));
    header.addAll(columns);
    Table table = new Table("In what the runs differ", header, List.of());
    for (String row : rows) {
      List<Object> cells = new ArrayList<>(List.of(row));
      for (String column : columns) {
        String key = tall ? column : row;
        String run = tall ? row : column;
        cells.add(Objects.requireNonNull(differences.get(key)).getOrDefault(run, NONE));
      }
      table = table.with(cells.toArray());
    }
    return table;
  }
}
