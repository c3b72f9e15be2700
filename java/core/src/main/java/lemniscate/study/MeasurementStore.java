package lemniscate.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.journal.Journal;
import lemniscate.journal.JournalLine;
import lemniscate.train.OutputFolder;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Journal} with a line for each network that a study has measured. Each is on the disk
 * before the next is measured, so that killing the process loses no finished one. While it is open
 * no other process can write to it.
 */
public final class MeasurementStore implements AutoCloseable {

  /** Name of the file. */
  public static final String FILE = "measurements.jsonl";

  /** Of the lines that this version writes; it reads no others. */
  private static final int FORMAT = 1;

  private static final Journal.Remedies REMEDIES =
      new Journal.Remedies(
          "Remove the line to measure its network again, restore the file, or name another folder.",
          "Wait for it, stop it, or name another folder.");

  private final String study;
  private final @Nullable Journal journal;
  private final List<JournalLine> lines;

  private MeasurementStore(String study, @Nullable Journal journal, List<JournalLine> lines) {
    this.study = study;
    this.journal = journal;
    this.lines = lines;
  }

  /**
   * Opens the file of a folder, which may exist.
   *
   * @param study what all its lines belong to, such as {@link WidthLimitStudy#id}
   * @throws BadInputException if it is of another study, damaged, in use, or cannot be written
   */
  public static MeasurementStore open(Path folder, String study) {
    Path file = folder.resolve(FILE);
    List<JournalLine> lines = new ArrayList<>();
    try {
      return new MeasurementStore(
          study,
          Journal.open(
              file,
              REMEDIES,
              line -> {
                requireStudy(line, study, file);
                lines.add(line);
              }),
          lines);
    } catch (IOException e) {
      throw new BadInputException(
          "%s cannot be written (%s); name a folder where you may write."
              .formatted(file, e.getClass().getSimpleName() + " " + e.getMessage()),
          e);
    }
  }

  private static void requireStudy(JournalLine line, String study, Path file) {
    if (line.integer("format") != FORMAT) {
      throw line.refused("format", Integer.toString(FORMAT));
    }
    if (!line.text("study").equals(study)) {
      throw new BadInputException(
          "%s holds measurements of another configuration or data set; name another folder."
              .formatted(file));
    }
  }

  /** A store without a file, which forgets everything at its end. */
  public static MeasurementStore unsaved() {
    return new MeasurementStore("unsaved", null, new ArrayList<>());
  }

  /** The lines, the latest first. */
  List<JournalLine> latestFirst() {
    return lines.reversed();
  }

  /**
   * Appends a line; it is on the disk when this returns.
   *
   * @param fields of the line, besides what says that it is of this study
   * @throws UncheckedIOException if it cannot be; what was appended before stays
   */
  void append(Map<String, ? extends @Nullable Object> fields) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("format", FORMAT);
    all.put("study", study);
    all.putAll(fields);
    if (journal != null) {
      try {
        journal.appendSynced(List.of(all));
      } catch (IOException e) {
        throw OutputFolder.unwritten(
            journal.file(), "what was measured before is kept", "go on by --resume", e);
      }
    }
    lines.add(JournalLine.of(all));
  }

  @Override
  public void close() {
    if (journal != null) {
      journal.close();
    }
  }
}
