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
    Path path = path(config, study);
    if (Files.exists(path.resolve(result))) {
      throw new BadInputException(
          "out is %s, which already holds a %s; name another folder.".formatted(path, result));
    }
    return writable(path);
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
   * Refuses a folder that holds something.
   *
   * @param own whether it is the study's own, which its store goes on with or refuses itself
   * @throws BadInputException if so
   */
  static void requireEmptyUnless(Path path, boolean own) {
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
