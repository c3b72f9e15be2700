package lemniscate.config;

import static java.util.stream.Collectors.joining;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * What values a key takes: how the text of a value becomes a value, which values are refused, and
 * the expectation in words. A value has the same text in YAML, in {@code --set} and in an option,
 * so there is one parser for all of them.
 *
 * @param <T> the Java type of a value
 */
public final class ValueType<T> {
  /** The text that takes an optional value back to unset ({@code null} does the same in YAML). */
  static final String UNSET = "unset";

  private static final String AUTO = "auto";

  // Java would also read "1f", "0x1p3" and "NaN"; a configuration means plain decimal numbers.
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
  private static final Pattern INTEGER = Pattern.compile("[+-]?\\d+");

  /** Characters of the longest text: as many as a path has at most on Linux. */
  private static final int LONGEST_TEXT = 4096;

  /** Items of the longest list: one for each layer of the deepest network. */
  private static final int LONGEST_LIST = 10_000;

  private final String expected;
  private final boolean list;
  private final Parser<T> parser;
  private final @Nullable Function<YamlTree, T> tree;
  private final Function<T, @Nullable Object> plain;

  private ValueType(
      String expected,
      boolean list,
      Parser<T> parser,
      @Nullable Function<YamlTree, T> tree,
      Function<T, @Nullable Object> plain) {
    this.expected = expected;
    this.list = list;
    this.parser = parser;
    this.tree = tree;
    this.plain = plain;
  }

  private ValueType(
      String expected, boolean list, Parser<T> parser, Function<T, @Nullable Object> plain) {
    this(expected, list, parser, null, plain);
  }

  private ValueType(String expected, Parser<T> parser) {
    this(expected, false, parser, value -> value);
  }

  /** Reads a value; the message of the exception is a clause such as "expected a number > 0". */
  @FunctionalInterface
  private interface Parser<T> {
    T parse(@Nullable String text) throws IllegalArgumentException;
  }

  /** One line of printable text. */
  public static ValueType<String> text() {
    String expected = "one line of printable text";
    return new ValueType<>(
        expected, text -> requireShort(expected, text, ValueType::isPrintableLine, t -> t));
  }

  /** A file or directory; a relative one is relative to the working directory. */
  public static ValueType<Path> path() {
    String expected = "a path";
    return new ValueType<>(
        expected,
        false,
        text -> requireShort(expected, text, ValueType::isPrintableLine, ValueType::pathOf),
        Path::toString);
  }

  /** {@code true} or {@code false}, in any case of letters, as YAML has it. */
  public static ValueType<Boolean> bool() {
    return bool("true or false", List.of("true", "false"));
  }

  /** A switch that this version cannot turn on, for {@code reason}. */
  static ValueType<Boolean> onlyFalse(String reason) {
    return bool("false", List.of("false")).without(reason, "true");
  }

  /** One of a few names; a wrong one is answered with the nearest. */
  public static ValueType<String> choice(String... names) {
    List<String> choices = List.of(names);
    String expected = "one of " + String.join(", ", choices);
    return new ValueType<>(
        expected,
        text -> {
          if (text != null && choices.contains(text)) {
            return text;
          }
          String nearest =
              text == null || text.isEmpty()
                  ? ""
                  : " (the nearest is " + Shown.quoted(Spelling.nearest(text, choices)) + ")";
          throw new IllegalArgumentException("expected " + expected + nearest);
        });
  }

  /** An integer not below {@code low}. */
  public static ValueType<Integer> integer(int low) {
    String expected = "an integer >= " + low;
    return new ValueType<>(
        expected, text -> (int) parseInteger(expected, text, low, Integer.MAX_VALUE));
  }

  /**
   * An integer from {@code low} to {@code high}: what is made, recorded or kept in such a number.
   */
  public static ValueType<Integer> integer(int low, int high) {
    String expected = "an integer from " + low + " to " + high;
    return new ValueType<>(expected, text -> (int) parseInteger(expected, text, low, high));
  }

  /** Any 64-bit integer. */
  public static ValueType<Long> longInteger() {
    String expected = "an integer";
    return new ValueType<>(
        expected, text -> parseInteger(expected, text, Long.MIN_VALUE, Long.MAX_VALUE));
  }

  /** Any finite number. */
  public static ValueType<Double> number() {
    return number("a number", x -> true);
  }

  /** A finite number above zero. */
  public static ValueType<Double> positive() {
    return number("a number > 0", x -> x > 0);
  }

  /** A finite number not below zero. */
  public static ValueType<Double> nonNegative() {
    return number("a number >= 0", x -> x >= 0);
  }

  /** A number between 0 and 1; the brackets say which ends belong: {@code "[0, 1)"}. */
  public static ValueType<Double> fraction(String interval) {
    boolean zero = interval.startsWith("[");
    boolean one = interval.endsWith("]");
    return number(
        "a number in " + interval, x -> x > 0 && x < 1 || zero && x == 0 || one && x == 1);
  }

