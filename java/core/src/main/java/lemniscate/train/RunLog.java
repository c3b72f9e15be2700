package lemniscate.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.journal.JournalLine;
import lemniscate.network.Parameter;
import lemniscate.tensor.Tensor;
import lemniscate.text.Csv;

/**
 * The metrics of a run for other programs, beside {@code metrics.jsonl}, which stays the one that
 * decides: what is written here is made of its lines, also of those from before the log was asked
 * for.
 */
sealed interface RunLog extends AutoCloseable permits RunLog.Events, RunLog.Rows, MlflowLog {

  /** Name of the table. */
  String TABLE = "metrics.csv";

  /** A tracking server. */
  String MLFLOW = "mlflow";

  /** A line of the metrics. */
  void accept(JournalLine line) throws IOException;

  /** An epoch is done and its line was accepted; the run is as it was then. */
  default void endOfEpoch(Trainer trainer) throws IOException {}

  /** How a session of a run ends; the names are MLflow's. */
  enum Ending {
    /** The last step is done. */
    FINISHED,
    /** It was stopped before, and can go on. */
    KILLED,
    /** It diverged, or something failed. */
    FAILED
  }

  /** How it is going to end; said before {@link #close}, unless something has failed. */
  default void ending(Ending how) {}

  @Override
  void close() throws IOException;

  /**
   * The logs that a configuration asks for, with what the run has measured up to now.
   *
   * @param step number of steps done
   * @param figures of the run, for logs that show images
   * @param warn told of what can be made good later
   */
  static List<RunLog> open(
      Config config, RunDirectory directory, long step, RunFigures figures, Consumer<String> warn)
      throws IOException {
    List<RunLog> logs = new ArrayList<>();
    for (String name : names(config)) {
      logs.add(
          switch (name) {
            case "csv" -> Rows.open(directory);
            case MLFLOW -> MlflowLog.open(System.getenv(), config, directory, step, warn);
            default -> Events.open(directory, step, figures);
          });
    }
    return logs;
  }

  private static Set<String> names(Config config) {
    return Set.copyOf(config.get(ConfigSchema.TRAIN_LOG).orElse(List.of()));
  }

  /**
   * Looks for what logs need beside the folder of the run, before any work is done.
   *
   * @throws lemniscate.config.BadInputException if it is not there
   */
  static void require(Config config) {
    if (names(config).contains(MLFLOW)) {
      MlflowLog.requireServer(System.getenv());
    }
  }

  /** Hears what cannot be written. */
  interface Writing {
    void to(JournalLine line) throws IOException;
  }

  /** Tells all lines that there are. */
  static void tell(RunDirectory directory, Writing log) throws IOException {
    List<IOException> failures = new ArrayList<>();
    directory.readMetrics(
        line -> {
          try {
            log.to(line);
          } catch (IOException e) {
            failures.add(e);
          }
        });
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }

  /** What numbers of a line are called elsewhere, by kind of line and field. */
  Map<String, Map<String, String>> SCALARS =
      Map.of(
          "step",
          Map.of(
              "loss", "train/loss", "energy", "train/energy", "learningRate", "train/learningRate"),
          "epoch",
          Map.of(
              "trainLoss",
              "epoch/trainLoss",
              "testLoss",
              "epoch/testLoss",
              "testAccuracy",
              "epoch/testAccuracy"),
          RunHistory.REACH,
          Map.of("reach", "credit/reach", "equilibriumFactor", "credit/equilibriumFactor"));

