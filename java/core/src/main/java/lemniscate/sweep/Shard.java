package lemniscate.sweep;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/**
 * A part of a sweep: every count-th trial, so that all parts take about as long.
 *
 * @param number of the part, from 1
 * @param count of parts
 */
public record Shard(int number, int count) {

  /** The whole sweep. */
  public static final Shard ALL = new Shard(1, 1);

  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  /**
   * Reads {@code 2/8}.
   *
   * @param source what errors name
   * @throws BadInputException if it is not of this form, or there is no such part
   */
  public static Shard parse(String text, String source) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (matcher.matches()) {
      int number = Integer.parseInt(matcher.group(1));
      int count = Integer.parseInt(matcher.group(2));
      if (number >= 1 && number <= count) {
        return new Shard(number, count);
      }
    }
    throw new BadInputException(
        "%s is %s; expected i/n with 1 <= i <= n. Write 1/3, 2/3 and 3/3 for three shards."
            .formatted(source, Shown.quoted(text)));
  }

  /** The trials of this part. */
  public List<Trial> of(SweepSpec spec) {
    return spec.trials().stream().filter(trial -> numberOf(trial, count) == number).toList();
  }

  /** The number of the part, of so many, that a trial is in. */
  public static int numberOf(Trial trial, int count) {
    return trial.index() % count + 1;
  }
}
