package lemniscate.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the lines and signs of a figure mean.
 *
 * @param series one of each name, tone and style
 * @param diverged whether there are crosses
 * @param marks names of rings
 */
record Legend(List<Series> series, boolean diverged, List<String> marks) {

  /** What identifies an entry. */
  private record Entry(String name, Tone tone, Series.Style style) {}

  static Legend of(Figure figure) {
    Set<Entry> entries = new LinkedHashSet<>();
    Set<String> marks = new LinkedHashSet<>();
    boolean diverged = false;
    for (Panel panel : figure.panels()) {
      for (Series series : panel.series()) {
        if (!series.name().isEmpty()) {
          entries.add(new Entry(series.name(), series.tone(), series.style()));
        }
        if (series.mark() instanceof Series.Mark mark) {
          marks.add(mark.name());
        }
        diverged |= FigureDrawing.diverges(series);
      }
    }
    List<Series> shown = new ArrayList<>();
    entries.forEach(
        entry -> shown.add(new Series(entry.name, List.of(), entry.style, entry.tone, null)));
    return new Legend(shown, diverged, List.copyOf(marks));
  }

  /** Names in the order in which they stand. */
  List<String> names() {
    List<String> names = new ArrayList<>(series.stream().map(Series::name).toList());
    names.addAll(marks);
    if (diverged) {
      names.add("diverged");
    }
    return names;
  }
}