  /** The same numbers, or the word {@code auto}, which is read as NaN. */
  public static ValueType<Double> orAuto(ValueType<Double> numbers) {
    String expected = numbers.expected + ", or " + AUTO;
    return new ValueType<>(
        expected,
        false,
        text -> {
          if (AUTO.equals(text)) {
            return Double.NaN;
          }
          try {
            return numbers.parser.parse(text);
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("expected " + expected, e);
          }
        },
        value -> Double.isNaN(value) ? AUTO : numbers.plain(value));
  }

  /** Zero, or a number from {@code low} to {@code high}. */
  static ValueType<Double> zeroOr(double low, double high) {
    String expected = "0, or a number in [%s, %s]".formatted(textOfDouble(low), textOfDouble(high));
    return number(expected, x -> x == 0 || x >= low && x <= high);
  }

  /** One or several of {@code item}, as {@code 1} or {@code [1, 2]}; kept in plain form if one. */
  public static <E> ValueType<List<E>> oneOrMore(ValueType<E> item) {
    String expected = item.expected + ", or a list of such";
    return new ValueType<>(
        expected,
        true,
        text -> {
          String inside = text == null ? "" : text;
          if (inside.startsWith("[") && inside.endsWith("]")) {
            inside = inside.substring(1, inside.length() - 1);
          }
          if (inside.chars().filter(c -> c == ',').limit(LONGEST_LIST).count() == LONGEST_LIST) {
            throw new IllegalArgumentException(
                "expected %s, at most %d".formatted(expected, LONGEST_LIST));
          }
          List<E> items = new ArrayList<>();
          for (String part : inside.split(",", -1)) {
            try {
              items.add(item.parser.parse(part.strip()));
            } catch (IllegalArgumentException e) {
              throw new IllegalArgumentException("expected " + expected, e);
            }
          }
          return List.copyOf(items);
        },
        items ->
            items.size() == 1
                ? item.plain(items.getFirst())
                : items.stream().map(item::plain).toList());
  }

  /**
   * A list of whatever YAML can say, with something in it: maps, strings and lists of such. It
   * keeps the places of its parts, so that whoever gives them a meaning can name them in errors.
   *
   * @param expected what belongs in it: "a list of layers, as [{dense: 64}]"
   */
  public static ValueType<YamlTree.Items> tree(String expected) {
    Function<YamlTree, YamlTree.Items> read =
        node -> {
          if (node instanceof YamlTree.Items list && !list.items().isEmpty()) {
            requireNoAlias(list);
            return list;
          }
          throw new IllegalArgumentException("expected " + expected);
        };
    Parser<YamlTree.Items> unused =
        _ -> {
          throw new IllegalStateException(expected + " is read as a tree");
        };
    return new ValueType<>(expected, true, unused, read, YamlTree::plain);
  }

  private static void requireNoAlias(YamlTree node) {
    switch (node) {
      case YamlTree.Alias alias ->
          throw new BadInputException(
              "%s: is %s; aliases are not supported. Write the value itself."
                  .formatted(alias.at(), alias.kind()));
      case YamlTree.Items list -> list.items().forEach(ValueType::requireNoAlias);
      case YamlTree.Keys map -> map.nodes().values().forEach(ValueType::requireNoAlias);
      case YamlTree.Text _ -> {}
    }
  }

  /** The same values, or none. */
  ValueType<Optional<T>> optional() {
    return new ValueType<>(
        expected,
        list,
        text -> isUnset(text) ? Optional.empty() : Optional.of(parser.parse(text)),
        tree == null ? null : optional(tree),
        value -> value.map(this::plain).orElse(null));
  }

  private static <T> Function<YamlTree, Optional<T>> optional(Function<YamlTree, T> tree) {
    return node ->
        node instanceof YamlTree.Text text && isUnset(text.text())
            ? Optional.empty()
            : Optional.of(tree.apply(node));
  }

  private static boolean isUnset(@Nullable String text) {
    return text == null || text.equals(UNSET);
  }

