package lemniscate.study;

import static lemniscate.study.PublishedAccuracy.Paper.ICLR_2024;
import static lemniscate.study.PublishedAccuracy.Paper.ICML_2022;
import static lemniscate.study.PublishedAccuracy.confirmed;
import static lemniscate.study.PublishedAccuracy.remembered;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Spelling;

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

  private static final String MNIST = "mnist";
  private static final String CIFAR = "cifar-10";

  private static final List<String> USUAL = List.of("0.01", "0.03", "0.1", "0.3");
  // Where the batch is brought to norm 1, activities are smaller by about the root of batch times
  // width.
  private static final List<String> NORMED = List.of("3", "10", "30", "100", "300");
  // Each half of the update is far larger than what they leave.
  private static final List<String> TIME_LOCAL = List.of("0.0003", "0.001", "0.003", "0.01");

  // The errors of hidden units do not shrink as the network learns.
  private static final List<String> GOODNESS = List.of("0.0003", "0.001", "0.003", "0.01");
  // Twice an update that nearly cancels bears more.
  private static final List<String> HEBBIAN = List.of("0.03", "0.1", "0.3", "1");

  private static final String RELU = "relu";
  // With projected targets rectifiers grow as long as they are trained, and hardly learn.
  private static final String TANH = "tanh";

  private static final Map<String, String> PEPITA = Map.of("rule", "pepita");
  private static final Map<String, String> DECAY =
      Map.of("optim.weightDecay", "1e-4", "optim.decay", "coupled");
  private static final Map<String, String> MIRROR =
      Map.of("pepita.projection", "normal", "pepita.mirrorEvery", "1");
  private static final Map<String, String> NORM = Map.of("net.norm", "batch");

  /** All rows, in the order of the table. */
  public static final List<RulesTableRow> ALL =
      List.of(
          new RulesTableRow(
              "bp",
              Map.of("rule", "bp"),
              RELU,
              USUAL,
              List.of(
                  confirmed(ICML_2022, MNIST, 98.63, .03),
                  confirmed(ICML_2022, CIFAR, 55.27, .32),
                  remembered(ICLR_2024, MNIST, 98.72),
                  remembered(ICLR_2024, CIFAR, 57.60))),
          new RulesTableRow(
              "fa",
              Map.of("rule", "fa"),
              RELU,
              USUAL,
              List.of(
                  remembered(ICML_2022, MNIST, 98.42, .07),
                  remembered(ICML_2022, CIFAR, 53.82, .24),
                  remembered(ICLR_2024, MNIST, 98.48),
                  remembered(ICLR_2024, CIFAR, 56.76))),
          new RulesTableRow("dfa", Map.of("rule", "dfa"), RELU, USUAL, List.of()),
          new RulesTableRow(
              "drtp",
              Map.of("rule", "drtp"),
              TANH,
              USUAL,
              List.of(
                  remembered(ICML_2022, MNIST, 95.10, .10),
                  remembered(ICML_2022, CIFAR, 45.89, .16),
                  remembered(ICLR_2024, MNIST, 95.45),
                  remembered(ICLR_2024, CIFAR, 46.92))),
          new RulesTableRow(
              "pepita",
              PEPITA,
              RELU,
              USUAL,
              List.of(
                  confirmed(ICML_2022, MNIST, 98.01, .09),
                  confirmed(ICML_2022, CIFAR, 52.57, .36),
                  remembered(ICLR_2024, MNIST, 98.02),
                  remembered(ICLR_2024, CIFAR, 52.45))),
          new RulesTableRow(
              "pepita+wd",
              union(PEPITA, DECAY),
              RELU,
              USUAL,
              List.of(remembered(ICLR_2024, MNIST, 98.1), remembered(ICLR_2024, CIFAR, 53.1))),
          new RulesTableRow("pepita+wm", union(PEPITA, MIRROR), RELU, USUAL, List.of()),
          new RulesTableRow(
              "pepita+wd+wm",
              union(PEPITA, DECAY, MIRROR),
              RELU,
              USUAL,
              List.of(remembered(ICLR_2024, MNIST, 98.1), remembered(ICLR_2024, CIFAR, 53.4))),
          new RulesTableRow(
              "pepita+norm",
              union(PEPITA, NORM),
              RELU,
              NORMED,
              List.of(remembered(ICLR_2024, MNIST, 98.4), remembered(ICLR_2024, CIFAR, 53.5))),
          new RulesTableRow(
              "pepita+norm+wm",
              union(PEPITA, NORM, MIRROR),
              RELU,
              NORMED,
              List.of(remembered(ICLR_2024, MNIST, 98.42), remembered(ICLR_2024, CIFAR, 53.80))),
          new RulesTableRow(
              "pepita-hebbian",
              union(PEPITA, Map.of("pepita.variant", "hebbian")),
              RELU,
              HEBBIAN,
              List.of()),
          new RulesTableRow(
              "pepita-tl",
              union(PEPITA, Map.of("pepita.variant", "tl")),
              RELU,
              TIME_LOCAL,
              List.of(remembered(ICLR_2024, MNIST, 96.3))),
          // Neither paper trains it.
          new RulesTableRow("ff", Map.of("rule", "ff"), RELU, GOODNESS, List.of()));

  /** Copies everything. */
  public RulesTableRow {
    keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
    rates = List.copyOf(rates);
    published = List.copyOf(published);
  }

  @SafeVarargs
  private static Map<String, String> union(Map<String, String>... parts) {
    Map<String, String> all = new LinkedHashMap<>();
    for (Map<String, String> part : parts) {
      // Immutable maps have no fixed order, and the order shows in the store.
      part.entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .forEach(e -> all.put(e.getKey(), e.getValue()));
    }
    return all;
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
            "%s names '%s'; expected rows out of %s, the nearest is '%s'. Correct it."
                .formatted(
                    source, name, String.join(", ", names()), Spelling.nearest(name, names())));
      }
      if (found.contains(ALL.get(at))) {
        throw new BadInputException(
            "%s names '%s' twice; expected each row once. Leave one out.".formatted(source, name));
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
