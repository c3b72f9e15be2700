package lemniscate.mup;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import lemniscate.config.BadInputException;

/**
 * Every trained array of a network with its exponents and numbers, to be shown or tested.
 *
 * @param parameterization what made the table
 * @param width M, the width of the first hidden layer
 * @param rows one row for each array, in the order W1, b1, W2, …
 * @param lastLayerPrecision γ_L; present for predictive coding only
 * @param feedback one row for each array of feedback maps, where a rule has some
 */
public record ScalingTable(
    Parameterization parameterization,
    int width,
    List<Row> rows,
    OptionalDouble lastLayerPrecision,
    List<FeedbackRow> feedback) {

  /**
   * An array before its numbers are worked out.
   *
   * @param name W or b and the 1-based layer
   * @param role its place in the network
   * @param shape fan-out and, for a weight, fan-in
   * @param fanIn inputs that an output of the weight sums over
   */
  public record TrainedArray(String name, ParameterRole role, List<Integer> shape, int fanIn) {
    /** Copies the shape. */
    public TrainedArray {
      shape = List.copyOf(shape);
    }
  }

  /**
   * One trained array.
   *
   * @param name W or b and the 1-based layer
   * @param role its place in the network
   * @param shape fan-out and, for a weight, fan-in
   * @param exponents a, b, c
   * @param scaling the numbers at this width
   * @param learningRate base learning rate times its factor
   */
  public record Row(
      String name,
      ParameterRole role,
      List<Integer> shape,
      AbcExponents exponents,
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
    return new ScalingTable(parameterization, width, rows, lastLayerPrecision, rowsOfFeedback);
  }

  /**
   * The table of a list of arrays.
   *
   * @param parameterization how things depend on the width
   * @param width M, the network's width
   * @param arrays in the order of the rows
   * @param learningRate η', the base learning rate
   * @param gammaPrime γ', the base precision of the last layer; of no effect but for predictive
   *     coding
   * @return the table
   * @throws BadInputException if the width or a fan-in is below 1
   */
  public static ScalingTable of(
      Parameterization parameterization,
      int width,
      List<TrainedArray> arrays,
      double learningRate,
      double gammaPrime) {
    List<Row> rows =
        arrays.stream().map(array -> row(parameterization, array, width, learningRate)).toList();
    OptionalDouble precision =
        parameterization.creditRule().precisionExponent().isPresent()
            ? OptionalDouble.of(parameterization.lastLayerPrecision(gammaPrime, width))
            : OptionalDouble.empty();
    return new ScalingTable(parameterization, width, rows, precision, List.of());
  }

  private static Row row(
      Parameterization parameterization, TrainedArray array, int width, double learningRate) {
    ParameterScaling scaling = parameterization.scaling(array.role(), width, array.fanIn());
    return new Row(
        array.name(),
        array.role(),
        array.shape(),
        parameterization.exponents(array.role()),
        scaling,
        learningRate * scaling.learningRateFactor());
  }

  /**
   * The table as lines of text with aligned columns, in the root locale.
   *
   * @return a line on the parameterisation, a heading, a line for each array and, for predictive
   *     coding, one for γ_L; each ends with a line feed
   */
  public String toText() {
    List<List<String>> cells = new ArrayList<>();
    cells.add(
        List.of(
            "name",
            "role",
            "shape",
            "a",
            "b",
            "c",
            "multiplier",
            "init std",
            "lr factor",
            "lr",
            "eps factor",
            "wd factor"));
    for (Row row : rows) {
      cells.add(
          line(
              row.name(),
              row.role().label(),
              row.shape(),
              row.exponents(),
              row.scaling(),
              row.learningRate()));
    }
    for (FeedbackRow row : feedback) {
      cells.add(
          line(
              row.name(),
              row.role().label(),
              row.shape(),
              row.exponents(),
              row.scaling(),
              row.learningRate()));
    }
    Parameterization p = parameterization;
    StringBuilder text = new StringBuilder();
    text.append(p.scheme().word()).append(", ").append(p.form().word());
    text.append(", ").append(p.optimizer().word()).append(": width ").append(width);
    text.append(", ratio m = ").append(number(p.widthRatio(width))).append('\n');
    appendAligned(text, cells);
    lastLayerPrecision.ifPresent(
        gamma -> text.append("gamma_L = ").append(number(gamma)).append('\n'));
    return text.toString();
  }

  private static List<String> line(
      String name,
      String role,
      List<Integer> shape,
      AbcExponents exponents,
      ParameterScaling s,
      double learningRate) {
    return List.of(
        name,
        role,
        shape.stream().map(String::valueOf).reduce((x, y) -> x + "x" + y).orElse(""),
        number(exponents.a()),
        number(exponents.b()),
        number(exponents.c()),
        number(s.multiplier()),
        number(s.initStd()),
        number(s.learningRateFactor()),
        number(learningRate),
        number(s.epsilonFactor()),
        number(s.weightDecayFactor()));
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