  /** Answers known values that this version does not offer with {@code reason}. */
  ValueType<T> without(String reason, String... values) {
    List<String> refused = List.of(values);
    return new ValueType<>(
        expected,
        list,
        text -> {
          if (text != null && refused.contains(text.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(reason + "; expected " + expected);
          }
          return parser.parse(text);
        },
        plain);
  }

  /** What is expected, in words: "an integer >= 1". */
  public String expected() {
    return expected;
  }

  /** Whether a YAML list may be given. */
  boolean takesList() {
    return list;
  }

  /** Whether its values are trees of YAML, which {@link #parse(YamlTree)} reads. */
  boolean takesTree() {
    return tree != null;
  }

  /** The value of a text; {@code null} stands for YAML's empty value. */
  T parse(@Nullable String text) throws IllegalArgumentException {
    return parser.parse(text == null ? null : text.strip());
  }

  /** The value of a tree, where it {@link #takesTree}. */
  T parse(YamlTree node) throws IllegalArgumentException {
    if (tree == null) {
      throw new IllegalStateException(expected + " is no tree");
    }
    return tree.apply(node);
  }

  /** The value as JSON knows it: string, boolean, number or list; {@code null} where unset. */
  @Nullable Object plain(T value) {
    return plain.apply(value);
  }

  /** The text that {@link #parse} reads as {@code value}. */
  String text(T value) {
    if (treeIn(value) instanceof YamlTree found) {
      return found.flow();
    }
    Object object = plain(value);
    return object == null ? UNSET : textOfPlain(object);
  }

  /** The value as a YAML scalar or flow list on one line, or {@code null} where unset. */
  @Nullable String yaml(T value) {
    if (treeIn(value) instanceof YamlTree found) {
      return found.flow();
    }
    Object object = plain(value);
    return object == null ? null : yamlOfPlain(object);
  }

  private static String yamlOfPlain(Object object) {
    return switch (object) {
      case String string -> YamlTree.Scalars.string(string);
      case List<?> items ->
          items.stream().map(ValueType::yamlOfPlain).collect(joining(", ", "[", "]"));
      default -> textOfPlain(object);
    };
  }

  private static @Nullable Object treeIn(@Nullable Object value) {
    return value instanceof Optional<?> optional ? optional.orElse(null) : value;
  }

  private static String textOfPlain(Object object) {
    return switch (object) {
      case Double number -> textOfDouble(number);
      case List<?> items ->
          items.stream().map(ValueType::textOfPlain).collect(joining(", ", "[", "]"));
      default -> object.toString();
    };
  }

  /**
   * The shortest decimal that reads back as the same double: 64, 0.1, 1.0e-8. Readers of YAML 1.1
   * take a number with an exponent for a string unless it has a dot and the exponent a sign.
   */
  private static String textOfDouble(double number) {
    return Double.toString(number)
        .replaceFirst("\\.0$", "")
        .replaceFirst("E(?!-)", "e+")
        .replace('E', 'e');
  }

  private static ValueType<Boolean> bool(String expected, List<String> words) {
    return new ValueType<>(
        expected,
        text ->
            require(
                expected, text, t -> words.contains(t.toLowerCase(Locale.ROOT)), Boolean::valueOf));
  }

  private static Path pathOf(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "expected a path in the character set of the locale, "
              + System.getProperty("sun.jnu.encoding")
              + "; for others set LC_ALL=C.UTF-8",
          e);
    }
  }

  private static <T> T requireShort(
      String expected, @Nullable String text, Predicate<String> rule, Function<String, T> read) {
    if (text != null && text.length() > LONGEST_TEXT) {
      throw new IllegalArgumentException(
          "expected %s of at most %d characters, and it has %d"
              .formatted(expected, LONGEST_TEXT, text.length()));
    }
    return require(expected, text, rule, read);
  }

  private static <T> T require(
      String expected, @Nullable String text, Predicate<String> rule, Function<String, T> read) {
    if (text == null || !rule.test(text)) {
      throw new IllegalArgumentException("expected " + expected);
    }
    return read.apply(text);
  }

  private static long parseInteger(String expected, @Nullable String text, long low, long high) {
    String digits = require(expected, text, INTEGER.asMatchPredicate(), t -> t);
    long value;
    try {
      value = Long.parseLong(digits);
    } catch (NumberFormatException e) {
      value = digits.startsWith("-") ? Long.MIN_VALUE : Long.MAX_VALUE;
      if (high == Long.MAX_VALUE) {
        throw new IllegalArgumentException("expected an integer from " + low + " to " + high, e);
      }
    }
    if (value > high) {
      throw new IllegalArgumentException("expected an integer from " + low + " to " + high);
    }
    if (value < low) {
      throw new IllegalArgumentException("expected " + expected);
    }
    return value;
  }

  private static ValueType<Double> number(String expected, Predicate<Double> rule) {
    return new ValueType<>(
        expected,
        text -> {
          // Adding zero turns -0 into 0, so that equal configurations also compare equal.
          double value =
              0.0 + require(expected, text, DECIMAL.asMatchPredicate(), Double::parseDouble);
          if (Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                "expected " + expected + ", of at most " + textOfDouble(Double.MAX_VALUE));
          }
          return require(expected, text, t -> rule.test(value), t -> value);
        });
  }

  private static boolean isPrintableLine(String text) {
    return !text.isEmpty()
        && text.codePoints()
            .noneMatch(
                c ->
                    switch (Character.getType(c)) {
                      case Character.CONTROL,
                          Character.LINE_SEPARATOR,
                          Character.PARAGRAPH_SEPARATOR,
                          Character.SURROGATE,
                          Character.UNASSIGNED ->
                          true;
                      default -> false;
                    });
  }
}
