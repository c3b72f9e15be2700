package lemniscate.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.journal.JournalLine;
import org.jspecify.annotations.Nullable;

/**
 * A run in a line, from its files alone; nothing is loaded, and nothing is written.
 *
 * @param path folder
 * @param state how it stands
 * @param problem why it cannot be read; null for one that can
 * @param config as it is now; nothing given for one that cannot be read
 * @param step number of steps done, as far as metrics say
 * @param steps that it is to have; 0 if unknown
 * @param epochs passes over the training examples; NaN if unknown
 * @param trainLoss mean over the last epoch; NaN before the first
 * @param testLoss of the last evaluation; NaN before the first
 * @param testAccuracy of the last evaluation; NaN before the first and for regression
 * @param best evaluation
 * @param started when it began, ISO 8601; empty if unknown
 * @param seconds of training over all sessions; NaN if unknown
 * @param changes of its configuration on the way
 */
public record RunSummary(
    Path path,
    State state,
    @Nullable String problem,
    Config config,
    long step,
    long steps,
    double epochs,
    double trainLoss,
    double testLoss,
    double testAccuracy,
    BestEvaluation best,
    String started,
    double seconds,
    List<ConfigHistory.Change> changes) {

  /** Folders below the one that is searched. */
  private static final int DEPTH = 3;

  /** How a run stands. */
  public enum State {
    /** All steps are done. */
    FINISHED,
    /** Ended by {@code train.stopAfter}. */
    STOPPED,
    /** A process has it open. */
    RUNNING,
    /** Steps are left to do. */
    INTERRUPTED,
    /** A loss, energy or weight was not finite. */
    DIVERGED,
    /** Its files cannot be read. */
    DAMAGED;

    /** Its name. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Copies the list. */
  public RunSummary {
    changes = List.copyOf(changes);
  }

  /**
   * The runs in a folder and the folders below it, or the run that it is, in the order of their
   * names.
   *
   * @throws BadInputException if it is no folder, or holds no run
   */
  public static List<RunSummary> all(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new BadInputException(
          folder + " is not a folder; expected a run, or a folder of runs, such as runs.");
    }
    List<Path> runs;
    try (Stream<Path> files = Files.walk(folder, DEPTH)) {
      runs = files.filter(RunSummary::isRun).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new BadInputException(folder + " cannot be read: " + e.getMessage(), e);
    }
    if (runs.isEmpty()) {
      throw new BadInputException(
          folder + " holds no runs; name the folder that train wrote to, or one of those.");
    }
    return runs.stream().map(RunSummary::of).toList();
  }

  // Studies, too, write a configuration, but no metrics.
  private static boolean isRun(Path folder) {
    return Files.isRegularFile(folder.resolve(RunDirectory.CONFIG))
        && (Files.exists(folder.resolve(RunDirectory.METRICS))
            || !RunDirectory.checkpoints(folder).isEmpty());
  }

  /** A run; one that cannot be read says why. */
  static RunSummary of(Path run) {
    try (RunDirectory directory = RunDirectory.read(run)) {
      return of(directory);
    } catch (BadInputException e) {
      return new RunSummary(
          run,
          State.DAMAGED,
          String.valueOf(e.getMessage()),
          Config.defaults(),
          0,
          0,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          BestEvaluation.NONE,
          "",
          Double.NaN,
          List.of());
    }
  }

  private static RunSummary of(RunDirectory directory) {
    Config file = directory.config();
    Map<String, Object> provenance = directory.provenance();
    ConfigHistory history = ConfigHistory.of(directory, file, provenance);
    Config config = history.current();
    Lines lines = new Lines();
    directory.readMetrics(lines::accept);
    long perEpoch = 0;
    if (provenance.get("data") instanceof Map<?, ?> data
        && data.get("train") instanceof Number train) {
      perEpoch = Experiment.stepsPerEpoch(train.longValue(), config.get(ConfigSchema.TRAIN_BATCH));
    }
    long steps = Experiment.steps(config, perEpoch);
    boolean stopped =
        lines.best.since() >= config.get(ConfigSchema.TRAIN_STOP_AFTER).orElse(Integer.MAX_VALUE);
    State state =
        directory.isOpenElsewhere()
            ? State.RUNNING
            : lines.diverged
                ? State.DIVERGED
                : steps > 0 && lines.step >= steps
                    ? State.FINISHED
                    : stopped ? State.STOPPED : State.INTERRUPTED;
    return new RunSummary(
        directory.path(),
        state,
        null,
        config,
        lines.step,
        steps,
        perEpoch == 0 ? Double.NaN : (double) lines.step / perEpoch,
        lines.trainLoss,
        lines.testLoss,
        lines.testAccuracy,
        lines.best,
        provenance.get("started") instanceof String text ? text : "",
        lines.seconds,
        history.changes());
  }

  /** What the lines of the metrics come to. */
  private static final class Lines {
    private long step;
    private boolean diverged;
    private double trainLoss = Double.NaN;
    private double testLoss = Double.NaN;
    private double testAccuracy = Double.NaN;
    private double seconds = Double.NaN;
    private BestEvaluation best = BestEvaluation.NONE;

    void accept(JournalLine line) {
      step = line.longInteger("step");
      String kind = line.text("kind");
      diverged = kind.equals("diverged");
      if (line.has("time")) {
        seconds = line.object("time").numberOrNaN("seconds");
      }
      if (kind.equals("epoch")) {
        trainLoss = line.numberOrNaN("trainLoss");
        testLoss = line.numberOrNaN("testLoss");
        testAccuracy = line.numberOrNaN("testAccuracy");
        best = best.after(step, new Evaluation(0, testLoss, testAccuracy));
      }
    }
  }
}
