package lemniscate.data;

import java.nio.file.Path;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * Which data a run wants: config keys {@code data.name}, {@code data.dir}, {@code data.train},
 * {@code data.test} and {@code data.validation}.
 *
 * @param name a name of {@link Datasets#names()}, {@code npz:PATH} or {@code idx:FOLDER}
 * @param dir folder with the files of a public set, or null to search the usual places
 * @param train training examples to use, the first ones; null for all
 * @param test test examples to use, the first ones; null for all
 * @param validation training examples, the last of those used, that take the place of the test
 *     examples and are not trained on; null for none
 * @param options how files are read of which the name does not tell everything
 * @param seed seed of synthetic sets; others ignore it
 */
public record DataRequest(
    String name,
    @Nullable Path dir,
    @Nullable Integer train,
    @Nullable Integer test,
    @Nullable Integer validation,
    DataOptions options,
    long seed) {
  /**
   * Checks the sizes.
   *
   * @throws BadInputException if train, test or validation is below 1
   */
  public DataRequest {
    atLeastOne("data.train", train);
    atLeastOne("data.test", test);
    atLeastOne("data.validation", validation);
  }

  /** Without validation examples: what is evaluated is the test set. */
  public DataRequest(
      String name, @Nullable Path dir, @Nullable Integer train, @Nullable Integer test, long seed) {
    this(name, dir, train, test, null, seed);
  }

  /** Without options. */
  public DataRequest(
      String name,
      @Nullable Path dir,
      @Nullable Integer train,
      @Nullable Integer test,
      @Nullable Integer validation,
      long seed) {
    this(name, dir, train, test, validation, DataOptions.NONE, seed);
  }

  /** The same for another seed. */
  public DataRequest withSeed(long newSeed) {
    return new DataRequest(name, dir, train, test, validation, options, newSeed);
  }

  /** The whole of a set, searched for in the usual places, with seed 0. */
  public static DataRequest of(String name) {
    return new DataRequest(name, null, null, null, 0);
  }

  private static void atLeastOne(String key, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new BadInputException(
          "%s is %d, expected at least 1; leave it out.".formatted(key, value));
    }
  }
}
