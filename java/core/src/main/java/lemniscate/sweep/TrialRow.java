package lemniscate.sweep;

import com.fasterxml.jackson.core.type.TypeReference;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.journal.JournalLine;
import lemniscate.journal.JsonLine;
import org.jspecify.annotations.Nullable;

/**
 * A finished trial: a line of the store.
 *
 * @param id of the trial
 * @param index of the trial
 * @param values of the keys that the sweep varies
 * @param rung to which it was trained, of a sweep that trains some trials longer than others;
 *     empty: to its full length
 * @param outcome how it ended
 * @param message why, unless it is {@code OK}; {@code null} then
 * @param metrics what it reached
 * @param time what it took; the one part that differs from run to run
 */
public record TrialRow(
    String id,
    int index,
    Map<String, Object> values,
    OptionalInt rung,
    Outcome outcome,
    @Nullable String message,
    Metrics metrics,
    Time time) {

  /** Of the lines that this version writes; it reads no later ones. */
  static final int FORMAT = 2;

  // Of those of trials that were trained to their full length, which an earlier version reads.
  private static final int WITHOUT_RUNG = 1;

  /**
   * What a trial reached.
   *
   * @param trainLoss mean of the batch losses of the last epoch; NaN if there is none
   * @param testLoss after the last step; NaN if there is none
   * @param testAccuracy after the last step; NaN if there is none
   * @param steps number of steps done
   * @param divergedAt the step that diverged, from 1; 0 if none did
   */
  public record Metrics(
      double trainLoss, double testLoss, double testAccuracy, long steps, long divergedAt) {

    static final Metrics NONE = new Metrics(Double.NaN, Double.NaN, Double.NaN, 0, 0);
  }

  /**
   * What a trial took.
   *
   * @param seconds wall-clock time
   * @param threads of its backend
   * @param finished when, in ISO 8601
   */
  public record Time(double seconds, int threads, String finished) {}

  /** A row of a trial that was trained to its full length. */
  public TrialRow(
      String id,
      int index,
      Map<String, Object> values,
      Outcome outcome,
      @Nullable String message,
      Metrics metrics,
      Time time) {
    this(id, index, values, OptionalInt.empty(), outcome, message, metrics, time);
  }

  /** The row of a training. */
  static TrialRow of(
      Job job, Outcome outcome, @Nullable String message, Metrics metrics, Time time) {
    Trial trial = job.trial();
    return new TrialRow(
        trial.id(), trial.index(), trial.values(), job.rung(), outcome, message, metrics, time);
  }

  /** What tells it from all other rows of the sweep. */
  public String key() {
    return Job.key(id, rung);
  }

  /** The rung; larger than any other for the full length. */
  public int level() {
    return rung.orElse(Integer.MAX_VALUE);
  }

  /** What the sweep varies, for people: {@code optim.lr=0.1 seed=2}. */
  public String label() {
    return Trial.label(values);
  }

  /** The line without the time: the same for the same trial, bit for bit, however it was run. */
  public String resultJson() {
    return JsonLine.of(result());
  }

  /** The fields of the line. Numbers read back as the same doubles; NaN is null. */
  Map<String, @Nullable Object> fields() {
    Map<String, Object> took = new LinkedHashMap<>();
    took.put("seconds", time.seconds());
    took.put("threads", time.threads());
    took.put("finished", time.finished());
    Map<String, @Nullable Object> fields = result();
    fields.put("time", took);
    return fields;
  }

  private Map<String, @Nullable Object> result() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("format", rung.isPresent() ? FORMAT : WITHOUT_RUNG);
    fields.put("id", id);
    fields.put("index", index);
    fields.put("values", values);
    if (rung.isPresent()) {
      fields.put("rung", rung.getAsInt());
    }
    fields.put("outcome", outcome.text());
    fields.put("message", message);
    fields.put("trainLoss", metrics.trainLoss());
    fields.put("testLoss", metrics.testLoss());
    fields.put("testAccuracy", metrics.testAccuracy());
    fields.put("steps", metrics.steps());
    fields.put("divergedAt", metrics.divergedAt() == 0 ? null : metrics.divergedAt());
    return fields;
  }

  /**
   * Reads a line.
   *
   * @throws BadInputException if it is not that of a trial, or of a newer version
   */
  static TrialRow of(JournalLine line) {
    int format = line.integer("format");
    if (format != FORMAT && format != WITHOUT_RUNG) {
      throw line.refused("format", FORMAT + "; a newer version writes others, and reads them");
    }
    JournalLine time = line.object("time");
    return new TrialRow(
        line.text("id"),
        line.integer("index"),
        line.value("values", new TypeReference<LinkedHashMap<String, Object>>() {}, "an object"),
        format == FORMAT ? OptionalInt.of(line.integer("rung")) : OptionalInt.empty(),
        Stream.of(Outcome.values())
            .filter(outcome -> outcome.text().equals(line.text("outcome")))
            .findFirst()
            .orElseThrow(() -> line.refused("outcome", "ok, diverged, failed or timeout")),
        line.textOrNull("message"),
        new Metrics(
            line.numberOrNaN("trainLoss"),
            line.numberOrNaN("testLoss"),
            line.numberOrNaN("testAccuracy"),
            line.longInteger("steps"),
            line.longIntegerOrZero("divergedAt")),
        new Time(time.number("seconds"), time.integer("threads"), time.text("finished")));
  }
}
