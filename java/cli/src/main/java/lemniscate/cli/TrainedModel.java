package lemniscate.cli;

import java.nio.file.Path;
import lemniscate.train.Model;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which run and which of its checkpoints, for commands that look at what was trained. */
final class TrainedModel {

  @Parameters(paramLabel = "RUN", description = "Folder of the run.")
  private Path run;

  @Option(
      names = "--checkpoint",
      paramLabel = "WHICH",
      description =
          "newest, best (the highest test accuracy, or the lowest loss, of those that are kept),"
              + " the number of a step, or a file [newest].")
  private String which = Model.NEWEST;

  /** Opens it with the keys that the command line changes. */
  Model open(CommandLine command, CommonOptions common) {
    try (Activity activity = Activity.of(common, "opening the run")) {
      return Model.load(run, which, ConfigOptions.given(command.getParseResult()), activity::log);
    }
  }

  /** Folder of the run. */
  Path path() {
    return run;
  }
}
