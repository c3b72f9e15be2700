package lemniscate.sweep.slurm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lemniscate.config.BadInputException;
import lemniscate.train.JsonLine;
import org.jspecify.annotations.Nullable;

/**
 * What the launcher must know after it was killed: {@code slurm/journal.jsonl} in the folder of the
 * sweep. Lines are only appended, and on the disk before what they announce is done: a submission
 * is written down by its name before sbatch is called, and its job after, so that a job whose
 * number was never read is found in the queue by its name. A torn last line does not count.
 */
final class SlurmJournal {

  private static final String FILE = "journal.jsonl";
  private static final int FORMAT = 1;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private long wholeBytes;
  private int lastPlan;
  private @Nullable Plan open;
  private final List<Submission> submissions = new ArrayList<>();

  private SlurmJournal(Path file) {
    this.file = file;
  }

  /**
   * A sweep cut into tasks.
   *
   * @param number from 1; names the plan's folder
   * @param tasks that the sweep is cut into
   * @param wanted numbers of those that have trials left to do
   * @param token that the names of the plan's jobs hold
   * @param options for its jobs
   * @param workers in a task; empty for one a processor
   */
  record Plan(
      int number,
      int tasks,
      List<Integer> wanted,
      String token,
      List<String> options,
      OptionalInt workers) {}

  /**
   * Tasks that were handed to Slurm together.
   *
   * @param number within the plan, from 1
   * @param name of the job
   * @param time when, in milliseconds since 1970
   * @param offset what a task's number exceeds its index in the array by
   * @param tasks their numbers
   * @param job its number; {@code null} if it is not known (yet)
   * @param refused whether it is known that there is no such job
   */
  record Submission(
      int number,
      String name,
      long time,
      int offset,
      List<Integer> tasks,
      @Nullable String job,
      boolean refused) {

    boolean unresolved() {
      return job == null && !refused;
    }
  }

  /**
   * Reads the journal of a sweep; an empty one if there is none.
   *
   * @param folder of the sweep
   * @throws BadInputException if it is damaged or of a newer version
   */
  static SlurmJournal read(Path folder) {
    SlurmJournal journal = new SlurmJournal(SlurmFolder.of(folder).resolve(FILE));
    if (Files.isRegularFile(journal.file)) {
      try {
        journal.take(Files.readAllBytes(journal.file));
      } catch (IOException e) {
        throw new BadInputException(journal.file + " cannot be read: " + e.getMessage(), e);
      }
    }
    return journal;
  }

  private void take(byte[] bytes) {
    int start = 0;
    int number = 1;
    for (int end = 0; end < bytes.length; end++) {
      if (bytes[end] == '\n') {
        String line = new String(bytes, start, end - start, StandardCharsets.UTF_8);
        boolean understood;
        try {
          understood = take(MAPPER.readTree(line));
        } catch (JsonProcessingException e) {
          understood = false;
        }
        if (!understood && end == bytes.length - 1) {
          break; // after a power cut the end of a file may hold anything
        }
        if (!understood) {
          throw new BadInputException(
              "%s:%d: is not a line that this version knows; use the version that wrote it. If none did: cancel the jobs of this sweep and remove the file."
                  .formatted(file, number));
        }
        start = end + 1;
        number++;
      }
    }
    wholeBytes = start;
  }

  private boolean take(JsonNode line) {
    if (line.path("format").asInt() != FORMAT) {
      return false;
    }
    switch (line.path("event").asText()) {
      case "plan" -> {
        List<String> options = new ArrayList<>();
        line.path("options").forEach(option -> options.add(option.asText()));
        JsonNode workers = line.path("workers");
        apply(
            new Plan(
                line.path("plan").asInt(),
                line.path("tasks").asInt(),
                ArrayIndexes.of(line.path("wanted").asText()),
                line.path("token").asText(),
                List.copyOf(options),
                workers.isInt() ? OptionalInt.of(workers.asInt()) : OptionalInt.empty()));
      }
      case "submit" ->
          submissions.add(
              new Submission(
                  line.path("submission").asInt(),
                  line.path("name").asText(),
                  line.path("time").asLong(),
                  line.path("offset").asInt(),
                  ArrayIndexes.of(line.path("tasks").asText()),
                  null,
                  false));
      case "job" -> resolve(line.path("submission").asInt(), line.path("job").asText());
      case "refused" -> resolve(line.path("submission").asInt(), null);
      case "collected" -> open = null;
      default -> {
        return false;
      }
    }
    return true;
  }

  private void apply(Plan plan) {
    // The same number again: other options from here on.
    if (plan.number() != lastPlan) {
      submissions.clear();
    }
    lastPlan = plan.number();
    open = plan;
  }

  private void resolve(int number, @Nullable String job) {
    submissions.replaceAll(
        s ->
            s.number() == number
                ? new Submission(
                    s.number(), s.name(), s.time(), s.offset(), s.tasks(), job, job == null)
                : s);
  }

  /** The plan that is not collected yet. */
  Optional<Plan> openPlan() {
    return Optional.ofNullable(open);
  }

  /** The number of the last plan; 0 if there was none. */
  int lastPlan() {
    return lastPlan;
  }

  /** The submissions of the last plan, in order. */
  List<Submission> submissions() {
    return List.copyOf(submissions);
  }

  /** A plan begins, or goes on with other options. */
  void plan(Plan plan) {
    Map<String, @Nullable Object> fields = event("plan");
    fields.put("plan", plan.number());
    fields.put("tasks", plan.tasks());
    fields.put("wanted", ArrayIndexes.text(plan.wanted()));
    fields.put("token", plan.token());
    fields.put("options", plan.options());
    fields.put("workers", plan.workers().isPresent() ? plan.workers().getAsInt() : null);
    append(fields);
    apply(plan);
  }

  /** Tasks are about to be submitted. */
  Submission submit(String name, int offset, List<Integer> tasks, long time) {
    Submission submission =
        new Submission(submissions.size() + 1, name, time, offset, List.copyOf(tasks), null, false);
    Map<String, @Nullable Object> fields = event("submit");
    fields.put("submission", submission.number());
    fields.put("name", name);
    fields.put("time", time);
    fields.put("offset", offset);
    fields.put("tasks", ArrayIndexes.text(tasks));
    append(fields);
    submissions.add(submission);
    return submission;
  }

  /** A submission has become a job. */
  void job(Submission submission, String job) {
    Map<String, @Nullable Object> fields = event("job");
    fields.put("submission", submission.number());
    fields.put("job", job);
    append(fields);
    resolve(submission.number(), job);
  }

  /** A submission has not become a job. */
  void refused(Submission submission, String message) {
    Map<String, @Nullable Object> fields = event("refused");
    fields.put("submission", submission.number());
    fields.put("message", message);
    append(fields);
    resolve(submission.number(), null);
  }

  /** All results of the plan are in the store. */
  void collected() {
    append(event("collected"));
    open = null;
  }

  private static Map<String, @Nullable Object> event(String name) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("format", FORMAT);
    fields.put("event", name);
    return fields;
  }

  private void append(Map<String, @Nullable Object> fields) {
    ByteBuffer bytes =
        ByteBuffer.wrap((JsonLine.of(fields) + "\n").getBytes(StandardCharsets.UTF_8));
    try {
      Files.createDirectories(file.getParent());
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        channel.truncate(wholeBytes);
        channel.position(wholeBytes);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
        wholeBytes = channel.position();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
