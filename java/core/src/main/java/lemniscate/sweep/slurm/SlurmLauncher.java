package lemniscate.sweep.slurm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;
import lemniscate.sweep.Job;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepRunner;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.SweepTally;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.sweep.slurm.SlurmJournal.Plan;
import lemniscate.sweep.slurm.SlurmJournal.Submission;
import lemniscate.sweep.slurm.SlurmOutcome.End;
import lemniscate.sweep.slurm.SlurmOutcome.Lost;
import lemniscate.train.OutputFolder;
import lemniscate.train.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Runs a sweep as arrays of Slurm jobs. A plan cuts the sweep into parts; a task of an array trains
 * one part into a store of its own. Whether a task is done is read off that store and nothing else:
 * the queue, and the accounting where there is one, only tell whether a task may still be running.
 * A task that ended with trials missing is submitted again, a bounded number of times. When no task
 * is left to wait for, the parts are merged into the store of the sweep.
 *
 * <p>It can be killed at any moment: {@link SlurmJournal} knows what was submitted.
 */
public final class SlurmLauncher {

  private static final long SLICE_MILLIS = 100;
  private static final int TOKEN_CHARACTERS = 8;
  private static final String GONE = "gone from the queue";

  private final SweepSpec spec;
  private final TrialStore store;
  private final SlurmSettings settings;
  private final SlurmCommands commands;
  private final Program program;

  /**
   * What a task runs.
   *
   * @param command Java with its options, the class path and the class of the command line, to
   *     which the arguments of {@code sweep} are added
   * @param directory that paths of the sweep's file are relative to
   */
  public record Program(List<String> command, Path directory) {
    /** Copies the command. */
    public Program {
      command = List.copyOf(command);
      directory = directory.toAbsolutePath().normalize();
    }
  }

  /**
   * Prepares a session.
   *
   * @param store of the sweep, which takes the results and keeps other launchers away
   */
  public SlurmLauncher(
      SweepSpec spec,
      TrialStore store,
      SlurmSettings settings,
      SlurmCommands commands,
      Program program) {
    this.spec = spec;
    this.store = store;
    this.settings = settings;
    this.commands = commands;
    this.program = program;
  }

  /**
   * Refuses to run a sweep otherwise while its jobs may be running.
   *
   * @param path of the sweep's store
   * @throws BadInputException if a plan of this launcher is not collected
   */
  public static void requireNone(Path path) {
    SlurmJournal journal = SlurmJournal.read(path);
    if (journal.openPlan().isPresent()) {
      throw new BadInputException(
          "%s is being run by Slurm (%s); go on with --launcher slurm --resume. To give that up: cancel the jobs and remove %s."
              .formatted(
                  path,
                  journal.submissions().stream()
                      .map(s -> s.job() == null ? s.name() : "job " + s.job())
                      .collect(Collectors.joining(", ")),
                  SlurmFolder.of(path)));
    }
  }

  /**
   * The rows of a sweep that are there by now: of its store, and of the jobs that run it.
   *
   * @throws BadInputException if there is no store, or one is damaged
   */
  public static List<TrialRow> rows(Path path) {
    Map<String, TrialRow> rows = new LinkedHashMap<>();
    TrialStore.read(path).forEach(row -> rows.put(row.key(), row));
    TrialStore.readAll(SlurmFolder.allParts(path))
        .forEach(row -> rows.merge(row.key(), row, TrialStore::better));
    return TrialStore.inOrder(rows.values());
  }

  /**
   * Goes on with the plan that is open, or makes one of the trials that are missing; stays until it
   * is collected, unless told otherwise.
   *
   * @param retryFailed whether a new plan holds failed and timed-out trials again
   * @throws BadInputException if Slurm refuses the jobs, or the settings do not go with the plan;
   *     of a first plan that has no job nothing is left
   * @throws UncheckedIOException if a file cannot be written
   */
  public SlurmOutcome run(boolean retryFailed, SlurmListener listener, StopSignal stop) {
    commands.require();
    Path path = store.path().toAbsolutePath().normalize();
    boolean first = !Files.exists(SlurmFolder.of(path));
    SlurmJournal journal = SlurmJournal.read(path);
    try {
      return run(path, journal, retryFailed, listener, stop);
    } catch (BadInputException e) {
      if (first
          && Files.exists(SlurmFolder.of(path))
          && journal.submissions().stream().allMatch(Submission::refused)) {
        SlurmFolder.remove(path);
      }
      throw e;
    }
  }

