package lemniscate.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import lemniscate.cli.report.Table;
import lemniscate.config.Aspect;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;

/** In which keys the configurations of runs differ, but for where and how often they write. */
final class RunDifferences {

  /** In the place of a value that says nothing of a run. */
  static final String NONE = "–";

  private RunDifferences() {}

  /** By key, in the order of the schema, the value of each run by its name. */
  static Map<String, Map<String, String>> of(Map<String, Config> runs) {
    Map<String, Map<String, String>> differences = new LinkedHashMap<>();
    for (ConfigKey<?> key : keys(runs.values())) {
      Map<String, String> values = new LinkedHashMap<>();
      runs.forEach((name, config) -> values.put(name, text(config, key)));
      differences.put(key.name(), values);
    }
    return differences;
  }

  /** The keys of which there is more than one value, in the order of the schema. */
  static List<ConfigKey<?>> keys(Collection<Config> runs) {
    List<ConfigKey<?>> keys = new ArrayList<>();
    for (ConfigKey<?> key : ConfigSchema.KEYS) {
      Set<String> values = new HashSet<>();
      runs.forEach(run -> values.add(text(run, key)));
      values.remove(NONE);
      if (values.size() > 1 && key.aspect() != Aspect.OUTPUT) {
        keys.add(key);
      }
    }
    return keys;
  }

  /** A run's value of a key; none of a key of other rules than its own. */
  static String text(Config run, ConfigKey<?> key) {
    List<String> rules = ConfigSchema.rulesOf(key);
    return rules.isEmpty() || rules.contains(run.get(ConfigSchema.RULE)) ? run.text(key) : NONE;
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
