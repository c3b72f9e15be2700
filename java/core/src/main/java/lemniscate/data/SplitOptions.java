package lemniscate.data;

import java.nio.file.Path;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * Where the test examples of a set come from that does not say it itself: config keys {@code
 * data.testFile}, {@code data.testFraction} and {@code data.splitSeed}.
 *
 * @param testFile table with the test examples; null for none
 * @param testFraction part of the examples that is kept for the test, above 0 and below 1; null for
 *     none
 * @param seed says which; null for 0
 */
public record SplitOptions(
    @Nullable Path testFile, @Nullable Double testFraction, @Nullable Long seed) {
  /** Nothing is said. */
  public static final SplitOptions NONE = new SplitOptions(null, null, null);

  /**
   * Checks that the test examples come from one place.
   *
   * @throws BadInputException if they come from two, or a seed has nothing to choose
   */
  public SplitOptions {
    if (testFile != null && testFraction != null) {
      throw new BadInputException(
          "data.testFile is %s and data.testFraction is %s, expected one of them; leave the other out."
              .formatted(testFile, testFraction));
    }
    if (seed != null && testFraction == null) {
      throw new BadInputException(
          "data.splitSeed is %d, but without data.testFraction it chooses nothing; leave it out."
              .formatted(seed));
    }
  }
}