  private SlurmOutcome run(
      Path path,
      SlurmJournal journal,
      boolean retryFailed,
      SlurmListener listener,
      StopSignal stop) {
    int perArray = perArray();
    Optional<Plan> plan = journal.openPlan();
    if (plan.isPresent()) {
      plan = Optional.of(goOn(plan.get(), journal, listener));
      if (retryFailed) {
        listener.onNote(
            "failed trials are not retried in this plan: ask again once it is collected");
      }
    } else {
      store.merge(SlurmFolder.allParts(path), spec); // of tasks that somebody ran again by hand
      plan = begin(path, journal, retryFailed);
    }
    if (plan.isEmpty()) {
      return new SlurmOutcome(End.COLLECTED, progressOf(store.rows(), 0), List.of(), List.of());
    }
    return new Session(path, plan.get(), journal, perArray, listener, stop).run();
  }

  // Indexes are written from 1, and must be smaller than MaxArraySize.
  private int perArray() {
    int size =
        settings
            .maxArraySize()
            .orElseGet(
                () ->
                    commands
                        .maxArraySize()
                        .orElseThrow(
                            () ->
                                new BadInputException(
                                    "scontrol show config does not tell MaxArraySize; name it by"
                                        + " --slurm.max-array (Slurm's default is 1001).")));
    if (size < 2) {
      throw new BadInputException(
          "MaxArraySize is %d, so that this cluster takes no arrays; use --shard in jobs of your own, or name another value by --slurm.max-array."
              .formatted(size));
    }
    return size - 1;
  }

  private Plan goOn(Plan plan, SlurmJournal journal, SlurmListener listener) {
    if (settings.tasks().isPresent() && tasks() != plan.tasks()) {
      throw new BadInputException(
          "--slurm.tasks is %d, but the plan in %s has %d tasks and is not finished. Leave it out to go on."
              .formatted(settings.tasks().getAsInt(), SlurmFolder.of(store.path()), plan.tasks()));
    }
    listener.onNote("going on with plan " + plan.number() + " of " + plan.tasks() + " tasks");
    List<String> options = texts(settings.options());
    if (options.isEmpty() && settings.workers().isEmpty() && settings.atATime().isEmpty()) {
      return plan;
    }
    Plan changed =
        new Plan(
            plan.number(),
            plan.tasks(),
            plan.wanted(),
            plan.token(),
            options.isEmpty() ? plan.options() : options,
            settings.workers().isPresent() ? settings.workers() : plan.workers(),
            settings.atATime().isPresent() ? settings.atATime() : plan.atATime());
    if (!changed.equals(plan)) {
      journal.plan(changed);
    }
    return changed;
  }

  private static List<String> texts(List<SbatchOption> options) {
    return options.stream().map(SbatchOption::text).toList();
  }

  private Optional<Plan> begin(Path path, SlurmJournal journal, boolean retryFailed) {
    List<TrialRow> settled =
        store.rows().stream().filter(row -> !(retryFailed && row.outcome().retriable())).toList();
    Set<String> done = settled.stream().map(TrialRow::key).collect(Collectors.toSet());
    if (SweepRunner.missing(spec, settled).isEmpty()) {
      return Optional.empty();
    }
    int tasks = tasks();
    int number = journal.lastPlan() + 1;
    while (Files.exists(SlurmFolder.of(path, number).path())) {
      number++; // of a launcher that was killed before it wrote the plan down
    }
    SlurmFolder folder = SlurmFolder.of(path, number);
    createDirectories(folder.logs());
    List<Integer> wantedTasks = new ArrayList<>();
    for (int task = 1; task <= tasks; task++) {
      Set<String> trials =
          new Shard(task, tasks).of(spec).stream().map(Trial::id).collect(Collectors.toSet());
      List<TrialRow> known = settled.stream().filter(row -> trials.contains(row.id())).toList();
      // Of those that are trained in several steps any may be asked for more.
      if (spec.asha().isPresent() || !done.containsAll(trials)) {
        wantedTasks.add(task);
        if (!known.isEmpty()) { // so that the task does not repeat them
          try (TrialStore part = TrialStore.create(folder.part(task), spec)) {
            known.forEach(part::append);
          }
        }
      }
    }
    Plan plan =
        new Plan(
            number,
            tasks,
            wantedTasks,
            HexFormat.of()
                .toHexDigits(UUID.randomUUID().getMostSignificantBits())
                .substring(0, TOKEN_CHARACTERS),
            texts(settings.options()),
            settings.workers(),
            settings.atATime());
    journal.plan(plan);
    return Optional.of(plan);
  }

