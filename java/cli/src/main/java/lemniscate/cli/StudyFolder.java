package lemniscate.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.train.OutputFolder;

/**
 * The folder that a study writes its tables into.
 *
 * @param path existing and writable when it was made
 */
record StudyFolder(Path path) {

  /**
   * Makes the folder that {@code out} names, or {@code runs/<time>-<study>}, before any work.
   *
   * @param study name of the command
   * @param result the file by which a finished study is known
   * @throws BadInputException if it cannot be written or holds such a result
   */
  static StudyFolder create(Config config, String study, String result) {
    require(config, result);
    return writable(path(config, study));
  }

  /**
   * Refuses what {@link #create} would, as far as can be told without making a folder.
   *
   * @throws BadInputException if so
   */
  static void require(Config config, String result) {
    Path path = config.get(ConfigSchema.OUT).orElse(null);
    if (path == null) {
      return;
    }
    OutputFolder.requireUsable(path);
    if (Files.exists(path.resolve(result))) {
      throw new BadInputException(
          "out is %s, which already holds a %s; name another folder.".formatted(path, result));
    }
  }

  /**
   * The folder that {@code out} names, to go on with what it holds.
   *
   * @throws BadInputException if it cannot be written
   */
  static StudyFolder reopen(Config config, String study) {
    return writable(path(config, study));
  }

  private static StudyFolder writable(Path path) {
    try {
      Files.createDirectories(path);
      OutputFolder.probe(path);
      OutputFolder.sweepDead(path);
    } catch (IOException e) {
      throw new BadInputException(
          "out is %s, which cannot be written (%s); name a folder where you may write."
              .formatted(path, e.getClass().getSimpleName() + " " + e.getMessage()),
          e);
    }
    return new StudyFolder(path);
  }

  /** The folder that {@code out} names, or {@code runs/<time>-<study>}, which it makes. */
  static Path path(Config config, String study) {
    return config.get(ConfigSchema.OUT).orElseGet(() -> OutputFolder.fresh(study));
  }

  /**
   * Refuses a folder that holds something or cannot be written.
   *
   * @param own whether it is the study's own, which its store goes on with or refuses itself
   * @throws BadInputException if so
   */
  static void requireEmptyUnless(Path path, boolean own) {
    OutputFolder.requireUsable(path);
    if (!Files.isDirectory(path) || own) {
      return;
    }
    try (Stream<Path> files = Files.list(path)) {
      files
          .filter(file -> !OutputFolder.isProbe(file))
          .sorted()
          .findFirst()
          .ifPresent(
              file -> {
                throw new BadInputException(
                    "out is %s, which already holds something else (%s); name another folder."
                        .formatted(path, file.getFileName()));
              });
    } catch (IOException e) {
      throw new BadInputException(
          "out is %s, which cannot be read (%s); name another folder."
              .formatted(path, e.getClass().getSimpleName()),
          e);
    }
  }

  /** {@return a folder in it, which is made where it is missing} */
  Path within(String name) {
    return writable(path.resolve(name)).path();
  }

  /** Writes a file of text, whole or not at all; returns where it is. */
  Path write(String name, String text) {
    try {
      OutputFolder.replace(path.resolve(name), text);
      return path.resolve(name);
    } catch (IOException e) {
      throw OutputFolder.unwrittenResult(path.resolve(name), e);
    }
  }
}
