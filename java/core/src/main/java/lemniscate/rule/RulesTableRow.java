package lemniscate.rule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Spelling;
import lemniscate.text.Shown;

/**
 * A row of the table of rules: a rule with its extras.
 *
 * @param name of the row, such as {@code pepita+norm}
 * @param keys of the configuration that make it, with their values
 * @param activation of the hidden units where the configuration names none
 * @param rates learning rates to choose from, increasing
 * @param published what papers report
 */
public record RulesTableRow(
    String name,
    Map<String, String> keys,
    String activation,
    List<String> rates,
    List<PublishedAccuracy> published) {

  /** Name of a data set that papers report on. */
  public static final String MNIST = "mnist";

  /** Name of another. */
  public static final String CIFAR = "cifar-10";

  /** Learning rates that fit most rules. */
  public static final List<String> USUAL = List.of("0.01", "0.03", "0.1", "0.3");

  /** The activation of most rows. */
  public static final String RELU = "relu";

  /** All rows, in the order of the table. */
  public static final List<RulesTableRow> ALL =
      RuleFamily.all().stream().flatMap(family -> family.tableRows().stream()).toList();

  /** Copies everything. */
  public RulesTableRow {
    keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
    rates = List.copyOf(rates);
    published = List.copyOf(published);
  }

  /** {@return the names of all rows} */
  public static List<String> names() {
    return ALL.stream().map(RulesTableRow::name).toList();
  }

  /**
   * Rows by their names.
   *
   * @param source what errors call the list
   * @throws BadInputException if one is unknown or there twice, or there is none
   */
  public static List<RulesTableRow> named(List<String> names, String source) {
    List<RulesTableRow> found = new ArrayList<>();
    for (String name : names) {
      int at = names().indexOf(name);
      if (at < 0) {
        throw new BadInputException(
            "%s names %s; expected rows out of %s, the nearest is %s. Correct it."
                .formatted(
                    source,
                    Shown.quoted(name),
                    String.join(", ", names()),
                    Shown.quoted(Spelling.nearest(name, names()))));
      }
      if (found.contains(ALL.get(at))) {
        throw new BadInputException(
            "%s names %s twice; expected each row once. Leave one out."
                .formatted(source, Shown.quoted(name)));
      }
      found.add(ALL.get(at));
    }
    if (found.isEmpty()) {
      throw new BadInputException(
          "%s names no row; expected some out of %s. Leave it out for all."
              .formatted(source, String.join(", ", names())));
    }
    return found;
  }

  /** {@return the rule that learns} */
  public String rule() {
    return keys.getOrDefault("rule", "");
  }
}
