package lemniscate.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.study.MeasurementStore;
import lemniscate.text.ShellWords;
import lemniscate.train.OutputFolder;
import picocli.CommandLine.Option;

/** How a study that stores each network that it has measured is stopped and gone on with. */
final class Resumption {

  @Option(
      names = "--resume",
      description = "With --out: go on with that folder, and measure only what is missing there.")
  private boolean resume;

  /** Refuses to go on with no folder. */
  void check(Config config) {
    if (resume && !config.isSet(ConfigSchema.OUT)) {
      throw new BadInputException(
          "--resume is given without --out; name the folder of the study to go on with.");
    }
  }

  /**
   * The folder to work in: a new one, or one to go on with.
   *
   * @param study name of the command
   * @param result the file by which a finished study is known
   * @throws BadInputException if it holds measurements that are not to be gone on with, or cannot
   *     be written
   */
  StudyFolder folder(Config config, String study, String result) {
    require(config, result);
    return resume ? StudyFolder.reopen(config, study) : StudyFolder.create(config, study, result);
  }

  /**
   * Refuses what {@link #folder} would, before any work and without making a folder.
   *
   * @param result the file by which a finished study is known
   * @throws BadInputException if so
   */
  void require(Config config, String result) {
    Optional<Path> out = config.get(ConfigSchema.OUT);
    if (resume) {
      out.ifPresent(OutputFolder::requireUsable);
      return;
    }
    if (out.isPresent() && Files.exists(out.get().resolve(MeasurementStore.FILE))) {
      throw new BadInputException(
          "out is %s, which already holds a %s; go on with it by --resume, or name another folder."
              .formatted(out.get(), MeasurementStore.FILE));
    }
    StudyFolder.require(config, result);
  }

  /** Says how to go on; the exit code. */
  static int interrupted(CommonOptions common, StudyFolder folder) {
    common
        .streams()
        .err()
        .println(
            "interrupted; what was measured is kept. Go on with the same options and: --resume"
                + " --out "
                + ShellWords.path(folder.path()));
    return ExitCode.INTERRUPTED.code();
  }
}
