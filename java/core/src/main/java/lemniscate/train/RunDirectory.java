package lemniscate.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.HeapRoom;
import lemniscate.journal.Journal;
import lemniscate.journal.JournalLine;
import lemniscate.journal.JsonLine;
import lemniscate.text.ShellWords;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * The files of a run: {@code config.yaml} (resolved), {@code provenance.json}, {@code
 * metrics.jsonl} and {@code checkpoint-<step>.safetensors}. While a run is open for writing no
 * other process can write to it; the lock goes with the process, however that ends.
 */
public final class RunDirectory implements AutoCloseable {

  static final String CONFIG = "config.yaml";
  static final String PROVENANCE = "provenance.json";
  static final String METRICS = "metrics.jsonl";
  private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-(\\d{8,18})\\.safetensors");
  private static final Pattern BEST = Pattern.compile("best-(\\d{8,18})\\.safetensors");
  private static final Journal.Remedies REMEDIES =
      new Journal.Remedies(
          "Restore the file, or start a new run; deleting a damaged line loses what it measured and"
              + " nothing else.",
          "Wait for it, or stop it, and try again.");
  private static final ObjectMapper WHOLE =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path path;
  private final boolean fresh;
  private final @Nullable Journal metrics;

  private RunDirectory(Path path, boolean fresh, @Nullable Journal metrics) {
    this.path = path;
    this.fresh = fresh;
    this.metrics = metrics;
  }

  /**
   * Makes a directory ready for a new run, before any work: it exists, holds no run, and can be
   * written. One whose run was killed before its first checkpoint, so that nothing is lost with it,
   * is taken over.
   *
   * @throws BadInputException if not
   */
  public static RunDirectory create(Path path) {
    requireNoRun(path);
    try {
      Files.createDirectories(path);
      OutputFolder.probe(path);
      Journal metrics = Journal.open(path.resolve(METRICS), REMEDIES, line -> {});
      try {
        // Once more, now that no other process can make one.
        requireNoRun(path);
        OutputFolder.sweep(path, RunDirectory::isReplaced);
        return new RunDirectory(path, true, metrics);
      } catch (IOException | RuntimeException e) {
        metrics.close();
        throw e;
      }
    } catch (IOException e) {
      throw OutputFolder.unusable(path, e);
    }
  }

  /**
   * Refuses a folder that {@link #create} would, as far as can be told without making it.
   *
   * @throws BadInputException if it holds a run or cannot be written
   */
  static void requireNew(Path path) {
    OutputFolder.requireUsable(path);
    requireNoRun(path);
  }

  /**
   * Opens an existing run for reading.
   *
   * @throws BadInputException if there is none
   */
  public static RunDirectory read(Path path) {
    requireRun(path);
    return new RunDirectory(path, false, null);
  }

  /**
   * Opens an existing run to go on with it.
   *
   * @throws BadInputException if there is none, it cannot be written, its metrics are missing or
   *     damaged, or another process has it open
   */
  public static RunDirectory reopen(Path path) {
    requireRun(path);
    try {
      OutputFolder.probe(path);
      Journal metrics = Journal.reopen(path.resolve(METRICS), REMEDIES, RunHistory::epoch);
      OutputFolder.sweep(path, RunDirectory::isReplaced);
      return new RunDirectory(path, false, metrics);
    } catch (IOException e) {
      throw OutputFolder.unusable(path, e);
    }
  }

  private static void requireRun(Path path) {
    if (!Files.isDirectory(path)) {
      throw new BadInputException(path + " is not a folder; expected the folder of a run.");
    }
    if (!Files.isRegularFile(path.resolve(CONFIG))) {
      throw new BadInputException(
          path
              + " holds no run (it has no "
              + CONFIG
              + "); name the folder that train wrote, or train with it as out where train was"
              + " stopped as it began.");
    }
  }

  private static void requireNoRun(Path path) {
    if (Files.isDirectory(path) && !checkpoints(path).isEmpty()) {
      throw new BadInputException(
          "out is %s, which already holds a run; name another folder, or go on with it: lemniscate resume %s"
              .formatted(path, ShellWords.path(path)));
    }
    // The order in which a run begins: metrics without a line, provenance, configuration, and then
    // the first checkpoint. Anything else is not what a kill before that leaves.
    boolean begun = isEmptyFile(path.resolve(METRICS));
    boolean described = Files.exists(path.resolve(PROVENANCE));
    if (!begun && Files.exists(path.resolve(METRICS))
        || described && !begun
        || Files.exists(path.resolve(CONFIG)) && !described) {
      throw new BadInputException(
          "out is %s, which holds files of a run (%s) but no checkpoint to go on with; name another folder, or move them away."
              .formatted(
                  path,
                  Stream.of(CONFIG, PROVENANCE, METRICS)
                      .filter(f -> Files.exists(path.resolve(f)))
                      .collect(Collectors.joining(", "))));
    }
  }

