package lemniscate.config;

import static java.util.stream.Collectors.joining;

import java.util.List;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * One key of the configuration. Keys are declared in {@link ConfigSchema} or by a {@link
 * Declaration} ({@link KeyGroup}), and compared by identity.
 *
 * @param <T> the Java type of its value; {@code Optional} for a key that may be unset
 */
public final class ConfigKey<T> {
  /** In which runs a key has a part, and with it in their hashes. */
  enum Presence {
    /** In every one. */
    ALWAYS,
    /** In those that set it, and those of the rule that it belongs to. */
    WHERE_CHOSEN,
    /** In those that set it. */
    WHERE_SET,
    /** In hashes alone, always with its default: a key of earlier versions. */
    RETIRED
  }

  private final Aspect aspect;
  private final String name;
  private final @Nullable String option;
  private final ValueType<T> type;
  private final T defaultValue;
  private final @Nullable String unsetMeaning;
  private final String description;
  private final Presence presence;

  ConfigKey(
      Aspect aspect,
      String name,
      @Nullable String option,
      ValueType<T> type,
      T defaultValue,
      @Nullable String unsetMeaning,
      String description,
      Presence presence) {
    this.aspect = aspect;
    this.name = name;
    this.option = option;
    this.type = type;
    this.defaultValue = defaultValue;
    this.unsetMeaning = unsetMeaning;
    this.description = description;
    this.presence = presence;
  }

  /** What it is about. */
  public Aspect aspect() {
    return aspect;
  }

  /** The dotted name: {@code pc.steps}. */
  public String name() {
    return name;
  }

  /** The part before the dot, or the empty string for a key at top level. */
  public String group() {
    return name.substring(0, Math.max(0, name.indexOf('.')));
  }

  /** The part after the dot: {@code steps}. */
  public String leaf() {
    return name.substring(name.indexOf('.') + 1);
  }

  /** The long options that set this key, the short one first: {@code --width, --net.width}. */
  public List<String> options() {
    String dotted = "--" + name;
    return option == null || option.equals(dotted) ? List.of(dotted) : List.of(option, dotted);
  }

  /** The values that this key takes. */
  public ValueType<T> type() {
    return type;
  }

  /** The value where none is given; an empty {@code Optional} for a key that is unset. */
  public T defaultValue() {
    return defaultValue;
  }

  /** The default as people read it: {@code 256}, or what being unset means: {@code unset: all}. */
  public String defaultText() {
    String text = type.text(defaultValue);
    return unsetMeaning == null ? text : text + ": " + unsetMeaning;
  }

  /** What the key is, on one line, with its unit. */
  public String description() {
    return description;
  }

  /** In which runs it has a part. */
  Presence presence() {
    return presence;
  }

  /** The name. */
  @Override
  public String toString() {
    return name;
  }

  /** Reads a value given by {@code source}, or says what is wrong with it. */
  T parse(@Nullable String text, String source) {
    if (type.takesTree()) {
      return parse(
          text == null ? new YamlTree.Text(source, null) : YamlTree.readLine(text, source, name));
    }
    try {
      return type.parse(text);
    } catch (IllegalArgumentException e) {
      throw refused(source, text == null || text.isBlank() ? "empty" : Shown.quoted(text), e);
    }
  }

  /** Reads a value that stands in a file, or says what is wrong with it. */
  T parse(YamlTree node) {
    if (node instanceof YamlTree.Alias) {
      throw new BadInputException(
          "%s: %s is %s; aliases are not supported. Write the value itself."
              .formatted(node.at(), name, node.kind()));
    }
    if (!type.takesTree()) {
      return parse(textOf(node), node.at());
    }
    try {
      return type.parse(node);
    } catch (IllegalArgumentException e) {
      throw refused(
          node.at(),
          node instanceof YamlTree.Text text && text.text() != null
              ? Shown.quoted(text.text())
              : node.kind(),
          e);
    }
  }

  /**
   * The text of a value that stands in a file, as {@link Config#with(String, String, String)} takes
   * it.
   *
   * @throws BadInputException if it is a list or a map, and the key takes none
   */
  public @Nullable String textOf(YamlTree node) {
    if (type.takesTree()) {
      return node.flow();
    }
    return switch (node) {
      case YamlTree.Text text -> text.text();
      case YamlTree.Items list when type.takesList() -> {
        if (!list.items().stream().allMatch(YamlTree.Text.class::isInstance)) {
          throw misshapen(node.at(), "a list with something other than plain values in it");
        }
        yield list.items().stream()
            .map(item -> String.valueOf(((YamlTree.Text) item).text()))
            .collect(joining(", ", "[", "]"));
      }
      default -> throw misshapen(node.at(), node.kind());
    };
  }

  private BadInputException refused(String source, String shown, IllegalArgumentException e) {
    return new BadInputException(
        "%s: %s is %s; %s. %s".formatted(source, name, shown, e.getMessage(), remedy()), e);
  }

  private BadInputException misshapen(String at, String found) {
    return new BadInputException(
        "%s: %s is %s; expected %s. %s".formatted(at, name, found, type.expected(), remedy()));
  }

  private String remedy() {
    return "Correct it, or leave it out for the default (" + defaultText() + ").";
  }
}
