package lemniscate.mup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;

/**
 * Every trained array of a network with its exponents and numbers, to be shown or tested.
 *
 * @param parameterization what made the table
 * @param size of the network
 * @param rows one row for each array, in the order W1, b1, W2, …
 * @param lastLayerPrecision of the output; present for predictive coding only
 * @param feedback one row for each array of feedback maps, where a rule has some
 */
public record ScalingTable(
    Parameterization parameterization,
    Size size,
    List<Row> rows,
    OptionalDouble lastLayerPrecision,
    List<FeedbackRow> feedback) {

  /**
   * An array before its numbers are worked out.
   *
   * @param name a letter and the 1-based layer
   * @param label its role for people
   * @param role its place in the network
   * @param branch whether it sits inside a residual branch
   * @param shape extents
   * @param fanIn inputs that an output of the weight sums over
   */
  public record TrainedArray(
      String name,
      String label,
      ParameterRole role,
      boolean branch,
      List<Integer> shape,
      int fanIn) {
    /** Copies the shape. */
    public TrainedArray {
      shape = List.copyOf(shape);
    }
  }

  /**
   * One trained array.
   *
   * @param name a letter and the 1-based layer
   * @param label its role for people
   * @param role its place in the network
   * @param shape extents
   * @param exponents a, b, c
   * @param depthExponent cD
   * @param scaling the numbers at this size
   * @param learningRate base learning rate times its factor
   */
  public record Row(
      String name,
      String label,
      ParameterRole role,
      List<Integer> shape,
      AbcExponents exponents,
      double depthExponent,
      ParameterScaling scaling,
      double learningRate) {
    /** Copies the shape. */
    public Row {
      shape = List.copyOf(shape);
    }
  }

  /**
   * One array of a feedback map.
   *
   * @param name as in checkpoints
   * @param role its place
   * @param shape fan-out and, for a weight, fan-in
   * @param exponents a, b, c
   * @param scaling the numbers at this width
   * @param learningRate base learning rate of the feedback times its factor; 0 if it does not learn
   */
  public record FeedbackRow(
      String name,
      FeedbackRole role,
      List<Integer> shape,
      AbcExponents exponents,
      ParameterScaling scaling,
      double learningRate) {
    /** Copies the shape. */
    public FeedbackRow {
      shape = List.copyOf(shape);
    }
  }

  /** Copies the rows. */
  public ScalingTable {
    rows = List.copyOf(rows);
    feedback = List.copyOf(feedback);
  }

  /** {@return this table with rows for feedback maps} */
  public ScalingTable withFeedback(List<FeedbackRow> rowsOfFeedback) {
    return new ScalingTable(parameterization, size, rows, lastLayerPrecision, rowsOfFeedback);
  }

  /**
   * The table of a list of arrays.
   *
   * @param parameterization how things depend on the size
   * @param size of the network
   * @param arrays in the order of the rows
   * @param learningRate η', the base learning rate
   * @param gammaPrime γ', the base precision of the last layer; of no effect but for predictive
   *     coding
   * @return the table
   * @throws BadInputException if a fan-in is below 1
   */
  public static ScalingTable of(
      Parameterization parameterization,
      Size size,
      List<TrainedArray> arrays,
      double learningRate,
      double gammaPrime) {
    List<Row> rows =
        arrays.stream().map(array -> row(parameterization, array, size, learningRate)).toList();
    OptionalDouble precision =
        parameterization.creditRule().precisionExponent().isPresent()
            ? OptionalDouble.of(parameterization.lastLayerPrecision(gammaPrime, size))
            : OptionalDouble.empty();
    return new ScalingTable(parameterization, size, rows, precision, List.of());
  }

  private static Row row(
      Parameterization parameterization, TrainedArray array, Size size, double learningRate) {
    ParameterScaling scaling =
        parameterization.scaling(array.role(), array.branch(), size, array.fanIn());
    return new Row(
        array.name(),
        array.label(),
        array.role(),
        array.shape(),
        parameterization.exponents(array.role()),
        parameterization.learningRateDepthExponent(array.role(), array.branch()),
        scaling,
        learningRate * scaling.learningRateFactor());
  }

  /**
   * The table as lines of text with aligned columns, in the root locale.
   *
   * @return a line on the parameterisation, a heading, a line for each array and, for predictive
   *     coding, one for the precision of the output; each ends with a line feed. The depth is left
   *     out where nothing follows it
   */
  public String toText() {
    List<List<String>> cells = new ArrayList<>();
    cells.add(
        cells(
            List.of("name", "role", "shape", "a", "b", "c"),
            "cD",
            List.of("multiplier", "init std", "lr factor", "lr", "eps factor", "wd factor")));
    described().forEach(array -> cells.add(line(array)));
    Parameterization p = parameterization;
    StringBuilder text = new StringBuilder();
    text.append(p.scheme().word()).append(", ").append(p.form().word());
    text.append(", ").append(p.optimizer().word()).append(": width ").append(size.width());
    text.append(", ratio m = ").append(number(p.widthRatio(size)));
    if (size.isDeep()) {
      text.append(", residual additions L = ").append(size.depth());
      text.append(", branch multiplier = ").append(number(p.branchMultiplier(size)));
    }
    text.append('\n');
    appendAligned(text, cells);
    lastLayerPrecision.ifPresent(
        gamma ->
            text.append(size.isDeep() ? "gamma_N = " : "gamma_L = ")
                .append(number(gamma))
                .append('\n'));
    return text.toString();
  }

  /**
   * The table as JSON wants it: all that {@link #toText} shows, at full precision.
   *
   * @return {@code scheme}, {@code form}, {@code optimizer}, {@code width}, {@code widthRatio}, of
   *     residual networks {@code depth} and {@code branchMultiplier}, {@code arrays} and, for
   *     predictive coding, {@code lastLayerPrecision}
   */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("scheme", parameterization.scheme().word());
    fields.put("form", parameterization.form().word());
    fields.put("optimizer", parameterization.optimizer().word());
    fields.put("width", size.width());
    fields.put("widthRatio", parameterization.widthRatio(size));
    if (size.isDeep()) {
      fields.put("depth", size.depth());
      fields.put("branchMultiplier", parameterization.branchMultiplier(size));
    }
    fields.put("arrays", described().stream().map(this::fields).toList());
    lastLayerPrecision.ifPresent(gamma -> fields.put("lastLayerPrecision", gamma));
    return fields;
  }

  /** What is said of an array, whatever it is of. */
  private record Described(
      String name,
      String role,
      List<Integer> shape,
      AbcExponents exponents,
      double depthExponent,
      ParameterScaling scaling,
      double learningRate) {}

  private List<Described> described() {
    List<Described> all = new ArrayList<>();
    for (Row row : rows) {
      all.add(
          new Described(
              row.name(),
              row.label(),
              row.shape(),
              row.exponents(),
              row.depthExponent(),
              row.scaling(),
              row.learningRate()));
    }
    for (FeedbackRow row : feedback) {
      all.add(
          new Described(
              row.name(),
              row.role().label(),
              row.shape(),
              row.exponents(),
              0,
              row.scaling(),
              row.learningRate()));
    }
    return all;
  }

  private Map<String, Object> fields(Described array) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", array.name());
    fields.put("role", array.role());
    fields.put("shape", array.shape());
    fields.put("a", array.exponents().a());
    fields.put("b", array.exponents().b());
    fields.put("c", array.exponents().c());
    if (size.isDeep()) {
      fields.put("cD", array.depthExponent());
    }
    fields.put("multiplier", array.scaling().multiplier());
    fields.put("initStd", array.scaling().initStd());
    fields.put("learningRateFactor", array.scaling().learningRateFactor());
    fields.put("learningRate", array.learningRate());
    fields.put("epsilonFactor", array.scaling().epsilonFactor());
    fields.put("weightDecayFactor", array.scaling().weightDecayFactor());
    return fields;
  }

  private List<String> line(Described array) {
    ParameterScaling s = array.scaling();
    return cells(
        List.of(
            array.name(),
            array.role(),
            array.shape().stream().map(String::valueOf).collect(Collectors.joining("x")),
            number(array.exponents().a()),
            number(array.exponents().b()),
            number(array.exponents().c())),
        number(array.depthExponent()),
        List.of(
            number(s.multiplier()),
            number(s.initStd()),
            number(s.learningRateFactor()),
            number(array.learningRate()),
            number(s.epsilonFactor()),
            number(s.weightDecayFactor())));
  }

  private List<String> cells(List<String> before, String depth, List<String> after) {
    List<String> cells = new ArrayList<>(before);
    if (size.isDeep()) {
      cells.add(depth);
    }
    cells.addAll(after);
    return cells;
  }

  /** Words (the first three columns) to the left, numbers to the right, two spaces between. */
  private static void appendAligned(StringBuilder text, List<List<String>> cells) {
    int columns = cells.getFirst().size();
    int[] columnWidths = new int[columns];
    for (List<String> line : cells) {
      for (int k = 0; k < columns; k++) {
        columnWidths[k] = Math.max(columnWidths[k], line.get(k).length());
      }
    }
    for (List<String> line : cells) {
      for (int k = 0; k < columns; k++) {
        String pad = " ".repeat(columnWidths[k] - line.get(k).length());
        text.append(k == 0 ? "" : "  ");
        text.append(k < 3 ? line.get(k) + pad : pad + line.get(k));
      }
      text.append('\n');
    }
  }

  /** Five significant digits without trailing zeros; plain between 1e-4 and 1e7. */
  private static String number(double value) {
    if (value == 0) {
      return "0";
    }
    double size = Math.abs(value);
    if (size < 1e-4 || size >= 1e7) {
      return String.format(Locale.ROOT, "%.4e", value);
    }
    int decimals = Math.max(0, 4 - (int) Math.floor(Math.log10(size)));
    String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}
