package lemniscate.sweep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import lemniscate.train.JsonLine;
import org.jspecify.annotations.Nullable;

/**
 * A finished trial: a line of the store.
 *
 * @param id of the trial
 * @param index of the trial
 * @param values of the keys that the sweep varies
 * @param outcome how it ended
 * @param message why, unless it is {@code OK}; {@code null} then
 * @param metrics what it reached
 * @param time what it took; the one part that differs from run to run
 */
public record TrialRow(
    String id,
    int index,
    Map<String, Object> values,
    Outcome outcome,
    @Nullable String message,
    Metrics metrics,
    Time time) {

  /** Of the lines that this version writes; it reads no later ones. */
  static final int FORMAT = 1;

  private static final ObjectMapper MAPPER = new ObjectMapper();

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

  /** The row of a trial. */
  static TrialRow of(
      Trial trial, Outcome outcome, @Nullable String message, Metrics metrics, Time time) {
    return new TrialRow(trial.id(), trial.index(), trial.values(), outcome, message, metrics, time);
  }

  /** What the sweep varies, for people: {@code optim.lr=0.1 seed=2}. */
  public String label() {
    return Trial.label(values);
  }

  /** The line, without a line feed. Numbers read back as the same doubles; NaN is null. */
  public String toJson() {
    Map<String, @Nullable Object> fields = fields();
    Map<String, Object> took = new LinkedHashMap<>();
    took.put("seconds", time.seconds());
    took.put("threads", time.threads());
    took.put("finished", time.finished());
    fields.put("time", took);
    return JsonLine.of(fields);
  }

  /** The line without the time: the same for the same trial, bit for bit, however it was run. */
  public String resultJson() {
    return JsonLine.of(fields());
  }

  private Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("format", FORMAT);
    fields.put("id", id);
    fields.put("index", index);
    fields.put("values", values);
    fields.put("outcome", outcome.text());
    fields.put("message", message);
    fields.put("trainLoss", metrics.trainLoss());
    fields.put("testLoss", metrics.testLoss());
    fields.put("testAccuracy", metrics.testAccuracy());
    fields.put("steps", metrics.steps());
    fields.put("divergedAt", metrics.divergedAt() == 0 ? null : metrics.divergedAt());
    return fields;
  }

  /** The format of a line; 0 if it is not the line of a trial. */
  static int format(String line) {
    try {
      return MAPPER.readTree(line).path("format").asInt(0);
    } catch (JsonProcessingException e) {
      return 0;
    }
  }

  /**
   * Reads a line.
   *
   * @return {@code null} if it is not one of {@link #FORMAT}
   */
  static @Nullable TrialRow parse(String line) {
    try {
      JsonNode node = MAPPER.readTree(line);
      JsonNode time = node.path("time");
      if (node.path("format").asInt(0) != FORMAT
          || !node.path("id").isTextual()
          || !node.path("index").isInt()
          || !node.path("values").isObject()
          || !time.isObject()) {
        return null;
      }
      return new TrialRow(
          node.get("id").asText(),
          node.get("index").intValue(),
          MAPPER.convertValue(
              node.get("values"), new TypeReference<LinkedHashMap<String, Object>>() {}),
          outcome(node.path("outcome").asText()),
          node.path("message").isTextual() ? node.get("message").asText() : null,
          new Metrics(
              number(node, "trainLoss"),
              number(node, "testLoss"),
              number(node, "testAccuracy"),
              node.path("steps").longValue(),
              node.path("divergedAt").longValue()),
          new Time(
              time.path("seconds").doubleValue(),
              time.path("threads").intValue(),
              time.path("finished").asText()));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return null;
    }
  }

  private static Outcome outcome(String text) {
    for (Outcome outcome : Outcome.values()) {
      if (outcome.text().equals(text)) {
        return outcome;
      }
    }
    throw new IllegalArgumentException("outcome " + text);
  }

  private static double number(JsonNode node, String name) {
    return node.path(name).isNumber() ? node.get(name).doubleValue() : Double.NaN;
  }
}
