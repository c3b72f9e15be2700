package lemniscate.cli;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import lemniscate.sweep.Choice;
import lemniscate.sweep.SeedMean;
import lemniscate.sweep.SweepGroup;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialRow;
import org.jspecify.annotations.Nullable;

/** A sweep as far as it is, with its trials grouped by their configuration. */
final class SweepFindings {

  private final SweepSpec spec;
  private final List<Trial> part;
  private final List<TrialRow> rows;
  private final SweepProgress progress;
  private final List<SweepGroup> groups;
  private final List<SweepGroup> ranked;
  private final @Nullable SweepGroup best;
  private final List<String> keys;

  /**
   * Groups the trials by their configuration.
   *
   * @param part trials that count
   * @param rows of the store
   * @param progress how far it is
   */
  SweepFindings(SweepSpec spec, List<Trial> part, List<TrialRow> rows, SweepProgress progress) {
    this.spec = spec;
    this.part = part;
    this.rows = rows;
    this.progress = progress;
    this.groups = SweepGroup.of(spec, part, rows);
    this.ranked = SweepGroup.ranked(groups);
    this.best = SweepGroup.best(groups).orElse(null);
    this.keys = List.copyOf(groups.getFirst().values().keySet());
  }

  SweepSpec spec() {
    return spec;
  }

  /** The trials that count. */
  List<Trial> part() {
    return part;
  }

  /** Of the store. */
  List<TrialRow> rows() {
    return rows;
  }

  SweepProgress progress() {
    return progress;
  }

  Choice choice() {
    return spec.choice();
  }

  /** Every configuration, in the order of the sweep. */
  List<SweepGroup> groups() {
    return groups;
  }

  /** Every configuration, the best first. */
  List<SweepGroup> ranked() {
    return ranked;
  }

  /** The one that is chosen; null if none can be yet. */
  @Nullable SweepGroup best() {
    return best;
  }

  /** In which the configurations differ. */
  List<String> keys() {
    return keys;
  }

  /** By what a configuration is compared, and over how many seeds. */
  String chosenBy(SweepGroup group) {
    String seeds = group.rows().size() == 1 ? "1 seed" : group.rows().size() + " seeds";
    return "mean "
        + choice().text()
        + " over "
        + seeds
        + (group.missing() > 0 ? ", " + group.missing() + " of " + group.seeds() + " missing" : "");
  }

  /** With its interval, where there is one. */
  static String meanText(SeedMean mean) {
    return RunReport.number(mean.mean())
        + (Double.isFinite(mean.half())
            ? String.format(Locale.ROOT, " ± %.5f (95 %%)", mean.half())
            : "");
  }

  /** How many trials are at a rung. */
  long atRung(int rung) {
    return rows.stream().filter(row -> rung(row) == rung).count();
  }

  /** Where a trial is. */
  int rung(TrialRow row) {
    return Math.min(row.level(), top());
  }

  /** The last rung; 0 without any. */
  int top() {
    return spec.asha().map(asha -> asha.rungs().size() - 1).orElse(0);
  }

  /** The rung that a configuration has reached. */
  int level(SweepGroup group) {
    return Math.min(group.level(), top());
  }

  static Object value(SweepGroup group, String key) {
    return Objects.requireNonNull(group.values().get(key));
  }

  /** The values of a key, each once. */
  Set<Object> valuesOf(String key) {
    Set<Object> values = new LinkedHashSet<>();
    groups.forEach(group -> values.add(value(group, key)));
    return values;
  }

  static boolean isNumeric(Set<Object> values) {
    return values.stream().allMatch(Number.class::isInstance);
  }

  /** A value, short enough for a label. */
  static String text(Object value) {
    if (value instanceof Double number) {
      return String.format(Locale.ROOT, "%.4g", number)
          .replaceAll("(\\.\\d*?)0+(e|$)", "$1$2")
          .replaceAll("\\.(e|$)", "$1");
    }
    return String.valueOf(value);
  }
}
