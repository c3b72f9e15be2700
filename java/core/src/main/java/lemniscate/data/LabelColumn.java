package lemniscate.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * The column of a table that is to be predicted. Unless the user says which, it holds
 *
 * <ul>
 *   <li>classes, if no more than a few cells are numbers with a fraction, and all cells are texts
 *       or there are at most {@value #FEW} different integers, each twice on average;
 *   <li>numbers, if all cells are numbers and one has a fraction.
 * </ul>
 *
 * <p>Integers that are many could be either, and the user is asked. Classes are numbered in the
 * order of {@link ClassNames}.
 */
final class LabelColumn {
  /** More different integers than this may well be amounts. */
  static final int FEW = 100;

  private static final int MAX_CLASSES = 1 << 16;

  /** Characters of the name of a class, as of the texts of a configuration. */
  private static final int LONGEST_CLASS = 4096;

  private final Path file;
  private final @Nullable String task;
  private final @Nullable LabelColumn model;
  private boolean header;
  private int size;
  private int[] ids = new int[64];
  private float[] values = new float[64];
  private final Map<String, Integer> texts = new HashMap<>();
  private boolean tooMany;
  private boolean fractions;
  private @Nullable String firstText;
  private long firstTextLine;
  private int textRows;
  private String where = "";
  private boolean classes;
  private List<String> names = List.of();

  LabelColumn(Path file, @Nullable String task) {
    this(file, task, null);
  }

  private LabelColumn(Path file, @Nullable String task, @Nullable LabelColumn model) {
    this.file = file;
    this.task = task;
    this.model = model;
  }

  /** The same column of another table: its classes must be known. */
  LabelColumn same(Path other) {
    return new LabelColumn(other, classes ? "classification" : "regression", this);
  }

  /** A column whose classes are known; one of numbers if there are none. */
  static LabelColumn known(Path file, List<String> classNames) {
    LabelColumn model = new LabelColumn(file, null);
    model.classes = !classNames.isEmpty();
    model.names = List.copyOf(classNames);
    LabelColumn same = model.same(file);
    return model.classes ? same : new LabelColumn(file, "regression");
  }

  boolean hasHeader() {
    return header;
  }

  void headerSeen() {
    header = true;
  }

  /** Takes in a cell. */
  void add(String cell, long line, TableColumns columns) {
    if (TableCell.isMissing(cell)) {
      throw new BadInputException(
          "%s, line %d, %s: the label is missing (%s), expected one in every row; fill it in, or remove the row."
              .formatted(file, line, columns.name(columns.label()), Shown.quoted(cell)));
    }
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
    }
    if ("regression".equals(task)) {
      values[size++] = TableCell.number(cell, file, line, columns.label(), columns);
      return;
    }
    if (model != null && !model.names.contains(cell)) {
      throw new BadInputException(
          "%s, line %d, %s: the class %s is not among those of the training examples, %s; add such examples there, or remove the row."
              .formatted(
                  file,
                  line,
                  columns.name(columns.label()),
                  Shown.quoted(cell),
                  ClassNames.shown(model.names)));
    }
    if (cell.length() > LONGEST_CLASS) {
      throw new BadInputException(
          "%s, line %d, %s: the label %s has %d characters, expected at most %d; shorten it, or give another column with data.label."
              .formatted(
                  file,
                  line,
                  columns.name(columns.label()),
                  Shown.quoted(cell),
                  cell.length(),
                  LONGEST_CLASS));
    }
    if (TableCell.isNumber(cell)) {
      values[size] = Float.parseFloat(cell);
      fractions |= !ClassNames.isInteger(cell);
    } else {
      textRows++;
      if (firstText == null) {
        firstText = cell;
        firstTextLine = line;
      }
    }
    Integer id = texts.get(cell);
    if (id == null) {
      tooMany |= texts.size() >= MAX_CLASSES;
      id = texts.size();
      if (!tooMany) {
        texts.put(cell, id);
      }
    }
    ids[size++] = id;
  }

  /**
   * Decides what the column holds.
   *
   * @param column what messages call it
   * @throws BadInputException if it can be either, or is neither
   */
  void decide(String column) {
    where = file + ", " + column;
    classes = "classification".equals(task) || task == null && looksLikeClasses();
    if (!classes) {
      for (int i = 0; i < size; i++) {
        if (!Float.isFinite(values[i])) {
          throw new BadInputException(
              where + " holds a number that does not fit 32 bits; scale the targets.");
        }
      }
      return;
    }
    if (tooMany) {
      throw new BadInputException(
          "%s holds more than %d different values, too many for classes; give data.task regression, or another column with data.label."
              .formatted(where, MAX_CLASSES));
    }
    names = model == null ? ClassNames.sorted(texts.keySet()) : model.names;
    if (names.size() < 2) {
      throw new BadInputException(
          "%s holds one value only, %s, expected at least two classes; give another column with data.label, or data.task regression."
              .formatted(where, Shown.quoted(names.getFirst())));
    }
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      numbers.put(names.get(i), i);
    }
    int[] byId = new int[texts.size()];
    texts.forEach((text, id) -> byId[id] = numbers.getOrDefault(text, 0));
    for (int i = 0; i < size; i++) {
      ids[i] = byId[ids[i]];
    }
  }

  private boolean looksLikeClasses() {
    if (firstText == null) {
      if (!fractions) {
        requireFew();
      }
      return !fractions;
    }
    if (fractions || textRows == 1 && size > 1) {
      throw new BadInputException(
          "%s holds numbers, but %s in line %d; expected numbers or classes throughout: correct it, or say which with data.task%s."
              .formatted(
                  where,
                  Shown.quoted(firstText),
                  firstTextLine,
                  firstTextLine == 1
                      ? ", or that the first row holds names with data.header true"
                      : ""));
    }
    return true;
  }

  private void requireFew() {
    if (tooMany || texts.size() > FEW || 2 * texts.size() > size) {
      throw new BadInputException(
          "%s holds %s%d different integers in %d rows, which may be classes or amounts; say which with data.task classification or data.task regression."
              .formatted(where, tooMany ? "more than " : "", texts.size(), size));
    }
  }

  /** The examples with their labels or targets. */
  Dataset dataset(String name, Numbers numbers, int features, DataOptions options) {
    Dataset.Source source = new Dataset.Source(file.toString(), where);
    Dataset data =
        classes
            ? Dataset.of(
                name, source, numbers, features, names.size(), Arrays.copyOf(ids, size), null)
            : Dataset.of(
                name,
                source,
                numbers,
                features,
                1,
                null,
                new HeapFloats(Arrays.copyOf(values, size)));
    ExampleShape shape = options.shape();
    if (shape != null && shape.size() != features) {
      throw new BadInputException(
          "data.shape is %s, %d numbers, but %s has %d features; correct it, or leave it out."
              .formatted(shape, shape.size(), file, features));
    }
    return shape == null ? data : data.asImages(shape);
  }

  List<String> classNames() {
    return names;
  }

  /** What the column was found to hold. */
  String note() {
    String column = where.substring(file.toString().length() + 2);
    String found =
        classes
            ? "%d classes (%s)".formatted(names.size(), ClassNames.shown(new ArrayList<>(names)))
            : "numbers (regression)";
    return "%s holds %s%s".formatted(column, found, task == null ? ", by its values" : "");
  }
}
