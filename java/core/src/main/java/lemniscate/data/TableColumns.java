package lemniscate.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/** What the columns of a table are called and which of them are features. */
final class TableColumns {
  /** What a column is called that is to be predicted, if nothing is said. */
  private static final List<String> USUAL = List.of("label", "class", "target", "y");

  /** In the place of the label's column, where there is none. */
  static final int NO_LABEL = -1;

  private final @Nullable List<String> names;
  private final int count;
  private final int label;
  private final int[] features;

  private TableColumns(@Nullable List<String> names, int count, int label, int[] features) {
    this.names = names;
    this.count = count;
    this.label = label;
    this.features = features;
  }

  /**
   * Whether a first row holds names: it does if none of its cells is a number.
   *
   * @param stated what the user says, or null
   * @throws BadInputException if it can be either
   */
  static boolean isHeader(Path file, TableReader.Row first, @Nullable Boolean stated) {
    if (stated != null) {
      return stated;
    }
    List<String> cells = first.cells();
    if (cells.size() > 2
        && IntStream.range(0, cells.size())
            .allMatch(i -> cells.get(i).equals(Integer.toString(i)))) {
      throw new BadInputException(
          file
              + ": the first row is 0, 1, 2, …, which may be names of columns or an example; say"
              + " which with data.header true or false.");
    }
    return cells.stream().noneMatch(TableCell::isNumber);
  }

  static TableColumns of(Path file, TableReader.Row first, boolean header, TableOptions options) {
    List<String> names = header ? List.copyOf(first.cells()) : null;
    int count = first.cells().size();
    String stated = options.label();
    int label =
        stated == null ? usual(file, names, count) : find(file, "data.label", stated, names, count);
    Set<Integer> dropped = new HashSet<>();
    for (String drop : options.drop()) {
      dropped.add(find(file, "data.drop", drop, names, count));
    }
    if (dropped.contains(label)) {
      throw new BadInputException(
          "data.drop leaves out %s of %s, which is the label; expected other columns."
              .formatted(named(names, label), file));
    }
    int[] features =
        IntStream.range(0, count).filter(i -> i != label && !dropped.contains(i)).toArray();
    if (features.length == 0) {
      throw new BadInputException(
          "%s has %d columns and so no feature beside the label, expected at least one; separate columns by commas, semicolons or tabs%s."
              .formatted(file, count, dropped.isEmpty() ? "" : ", or drop fewer"));
    }
    if (names != null) {
      for (int i : features) {
        if (names.get(i).isEmpty()) {
          throw new BadInputException(
              "%s: column %d has no name, as the numbers of rows have that pandas writes, which would tell the order of the rows; leave it out (data.drop %d, or to_csv(index=False)), or name it."
                  .formatted(file, i + 1, i + 1));
        }
      }
    }
    return new TableColumns(names, count, label, features);
  }

  /**
   * The columns of a table that holds features alone: as many as are wanted, but for those that are
   * dropped where they are there.
   *
   * @return null if it has another number of columns
   */
  static @Nullable TableColumns unlabelled(
      TableReader.Row first, boolean header, List<String> drop, int features) {
    List<String> names = header ? List.copyOf(first.cells()) : null;
    int count = first.cells().size();
    int[] kept =
        IntStream.range(0, count)
            .filter(
                i ->
                    !drop.contains(Integer.toString(i + 1))
                        && (names == null || !drop.contains(names.get(i))))
            .toArray();
    return kept.length == features ? new TableColumns(names, count, NO_LABEL, kept) : null;
  }

  private static int usual(Path file, @Nullable List<String> names, int count) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; names != null && i < count; i++) {
      String name = names.get(i);
      if (USUAL.stream().anyMatch(name::equalsIgnoreCase)) {
        found.add(i);
      }
    }
    if (found.size() == 1) {
      return found.getFirst();
    }
    throw new BadInputException(
        "%s: which column is to be predicted is not said, and %s; give data.label, %s."
            .formatted(
                file,
                names == null
                    ? "it has no names"
                    : (found.isEmpty() ? "none" : "more than one")
                        + " is called "
                        + String.join(", ", USUAL),
                expected(names, count)));
  }

  private static String expected(@Nullable List<String> names, int count) {
    return names == null
        ? "the place of a column from 1 to " + count
        : "one of " + ClassNames.shown(names);
  }

  private static int find(
      Path file, String key, String wanted, @Nullable List<String> names, int count) {
    int named = names == null ? -1 : names.indexOf(wanted);
    if (named >= 0 && names != null) {
      if (names.lastIndexOf(wanted) != named) {
        throw new BadInputException(
            "%s is %s, but %s has several columns of that name; give the place of one, from 1."
                .formatted(key, Shown.quoted(wanted), file));
      }
      return named;
    }
    // Nine digits always fit.
    int place = wanted.matches("[0-9]{1,9}") ? Integer.parseInt(wanted) : 0;
    if (place >= 1 && place <= count) {
      return place - 1;
    }
    String near = names == null ? null : Names.nearest(wanted, names);
    throw new BadInputException(
        "%s is %s, but %s has no such column; %sexpected %s."
            .formatted(
                key,
                Shown.quoted(wanted),
                file,
                near == null ? "" : "did you mean " + Shown.quoted(near) + "? ",
                expected(names, count)));
  }

  /** Refuses a first row of another table that has other columns. */
  void requireSame(Path file, TableReader.Row first, boolean header) {
    List<String> here = header ? first.cells() : null;
    if (names != null && here != null && !names.equals(here)
        || first.cells().size() != count
        || (names == null) != (here == null)) {
      throw new BadInputException(
          "%s has the columns %s, expected those of the training examples, %s; give both files the same columns in the same order."
              .formatted(file, shown(here, first.cells().size()), shown(names, count)));
    }
  }

  private static String shown(@Nullable List<String> names, int count) {
    return names == null ? count + " without names" : ClassNames.shown(names);
  }

  private static String named(@Nullable List<String> names, int column) {
    return names == null
        ? "column " + (column + 1)
        : "column %d (%s)".formatted(column + 1, names.get(column));
  }

  /** What messages call a column, from 0. */
  String name(int column) {
    return named(names, column);
  }

  int count() {
    return count;
  }

  /** The column of the label, from 0, or {@link #NO_LABEL}. */
  int label() {
    return label;
  }

  /** The columns of features, from 0; not to be modified. */
  int[] features() {
    return features;
  }
}
