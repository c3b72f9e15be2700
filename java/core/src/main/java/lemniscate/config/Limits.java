package lemniscate.config;

import java.util.Collection;
import lemniscate.text.Shown;

/** How much of something may be asked for: counts and sizes, refused before anything is made. */
public final class Limits {

  /** Widths, depths or other numbers of a study. */
  public static final int MOST_NUMBERS = 1000;

  /** Names, files or assignments of a command. */
  public static final int MOST_NAMES = 10_000;

  /** Seeds of a study. */
  public static final int MOST_SEEDS = 10_000;

  /** Networks of a study. */
  public static final int MOST_NETWORKS = 100_000;

  private Limits() {}

  /**
   * Refuses a number out of a range.
   *
   * @param what the option or key
   * @param remedy a sentence
   * @throws BadInputException if it is out of it
   */
  public static void require(String what, long value, long low, long high, String remedy) {
    if (value < low || value > high) {
      throw new BadInputException(
          "%s is %d; expected an integer from %d to %d. %s"
              .formatted(what, value, low, high, remedy));
    }
  }

  /**
   * Refuses a list that is too long.
   *
   * @param what the option or key
   * @throws BadInputException if it is
   */
  public static void requireFew(String what, Collection<?> values, int most) {
    if (values.size() > most) {
      throw new BadInputException(
          "%s has %d values (%s); expected at most %d. Leave some out."
              .formatted(what, values.size(), Shown.list(values), most));
    }
  }

  /**
   * Refuses a study of too many networks.
   *
   * @param sizes widths or depths
   * @param seeds of each
   * @throws BadInputException if there are none, or too many
   */
  public static void requireSeeds(int sizes, int seeds) {
    require("seeds", seeds, 1, MOST_SEEDS, "Four are usual.");
    if ((long) sizes * seeds > MOST_NETWORKS) {
      throw new BadInputException(
          "seeds is %d, which with %d widths or depths is %d networks; expected at most %d. Use fewer seeds."
              .formatted(seeds, sizes, (long) sizes * seeds, MOST_NETWORKS));
    }
  }
}