  /** The finite numbers of a line, by what they are called elsewhere. */
  static Map<String, Double> scalars(JournalLine line) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    String kind = line.text("kind");
    SCALARS
        .getOrDefault(kind, Map.of())
        .forEach(
            (field, name) -> {
              if (line.has(field)) {
                scalars.put(name, line.numberOrNaN(field));
              }
            });
    if (kind.equals("step") && line.has("time")) {
      scalars.put("train/examplesPerSecond", line.object("time").numberOrNaN("examplesPerSecond"));
    }
    if (line.has("diagnostics")) {
      line.numbers("diagnostics")
          .forEach((name, value) -> scalars.put("diagnostics/" + name, value));
    }
    scalars.values().removeIf(value -> !Double.isFinite(value));
    return scalars;
  }

  // ---------------------------------------------------------------- TensorBoard

  /** Event files in the folder of the run, one for each session. */
  final class Events implements RunLog {

    private final EventFile file;
    private final RunDirectory directory;
    private final RunFigures figures;
    private final EventFile.Histogram histogram = new EventFile.Histogram();
    private long epoch;

    private Events(EventFile file, RunDirectory directory, RunFigures figures) {
      this.file = file;
      this.directory = directory;
      this.figures = figures;
    }

    private static Events open(RunDirectory directory, long step, RunFigures figures)
        throws IOException {
      Path run = directory.path();
      boolean first = EventFile.all(run).isEmpty();
      // Step 0 is measured as training begins.
      Events events =
          new Events(EventFile.create(run, step == 0 ? 0 : step + 1), directory, figures);
      if (first) {
        tell(directory, events::accept);
      }
      return events;
    }

    @Override
    public void accept(JournalLine line) throws IOException {
      if (line.text("kind").equals("epoch")) {
        epoch = line.longInteger("epoch");
      }
      for (Map.Entry<String, Double> scalar : scalars(line).entrySet()) {
        file.scalar(line.longInteger("step"), scalar.getKey(), scalar.getValue());
      }
    }

    @Override
    public void endOfEpoch(Trainer trainer) throws IOException {
      long step = trainer.step();
      for (Parameter parameter : trainer.network().parameters()) {
        histogram.clear();
        Tensor value = parameter.value();
        for (long first = 0; first < value.elements(); first += TensorChunks.ELEMENTS) {
          histogram.add(
              parameter.scaling().multiplier(),
              trainer.backend().read(TensorChunks.chunk(value, first)));
        }
        writeHistogram(step, "weights/" + parameter.name());
      }
      for (Map.Entry<String, double[]> signal : trainer.signals().entrySet()) {
        histogram.clear();
        histogram.add(1, signal.getValue());
        writeHistogram(step, signal.getKey());
      }
      if (isFigureDue(trainer)) {
        for (Map.Entry<String, byte[]> figure : figures.draw(RunHistory.of(directory)).entrySet()) {
          file.image(step, "figures/" + figure.getKey(), figure.getValue());
        }
      }
    }

    private void writeHistogram(long step, String tag) throws IOException {
      if (!histogram.isEmpty()) {
        file.histogram(step, tag, histogram);
      }
    }

    // Each shows all epochs before: after 1, 2, 4, 8, … they stay few however long a run is, and
    // are those of a run that was never stopped.
    private boolean isFigureDue(Trainer trainer) {
      return trainer.finished() || Long.bitCount(epoch) == 1;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  // ---------------------------------------------------------------- CSV

  /** {@value RunLog#TABLE}: a row for each line of steps and epochs. */
  final class Rows implements RunLog {

    private static final List<String> NUMBERS =
        List.of(
            "loss",
            "energy",
            "learningRate",
            "trainLoss",
            "testLoss",
            "testAccuracy",
            "seconds",
            "examplesPerSecond");

    private final Path file;

    private Rows(Path file) {
      this.file = file;
    }

    private static Rows open(RunDirectory directory) throws IOException {
      Path file = directory.path().resolve(TABLE);
      List<String> header = new ArrayList<>(List.of("kind", "step", "epoch"));
      header.addAll(NUMBERS);
      Csv table = new Csv(header.toArray(String[]::new));
      tell(directory, line -> cells(line).ifPresent(table::row));
      OutputFolder.replace(file, table.toString());
      return new Rows(file);
    }

    private static Optional<Object[]> cells(JournalLine line) {
      String kind = line.text("kind");
      if (!kind.equals("step") && !kind.equals("epoch")) {
        return Optional.empty();
      }
      Stream<Object> place = Stream.of(kind, line.longInteger("step"), line.longInteger("epoch"));
      Stream<Object> numbers = NUMBERS.stream().map(name -> number(line, name));
      return Optional.of(Stream.concat(place, numbers).toArray());
    }

    private static String number(JournalLine line, String name) {
      if (line.has(name)) {
        return Csv.number(line.numberOrNaN(name));
      }
      return line.has("time") && line.object("time").has(name)
          ? Csv.number(line.object("time").numberOrNaN(name))
          : "";
    }

    @Override
    public void accept(JournalLine line) throws IOException {
      Optional<Object[]> cells = cells(line);
      if (cells.isPresent()) {
        Files.writeString(
            file, Csv.line(cells.get()), StandardOpenOption.WRITE, StandardOpenOption.APPEND);
      }
    }

    @Override
    public void close() {}
  }
}
