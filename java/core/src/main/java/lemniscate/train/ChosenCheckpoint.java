package lemniscate.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;

/** The checkpoint of a run that somebody asks for. */
final class ChosenCheckpoint {

  private static final int ATTEMPTS = 100;

  private ChosenCheckpoint() {}

  /**
   * Opens it.
   *
   * @param which {@link Model#NEWEST}, {@link Model#BEST}, the number of a step or a file
   * @throws BadInputException if there is none, or it cannot be read
   */
  static SafetensorsReader open(RunDirectory directory, String which) {
    // While another process trains, one that is listed may be gone when it is opened: there is a
    // newer one.
    for (int attempt = 1; ; attempt++) {
      List<Path> listed =
          Stream.concat(directory.checkpoints().stream(), directory.best().stream()).toList();
      try {
        Path file = checkpoint(directory, which);
        long step = RunDirectory.step(file);
        return step >= 0 ? Checkpoint.open(file, step) : Checkpoint.open(file);
      } catch (BadInputException e) {
        boolean pruned = listed.stream().anyMatch(file -> !Files.exists(file));
        if (!pruned || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static Path checkpoint(RunDirectory directory, String which) {
    List<Path> all = directory.checkpoints();
    if (all.isEmpty()) {
      throw RunDirectory.withoutCheckpoint(directory.path());
    }
    if (which.equals(Model.NEWEST)) {
      return all.getFirst();
    }
    if (which.equals(Model.BEST)) {
      // Beside one of a later step with the same evaluation, that which was evaluated comes first.
      return best(Stream.concat(directory.best().stream(), all.stream()).toList());
    }
    if (which.matches("\\d{1,18}")) {
      long step = Long.parseLong(which);
      return all.stream()
          .filter(file -> RunDirectory.step(file) == step)
          .findFirst()
          .orElseThrow(
              () ->
                  new BadInputException(
                      "--checkpoint is %s, but %s has no checkpoint of that step, only of %s; name one of them, or a file."
                          .formatted(
                              which,
                              directory.path(),
                              all.stream().map(RunDirectory::step).sorted().toList())));
    }
    Path file = Path.of(which);
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(
          "--checkpoint is %s, which is no file; expected %s, %s, the number of a step, or the path of a checkpoint."
              .formatted(which, Model.NEWEST, Model.BEST));
    }
    return file;
  }

  // By accuracy, for regression by loss; of equal ones the newest. One that was written before the
  // first evaluation is worse than any other.
  private static Path best(List<Path> newestFirst) {
    record Rated(Path file, double accuracy, double loss) {}
    return newestFirst.stream()
        .map(
            file -> {
              try (SafetensorsReader reader = Checkpoint.open(file, RunDirectory.step(file))) {
                TrainingProgress at = CheckpointMetadata.progress(reader);
                return new Rated(
                    file,
                    Double.isNaN(at.testAccuracy()) ? -1 : at.testAccuracy(),
                    Double.isNaN(at.testLoss()) ? Double.POSITIVE_INFINITY : at.testLoss());
              }
            })
        .min(Comparator.comparingDouble((Rated r) -> -r.accuracy).thenComparing(Rated::loss))
        .map(Rated::file)
        .orElseThrow();
  }

  /**
   * The newest that can be read, from which a run goes on.
   *
   * @param log told of newer ones that cannot
   * @throws BadInputException if there is none
   */
  static Path newestReadable(RunDirectory directory, Consumer<String> log) {
    List<Path> checkpoints = directory.checkpoints();
    if (checkpoints.isEmpty()) {
      throw RunDirectory.withoutCheckpoint(directory.path());
    }
    for (Path checkpoint : checkpoints) {
      // A file that is torn or changed: training goes the same way from the one before. A file that
      // is whole and does not fit is an error.
      try {
        Checkpoint.check(checkpoint, RunDirectory.step(checkpoint));
        return checkpoint;
      } catch (BadInputException e) {
        if (checkpoint.equals(checkpoints.getLast())) {
          throw e;
        }
        log.accept("warning: " + e.getMessage() + " Trying the one before.");
      }
    }
    throw new IllegalStateException("the last one is read or refused");
  }
}
