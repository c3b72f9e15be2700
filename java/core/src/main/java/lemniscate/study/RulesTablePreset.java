package lemniscate.study;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.Spelling;
import lemniscate.text.Shown;

/** Settings that a table of rules starts from. */
public enum RulesTablePreset {
  /** Ends in minutes: the bundled images, narrow networks, three epochs at one rate. */
  SHORT(3, 2000, 256, 3, 0),
  /**
   * As published: 1024 units, 100 epochs, the rate divided by ten after 60 and 90 % of them, masks
   * of 10 % in PEPITA.
   */
  PUBLISHED(5, 10_000, 1024, 100, 0.1);

  // Of a run, after which the rate drops.
  private static final List<Double> DROPS = List.of(0.6, 0.9);

  private final int seeds;
  private final int validation;
  private final int width;
  private final int epochs;
  private final double dropout;

  RulesTablePreset(int seeds, int validation, int width, int epochs, double dropout) {
    this.seeds = seeds;
    this.validation = validation;
    this.width = width;
    this.epochs = epochs;
    this.dropout = dropout;
  }

  /**
   * A preset by name.
   *
   * @param source what errors call it
   * @throws BadInputException if there is none
   */
  public static RulesTablePreset named(String name, String source) {
    List<String> names = Stream.of(values()).map(RulesTablePreset::word).toList();
    int at = names.indexOf(name);
    if (at < 0) {
      throw new BadInputException(
          "%s is %s; expected %s, the nearest is %s. Correct it."
              .formatted(
                  source,
                  Shown.quoted(name),
                  String.join(" or ", names),
                  Shown.quoted(Spelling.nearest(name, names))));
    }
    return values()[at];
  }

  /** {@return the name on the command line: {@code short}} */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@return runs with the chosen rate} */
  public int seeds() {
    return seeds;
  }

  /** {@return training examples that rates are chosen on} */
  public int validation() {
    return validation;
  }

  /** {@return epochs of every run} */
  public int epochs() {
    return epochs;
  }

  /**
   * The keys of the configuration that it sets.
   *
   * @param runEpochs epochs of the runs, which decide when the rate drops
   */
  public Map<String, String> keys(int runEpochs) {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("data.normalize", "unit");
    keys.put("param.scheme", "sp");
    // He et al.: variance 2/n.
    keys.put("param.weightScale", Double.toString(Math.sqrt(2)));
    keys.put("param.distribution", "uniform");
    keys.put("net.width", Integer.toString(width));
    keys.put("loss", "ce");
    keys.put("optim.name", "momentum");
    keys.put("train.batch", "64");
    keys.put("train.epochs", Integer.toString(runEpochs));
    if (dropout > 0) {
      keys.put("pepita.dropout", Double.toString(dropout));
      String drops =
          DROPS.stream()
              .map(part -> Math.round(part * runEpochs))
              .filter(epoch -> epoch > 0 && epoch < runEpochs)
              .distinct()
              .map(String::valueOf)
              .collect(Collectors.joining(", ", "[", "]"));
      if (!drops.equals("[]")) {
        keys.put("optim.schedule", "step");
        keys.put("optim.stepEpochs", drops);
      }
    }
    keys.put("threads", "1");
    return keys;
  }
}
