package lemniscate.sweep.slurm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lemniscate.config.BadInputException;
import lemniscate.journal.Journal;
import lemniscate.journal.JournalLine;
import lemniscate.train.OutputFolder;
import org.jspecify.annotations.Nullable;

/**
 * What the launcher must know after it was killed: {@code slurm/journal.jsonl} in the folder of the
 * sweep, a {@link Journal}. Lines are on the disk before what they announce is done: a submission
 * is written down by its name before sbatch is called, and its job after, so that a job whose
 * number was never read is found in the queue by its name.
 */
final class SlurmJournal {

  private static final String FILE = "journal.jsonl";
  private static final int FORMAT = 1;
  private static final Journal.Remedies REMEDIES =
      new Journal.Remedies(
          "Use the version that wrote it, or restore the file. Else cancel the jobs of this sweep"
              + " and remove the file.",
          "Wait for it, or stop it, and try again.");

  private final Path file;
  private int lastPlan;
  private @Nullable Plan open;
  private final Map<Integer, Submission> submissions = new LinkedHashMap<>();

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
   * @param atATime tasks of an array at the same time; empty for no bound
   */
  record Plan(
      int number,
      int tasks,
      List<Integer> wanted,
      String token,
      List<String> options,
      OptionalInt workers,
      OptionalInt atATime) {}

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
    if (Files.exists(journal.file)) {
      Journal.read(journal.file, REMEDIES, journal::take);
    }
    return journal;
  }

  private void take(JournalLine line) {
    if (line.integer("format") != FORMAT) {
      throw line.refused("format", Integer.toString(FORMAT));
    }
    switch (line.text("event")) {
      case "plan" ->
          apply(
              new Plan(
                  line.integer("plan"),
                  line.integer("tasks"),
                  indexes(line, "wanted"),
                  line.text("token"),
                  line.texts("options"),
                  line.integerOrNull("workers"),
                  // Journals of before have none.
                  line.has("atATime") ? line.integerOrNull("atATime") : OptionalInt.empty()));
      case "submit" ->
          add(
              new Submission(
                  line.integer("submission"),
                  line.text("name"),
                  line.longInteger("time"),
                  line.integer("offset"),
                  indexes(line, "tasks"),
                  null,
                  false));
      case "job" -> resolve(line.integer("submission"), line.text("job"));
      case "refused" -> resolve(line.integer("submission"), null);
      case "collected" -> open = null;
      default -> throw line.refused("event", "plan, submit, job, refused or collected");
    }
  }

  private static List<Integer> indexes(JournalLine line, String name) {
    List<Integer> indexes = ArrayIndexes.of(line.text(name));
    if (indexes.isEmpty() && !line.text(name).isEmpty()) {
      throw line.refused(name, "numbers such as 1-3,7");
    }
    return indexes;
  }

  private void apply(Plan plan) {
    // The same number again: other options from here on.
    if (plan.number() != lastPlan) {
      submissions.clear();
    }
    lastPlan = plan.number();
    open = plan;
  }

  private void add(Submission submission) {
    submissions.put(submission.number(), submission);
  }

  private void resolve(int number, @Nullable String job) {
    submissions.computeIfPresent(
        number,
        (_, s) ->
            new Submission(
                s.number(), s.name(), s.time(), s.offset(), s.tasks(), job, job == null));
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
    return List.copyOf(submissions.values());
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
    fields.put("atATime", plan.atATime().isPresent() ? plan.atATime().getAsInt() : null);
    append(fields);
    apply(plan);
  }

  /** Tasks are about to be submitted. */
  Submission submit(String name, int offset, List<Integer> tasks, long time) {
    // Of lines that were deleted by hand the numbers are missing.
    int next = submissions.keySet().stream().mapToInt(n -> n).max().orElse(0) + 1;
    Submission submission =
        new Submission(next, name, time, offset, List.copyOf(tasks), null, false);
    Map<String, @Nullable Object> fields = event("submit");
    fields.put("submission", submission.number());
    fields.put("name", name);
    fields.put("time", time);
    fields.put("offset", offset);
    fields.put("tasks", ArrayIndexes.text(tasks));
    append(fields);
    add(submission);
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
    try {
      Files.createDirectories(file.getParent());
      try (Journal journal = Journal.open(file, REMEDIES, line -> {})) {
        journal.appendSynced(List.of(fields));
      }
    } catch (IOException e) {
      throw OutputFolder.unwritten(file, "what it told before is kept", "go on by --resume", e);
    }
  }
}
