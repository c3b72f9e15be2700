package lemniscate.data;

import java.nio.file.Path;
import java.util.List;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/** The files of a set, found. */
sealed interface SetFiles permits CifarFiles, IdxFiles {
  /** The folder that holds them, or the archive. */
  Path path();

  /**
   * Reads both splits.
   *
   * @param name name of the set
   * @param coarse whether labels are the coarse ones, where images have several
   * @throws BadInputException if a file is damaged or not what it should be
   */
  DataSplits read(String name, boolean coarse);

  /**
   * The numbers of training and test examples, from headers and lengths.
   *
   * @return null where only reading the whole tells
   * @throws BadInputException if a file is damaged
   */
  @Nullable Counts counts();

  /**
   * The files whose contents have published hashes, in the order of the catalogue; null where they
   * do not lie in a folder as such.
   */
  @Nullable List<Path> plain();

  /** Training and test examples. */
  record Counts(int train, int test) {}
}