  private static boolean isEmptyFile(Path file) {
    try {
      return Files.isRegularFile(file) && Files.size(file) == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isReplaced(String name) {
    return name.equals(CONFIG)
        || name.equals(PROVENANCE)
        || CHECKPOINT.matcher(name).matches()
        || BEST.matcher(name).matches();
  }

  /** Whether another process has the run open to write; asks for no longer than a moment. */
  boolean isOpenElsewhere() {
    return Journal.isOpenElsewhere(path.resolve(METRICS));
  }

  /** The folder. */
  public Path path() {
    return path;
  }

  /**
   * The run's configuration.
   *
   * @throws BadInputException if the file is none, or says nothing
   */
  public Config config() {
    Path file = path.resolve(CONFIG);
    Config config = Config.defaults().withYaml(file);
    // A run's is resolved: it names what was chosen where the default leaves it open.
    if (config.toYaml().equals(Config.defaults().toYaml())) {
      throw new BadInputException(
          file + " names no key of the run's configuration. " + REMEDIES.damaged());
    }
    return config;
  }

  /**
   * Refuses a run for whose checkpoints the disk has no room.
   *
   * @param count how many are there at a time
   * @param bytes of one
   * @throws BadInputException if there is less
   */
  void requireRoom(long count, long bytes) {
    try {
      long room = Files.getFileStore(path).getUsableSpace();
      if (room / Math.max(1, bytes) < count) {
        throw new BadInputException(
            "out is %s, whose disk has room for %s, but %d checkpoints take %s each; use another disk, or a smaller train.keepCheckpoints."
                .formatted(path, Shown.bytes(room), count, Shown.bytes(bytes)));
      }
    } catch (IOException e) {
      throw OutputFolder.unusable(path, e);
    }
  }

  /** Writes the configuration anew. */
  void describe(Config config) {
    replace(CONFIG, config.toYaml());
  }

  /** Writes what describes a new run. */
  void describe(Config config, Map<String, Object> provenance) {
    replace(PROVENANCE, JsonLine.pretty(provenance));
    replace(CONFIG, config.toYaml());
  }

  /**
   * Notes another session of the run in its provenance, and what else has changed there.
   *
   * @param facts that take the place of those of the same name
   */
  void describeSession(Map<String, Object> session, Map<String, Object> facts) {
    Map<String, Object> provenance = provenance();
    provenance.putAll(facts);
    List<Object> sessions =
        Stream.concat(
                provenance.get("resumed") instanceof List<?> list
                    ? list.stream().map(Object.class::cast)
                    : Stream.empty(),
                Stream.of(session))
            .toList();
    provenance.put("resumed", sessions);
    replace(PROVENANCE, JsonLine.pretty(provenance));
  }

  /**
   * What the run came from.
   *
   * @throws BadInputException if the file does not say
   */
  Map<String, Object> provenance() {
    Path file = path.resolve(PROVENANCE);
    try {
      if (Files.isDirectory(file)) {
        throw new IOException("it is a folder");
      }
      HeapRoom.require(file.toString(), 4 * Files.size(file), "the file of before");
      @Nullable Map<String, Object> facts =
          WHOLE.readValue(Files.readString(file), new TypeReference<Map<String, Object>>() {});
      if (facts == null) {
        throw new IOException("it is null");
      }
      return new LinkedHashMap<>(facts);
    } catch (IOException e) {
      throw new BadInputException(
          "%s cannot be read (%s), expected one JSON object. Restore the file, or start a new run."
              .formatted(file, reason(e)),
          e);
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case JsonProcessingException json -> json.getOriginalMessage();
      case CharacterCodingException _ -> "it is not UTF-8";
      case NoSuchFileException _ -> "it is missing";
      default -> String.valueOf(e.getMessage());
    };
  }

  private void replace(String name, String text) {
    try {
      OutputFolder.replace(path.resolve(name), text);
    } catch (IOException e) {
      throw unwritten(path.resolve(name), e);
    }
  }

  // ---------------------------------------------------------------- metrics

  /** Appends a line of metrics; it is with the operating system when this returns. */
  void append(Map<String, ?> line) {
    try {
      writable().append(line);
    } catch (IOException e) {
      throw unwritten(path.resolve(METRICS), e);
    }
  }

  /** What to tell where a log of the run cannot be written. */
  UncheckedIOException unwritten(IOException cause) {
    return unwritten(path, cause);
  }

  private UncheckedIOException unwritten(Path file, IOException cause) {
    return checkpoints().isEmpty()
        ? OutputFolder.unwritten(file, "no checkpoint is there yet", "start again", cause)
        : OutputFolder.unwritten(
            file,
            "the checkpoints before are kept",
            "go on with: lemniscate resume " + ShellWords.path(path),
            cause);
  }

  /**
   * Reads the metrics, line by line.
   *
   * @throws BadInputException if they are missing or damaged
   */
  void readMetrics(Consumer<JournalLine> reader) {
    if (metrics == null) {
      Journal.read(path.resolve(METRICS), REMEDIES, reader);
      return;
    }
    try {
      // Through the channel that has the lock: closing any other would give it up.
      metrics.keepWhile(
          line -> {
            reader.accept(line);
            return true;
          });
    } catch (IOException e) {
      throw unwritten(path.resolve(METRICS), e);
    }
  }

  /** Cuts off the metrics from the first line later than a step. */
  void truncateMetrics(long step) {
    try {
      // What belongs to step 0 is written when training begins.
      writable().keepWhile(line -> step > 0 && line.longInteger("step") <= step);
    } catch (IOException e) {
      throw unwritten(path.resolve(METRICS), e);
    }
  }

  private Journal writable() {
    if (metrics == null) {
      throw new IllegalStateException(path + " was opened for reading");
    }
    return metrics;
  }

  // ---------------------------------------------------------------- checkpoints

  /** The checkpoints, newest first. */
  public List<Path> checkpoints() {
    return checkpoints(path);
  }

  /** The checkpoints of a folder, newest first. */
  static List<Path> checkpoints(Path path) {
    return files(path, CHECKPOINT);
  }

  /** The checkpoints that are kept for being the best, newest first: one, or two for a while. */
  List<Path> best() {
    return files(path, BEST);
  }

  private static List<Path> files(Path path, Pattern names) {
    try (Stream<Path> files = Files.list(path)) {
      return files
          .filter(file -> names.matcher(file.getFileName().toString()).matches())
          .sorted(Comparator.comparingLong(RunDirectory::step).reversed())
          .toList();
    } catch (IOException e) {
      throw new BadInputException(path + " cannot be listed: " + e.getMessage(), e);
    }
  }

  /** What to tell who looks for a checkpoint where there is none. */
  static BadInputException withoutCheckpoint(Path path) {
    return new BadInputException(
        path
            + " holds no checkpoint; start the run again, in this folder if it was stopped before"
            + " the first one.");
  }

  /** The step that the name of a checkpoint says; -1 for another name. */
  static long step(Path checkpoint) {
    String name = checkpoint.getFileName().toString();
    Matcher matcher = (name.startsWith("best") ? BEST : CHECKPOINT).matcher(name);
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
  }

  /**
   * Writes a checkpoint of the run as it stands, and removes the oldest beyond {@code keep}.
   *
   * @return its file
   */
  Path checkpoint(Trainer trainer, int keep) {
    Path file =
        path.resolve(
            String.format(Locale.ROOT, "checkpoint-%08d.safetensors", trainer.progress().step()));
    try {
      // The lines that lead to the checkpoint must be there when it is.
      writable().sync();
      Checkpoint.write(file, trainer);
      List<Path> all = checkpoints();
      for (Path old : all.subList(Math.min(keep, all.size()), all.size())) {
        Files.deleteIfExists(old);
      }
      // The one before goes once no kill can lead back to before the new one.
      for (Path old : best()) {
        if (step(old) != trainer.best().step()) {
          Files.deleteIfExists(old);
        }
      }
      return file;
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  /** Writes a checkpoint of the run as it stands, the best so far. */
  void keepBest(Trainer trainer) {
    Path file = path.resolve(String.format(Locale.ROOT, "best-%08d.safetensors", trainer.step()));
    try {
      Checkpoint.write(file, trainer);
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  /** Removes what was the best after a step, to which the run has gone back. */
  void forgetBestAfter(long step) {
    try {
      for (Path file : best()) {
        if (step(file) > step) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw unwritten(path, e);
    }
  }

  /** Takes a new directory back if nothing was written to it yet. */
  void discardIfEmpty() {
    if (!fresh || Files.exists(path.resolve(CONFIG))) {
      return;
    }
    try {
      close();
      Files.deleteIfExists(path.resolve(METRICS));
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // It is not empty, so it stays.
    }
  }

  @Override
  public void close() {
    if (metrics != null) {
      metrics.close();
    }
  }
}