  // No task without a trial.
  private int tasks() {
    return Math.min(
        spec.trials().size(), settings.tasks().orElse(SlurmSettings.DEFAULT_MOST_TASKS));
  }

  private SweepProgress progressOf(List<TrialRow> rows, int running) {
    return SweepTally.of(spec, rows).progress(running, false);
  }

  static String oneLine(String message) {
    return message.lines().collect(Collectors.joining("; "));
  }

  private static void createDirectories(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException e) {
      throw OutputFolder.unwritten(path, "it is a folder to be made", "go on by --resume", e);
    }
  }

  /** A part of the sweep, and what is known of it. */
  private static final class Task {

    private final int number;
    private final Set<String> missing;
    private long size;
    private int attempts;
    private @Nullable Submission last;
    private @Nullable String ended;
    private long endedSince;
    private boolean lost;
    private int known;
    private int knownBefore;

    Task(int number, Set<String> missing) {
      this.number = number;
      this.missing = missing;
    }

    boolean done() {
      return missing.isEmpty();
    }

    /** A submission that is not known to have failed. */
    void submitted(Submission submission) {
      last = submission;
      ended = null;
      endedSince = 0;
      attempts++;
      knownBefore = known;
    }

    /** Whether results have come since it was submitted. */
    boolean progressed() {
      return known > knownBefore;
    }

    /** As the journal has it: the number of a submission's job becomes known later. */
    void update(Submission submission) {
      if (last != null && last.number() == submission.number()) {
        last = submission;
        if (submission.refused()) {
          attempts--;
          ended = "not submitted";
        }
      }
    }
  }

  /** One call of {@link #run}. */
  private final class Session {

    private final Path path;
    private final Plan plan;
    private final SlurmJournal journal;
    private final SlurmFolder folder;
    private final int perArray;
    private final SlurmListener listener;
    private final StopSignal stop;
    private final Map<String, TrialRow> rows = new TreeMap<>();
    private final List<Task> tasks;
    private String lastNote = "";
    private boolean looked;
    private int running;
    private long refusedAt;

    Session(
        Path path,
        Plan plan,
        SlurmJournal journal,
        int perArray,
        SlurmListener listener,
        StopSignal stop) {
      this.path = path;
      this.plan = plan;
      this.journal = journal;
      this.folder = SlurmFolder.of(path, plan.number());
      this.perArray = perArray;
      this.listener = listener;
      this.stop = stop;
      store.rows().forEach(row -> rows.put(row.key(), row));
      this.tasks =
          plan.wanted().stream()
              .map(
                  number ->
                      new Task(
                          number,
                          new Shard(number, plan.tasks())
                              .of(spec).stream().map(Trial::id).collect(Collectors.toSet())))
              .toList();
      for (Submission submission : journal.submissions()) {
        tasksOf(submission).forEach(task -> task.submitted(submission));
        tasksOf(submission).forEach(task -> task.update(submission));
      }
      if (spec.asha().isPresent()) {
        // That a task was submitted often is no sign of failures.
        tasks.forEach(task -> task.attempts = Math.min(task.attempts, 1));
      }
    }

    private List<Task> tasksOf(Submission submission) {
      Set<Integer> numbers = Set.copyOf(submission.tasks());
      return tasks.stream().filter(task -> numbers.contains(task.number)).toList();
    }

    SlurmOutcome run() {
      writeScript();
      readParts(SlurmListener.NONE); // what an earlier session has told of already
      while (true) {
        boolean left = step();
        if (!left) {
          break;
        }
        if (!settings.stay()) {
          return outcome(End.LEFT);
        }
        if (!pause()) {
          return outcome(End.INTERRUPTED);
        }
      }
      store.merge(folder.parts(plan.tasks()), spec);
      journal.collected();
      rows.clear();
      store.rows().forEach(row -> rows.put(row.key(), row));
      return outcome(End.COLLECTED);
    }

    /** False if the signal was raised before the time was over. */
    private boolean pause() {
      long end = System.nanoTime() + settings.poll().toNanos();
      while (!stop.isRaised() && System.nanoTime() < end) {
        try {
          Thread.sleep(
              Math.clamp(Duration.ofNanos(end - System.nanoTime()).toMillis(), 1, SLICE_MILLIS));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      return !stop.isRaised();
    }

    /** Looks, and submits what is to be; false if no task is left to wait for. */
    private boolean step() {
      // In this order: what has ended by now has written all that it will.
      Optional<List<QueuedTask>> queue = queue();
      readParts(listener);
      Map<Task, TaskState> active = new LinkedHashMap<>();
      if (queue.isPresent()) {
        resolve(queue.get());
        active.putAll(judge(queue.get()));
        if (!stop.isRaised()) {
          submit(active);
        }
      }
      int done = (int) tasks.stream().filter(Task::done).count();
      int lost = (int) tasks.stream().filter(task -> task.lost).count();
      if (queue.isPresent()) {
        running = (int) active.values().stream().filter(s -> s == TaskState.RUNNING).count();
        listener.onTasks(
            new SlurmListener.Tasks(done, running, tasks.size() - done - lost - running, lost),
            progressOf(List.copyOf(rows.values()), running));
      }
      return done + lost < tasks.size();
    }

    private Optional<List<QueuedTask>> queue() {
      try {
        Optional<List<QueuedTask>> queue = Optional.of(commands.queue());
        looked = true;
        return queue;
      } catch (IOException e) {
        if (stop.isRaised()) {
          return Optional.empty(); // Ctrl-C ends squeue too
        }
        if (!looked || !settings.stay()) {
          throw new BadInputException(
              "squeue fails: %s. Correct the cause and go on by --resume."
                  .formatted(oneLine(String.valueOf(e.getMessage()))),
              e);
        }
        note("squeue failed, trying again: " + oneLine(String.valueOf(e.getMessage())));
        return Optional.empty();
      }
    }

    // Not the same line again and again.
    private void note(String line) {
      if (!line.equals(lastNote)) {
        listener.onNote(line);
        lastNote = line;
      }
    }

    private void readParts(SlurmListener told) {
      tasks.stream()
          .filter(task -> spec.asha().isPresent() || !task.done())
          .forEach(task -> readPart(task, told));
      if (spec.asha().isPresent()) {
        askForMore();
      }
    }

    // What there is to do follows from the results of all tasks.
    private void askForMore() {
      Map<Integer, Set<String>> missing = new TreeMap<>();
      for (Job job : SweepRunner.missing(spec, rows.values())) {
        missing
            .computeIfAbsent(Shard.numberOf(job.trial(), plan.tasks()), _ -> new HashSet<>())
            .add(job.key());
      }
      for (Task task : tasks) {
        boolean wasDone = task.done();
        task.missing.clear();
        task.missing.addAll(missing.getOrDefault(task.number, Set.of()));
        if (wasDone && !task.done()) {
          task.attempts = 0;
        }
      }
    }

    private void readPart(Task task, SlurmListener told) {
      Path part = folder.part(task.number);
      try {
        Path file = part.resolve(TrialStore.TRIALS);
        long size = Files.isRegularFile(file) ? Files.size(file) : 0;
        if (size == 0 || size == task.size && task.endedSince == 0) {
          return;
        }
        List<TrialRow> found = TrialStore.read(part);
        task.known = found.size();
        for (TrialRow row : found) {
          task.missing.remove(row.key());
          @Nullable TrialRow known = rows.put(row.key(), row);
          if (!row.equals(known)) {
            told.onFinish(row, progressOf(List.copyOf(rows.values()), running));
          }
        }
        task.size = size;
      } catch (IOException e) {
        note("cannot read " + part + ", trying again: " + e.getMessage());
      } catch (BadInputException e) {
        if (!(e.getCause() instanceof IOException)) {
          throw e; // damaged, which does not pass
        }
        note("cannot read " + part + ", trying again: " + e.getMessage());
      }
    }

    /** Finds the jobs of submissions whose answer was lost. */
    private void resolve(List<QueuedTask> queue) {
      for (Submission submission : journal.submissions()) {
        if (!submission.unresolved()) {
          continue;
        }
        Optional<String> job = jobOf(queue, submission.name());
        if (job.isEmpty()) {
          job = jobOf(commands.accountedByName(submission.name()), submission.name());
        }
        if (job.isPresent()) {
          listener.onNote("found job " + job.get() + " of an earlier submission");
          journal.job(submission, job.get());
        } else if (now() - submission.time() > settings.settle().toMillis()) {
          journal.refused(submission, "not in the queue");
        }
      }
      refresh();
    }

    private static Optional<String> jobOf(List<QueuedTask> queue, String name) {
      return queue.stream()
          .filter(task -> task.name().equals(name))
          .map(QueuedTask::job)
          .findFirst();
    }

    private void refresh() {
      for (Submission submission : journal.submissions()) {
        tasksOf(submission).stream()
            .filter(task -> !submission.equals(task.last))
            .forEach(task -> task.update(submission));
      }
    }

    /** The tasks that may be running, and how the others ended. */
    private Map<Task, TaskState> judge(List<QueuedTask> queue) {
      Map<String, String> listed = states(queue);
      Map<Task, TaskState> active = new LinkedHashMap<>();
      List<Task> gone = new ArrayList<>();
      for (Task task : tasks) {
        Submission last = task.last;
        boolean over = task.done() && spec.asha().isEmpty();
        if (over || task.lost || last == null || task.ended != null) {
          continue;
        }
        if (last.unresolved()) {
          active.put(task, TaskState.WAITING);
          continue;
        }
        String state = listed.get(key(task, last));
        if (state == null) {
          gone.add(task);
        } else if (TaskState.of(state) != TaskState.ENDED) {
          active.put(task, TaskState.of(state));
        } else {
          end(task, state, active);
        }
      }
      if (!gone.isEmpty()) {
        Map<String, String> accounted =
            states(
                commands.accounted(
                    gone.stream().map(task -> String.valueOf(job(task))).distinct().toList()));
        for (Task task : gone) {
          Submission last = task.last;
          String state = last == null ? null : accounted.get(key(task, last));
          // What the queue does not know is not running, whatever the accounting believes.
          boolean ended = state != null && TaskState.of(state) == TaskState.ENDED;
          end(task, ended ? String.valueOf(state) : GONE, active);
        }
      }
      return active;
    }

    private static Map<String, String> states(List<QueuedTask> tasks) {
      Map<String, String> states = new LinkedHashMap<>();
      tasks.forEach(task -> states.put(task.job() + "_" + task.index(), task.state()));
      return states;
    }

    private static @Nullable String job(Task task) {
      Submission last = task.last;
      return last == null ? null : last.job();
    }

    private static String key(Task task, Submission last) {
      return last.job() + "_" + (task.number - last.offset());
    }

    // A task that says it is complete may have rows that a shared file system does not show yet.
    private void end(Task task, String state, Map<Task, TaskState> active) {
      boolean completed = state.equals(TaskState.COMPLETED);
      // It has done what was certain then; since, others have promoted more.
      boolean more = spec.asha().isPresent() && (task.done() || task.progressed());
      if (completed && more) {
        task.attempts = 0;
      } else if (completed) {
        if (task.endedSince == 0) {
          task.endedSince = now();
        }
        if (now() - task.endedSince <= settings.settle().toMillis()) {
          active.put(task, TaskState.WAITING);
          return;
        }
      }
      task.ended = state;
    }

    private void submit(Map<Task, TaskState> active) {
      Map<Integer, List<Task>> arrays = new TreeMap<>();
      for (Task task : tasks) {
        if (task.done() || task.lost || active.containsKey(task)) {
          continue;
        }
        if (task.attempts > settings.requeues()) {
          task.lost = true;
          listener.onNote(
              "giving up task %d after %d attempts (%s); log: %s"
                  .formatted(task.number, task.attempts, task.ended, log(task)));
        } else {
          arrays
              .computeIfAbsent((task.number - 1) / perArray * perArray, offset -> new ArrayList<>())
              .add(task);
        }
      }
      if (refusedAt != 0 && now() - refusedAt < settings.settle().toMillis() && !active.isEmpty()) {
        return;
      }
      for (Map.Entry<Integer, List<Task>> array : arrays.entrySet()) {
        if (stop.isRaised() || !submit(array.getKey(), array.getValue(), active)) {
          break;
        }
      }
    }

    private boolean submit(int offset, List<Task> wanted, Map<Task, TaskState> active) {
      wanted.stream().filter(task -> task.attempts > 0).forEach(this::noteRequeue);
      String name = jobName() + "-" + (journal.submissions().size() + 1);
      Submission submission =
          journal.submit(name, offset, wanted.stream().map(task -> task.number).toList(), now());
      wanted.forEach(task -> task.submitted(submission));
      String indexes =
          ArrayIndexes.text(wanted.stream().map(task -> task.number - offset).toList())
              + SlurmScript.bound(plan.atATime());
      boolean accepted = false;
      switch (commands.submit(folder.script(), name, indexes, offset)) {
        case SlurmCommands.Accepted(String job) -> {
          journal.job(submission, job);
          listener.onNote("submitted job %s: %s".formatted(job, tasksText(wanted)));
          accepted = true;
        }
        case SlurmCommands.Refused(String message) -> {
          journal.refused(submission, message);
          boolean others = active.keySet().stream().anyMatch(task -> !wanted.contains(task));
          if (!others) {
            if (journal.submissions().stream().allMatch(Submission::refused)) {
              journal.collected(); // nothing has begun: the next session plans anew
            }
            throw new BadInputException(
                "sbatch refuses the jobs: %s. Correct the cause or --slurm.option, and go on by --resume."
                    .formatted(oneLine(message)));
          }
          // Often a limit on how many jobs a user may have: there is room again when some are done.
          note("sbatch refuses further jobs for now: " + oneLine(message));
          refusedAt = now();
        }
        case SlurmCommands.Unanswered(String message) ->
            note(
                "sbatch has not answered ("
                    + oneLine(message)
                    + "); looking for its job in the queue");
      }
      refresh();
      wanted.forEach(task -> active.put(task, TaskState.WAITING));
      return accepted;
    }

    private void noteRequeue(Task task) {
      listener.onNote(
          "task %d ended as %s with %d trials missing; submitting it again (%d of %d times), log: %s"
              .formatted(
                  task.number,
                  task.ended,
                  task.missing.size(),
                  task.attempts,
                  settings.requeues(),
                  log(task)));
    }

    private static String tasksText(List<Task> tasks) {
      return (tasks.size() == 1 ? "task " : "tasks ")
          + ArrayIndexes.text(tasks.stream().map(task -> task.number).toList());
    }

    private Path log(Task task) {
      Submission last = task.last;
      return last == null || last.job() == null
          ? folder.logs()
          : folder.log(last.job(), task.number - last.offset());
    }

    private String jobName() {
      return String.valueOf(path.getFileName()).replaceAll("[^A-Za-z0-9_.-]", "_")
          + "-"
          + plan.token();
    }

    private void writeScript() {
      String text =
          new SlurmScript(
                  jobName(),
                  program.command(),
                  program.directory(),
                  path,
                  folder,
                  plan.tasks(),
                  perArray,
                  plan.options(),
                  plan.workers(),
                  plan.atATime(),
                  spec.asha().isPresent())
              .text();
      createDirectories(folder.logs());
      try {
        OutputFolder.replace(folder.script(), text);
      } catch (IOException e) {
        throw OutputFolder.unwritten(
            folder.script(), "no job was submitted by it", "go on by --resume", e);
      }
    }

    private SlurmOutcome outcome(End end) {
      List<String> jobs =
          tasks.stream()
              .filter(task -> !task.done() && !task.lost && task.ended == null)
              .map(Session::job)
              .filter(job -> job != null)
              .map(String::valueOf)
              .distinct()
              .toList();
      List<Lost> lost =
          tasks.stream()
              .filter(task -> task.lost)
              .map(
                  task ->
                      new Lost(
                          task.number, String.valueOf(task.ended), task.missing.size(), log(task)))
              .toList();
      List<TrialRow> sorted =
          rows.values().stream().sorted(Comparator.comparingInt(TrialRow::index)).toList();
      return new SlurmOutcome(
          end, progressOf(sorted, 0), end == End.COLLECTED ? List.of() : jobs, lost);
    }

    private static long now() {
      return System.currentTimeMillis();
    }
  }
}
