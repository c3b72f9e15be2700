package lemniscate.cli;

import java.nio.file.Path;
import lemniscate.config.BadInputException;
import lemniscate.train.Model;
import org.jspecify.annotations.Nullable;
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
  private @Nullable String which;

  @Option(
      names = "--best",
      description = "The same as --checkpoint best: with train.keepBest the best of the run.")
  private boolean best;

  /** Opens it with the keys that the command line changes. */
  Model open(CommandLine command, CommonOptions common) {
    if (best && which != null && !which.equals(Model.BEST)) {
      throw new BadInputException(
          "--best and --checkpoint %s name two checkpoints; give one of them.".formatted(which));
    }
    String wanted = best ? Model.BEST : which == null ? Model.NEWEST : which;
    try (Activity activity = Activity.of(common, "opening the run")) {
      return Model.load(run, wanted, ConfigOptions.given(command.getParseResult()), activity::log);
    }
  }

  /** Folder of the run. */
  Path path() {
    return run;
  }
}
