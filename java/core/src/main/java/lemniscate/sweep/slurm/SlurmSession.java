package lemniscate.sweep.slurm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
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
import lemniscate.train.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * A plan being carried out: looks again and again which tasks are done, running or gone, and
 * submits those that are to be, until none is left to wait for.
 */
final class SlurmSession {

  private static final long SLICE_MILLIS = 100;
  private static final String GONE = "gone from the queue";

  private final SweepSpec spec;
  private final TrialStore store;
  private final SlurmSettings settings;
  private final SlurmCommands commands;
  private final Plan plan;
  private final SlurmJournal journal;
  private final SlurmScript script;
  private final SlurmFolder folder;
  private final int perArray;
  private final SlurmListener listener;
  private final StopSignal stop;
  private final Map<String, TrialRow> rows = new TreeMap<>();
  private final List<SlurmTask> tasks;
  private String lastNote = "";
  private boolean looked;
  private int running;
  private long refusedAt;

  /**
   * Takes up what the journal tells of the plan.
   *
   * @param store of the sweep
   * @param script of the plan
   */
  SlurmSession(
      SweepSpec spec,
      TrialStore store,
      SlurmSettings settings,
      SlurmCommands commands,
      SlurmJournal journal,
      Plan plan,
      SlurmScript script,
      SlurmListener listener,
      StopSignal stop) {
    this.spec = spec;
    this.store = store;
    this.settings = settings;
    this.commands = commands;
    this.journal = journal;
    this.plan = plan;
    this.script = script;
    this.folder = script.folder();
    this.perArray = script.perArray();
    this.listener = listener;
    this.stop = stop;
    store.rows().forEach(row -> rows.put(row.key(), row));
    this.tasks =
        plan.wanted().stream()
            .map(
                number ->
                    new SlurmTask(
                        number,
                        new Shard(number, plan.tasks())
                            .of(spec).stream().map(Trial::id).collect(Collectors.toSet())))
            .toList();
    for (Submission submission : journal.submissions()) {
      tasksOf(submission).forEach(task -> task.submitted(submission));
      tasksOf(submission).forEach(task -> task.update(submission));
    }
    if (spec.asha().isPresent()) {
      tasks.forEach(SlurmTask::countOneAttemptAtMost);
    }
  }

  private List<SlurmTask> tasksOf(Submission submission) {
    Set<Integer> numbers = Set.copyOf(submission.tasks());
    return tasks.stream().filter(task -> numbers.contains(task.number())).toList();
  }

  SlurmOutcome run() {
    script.write();
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
    Map<SlurmTask, TaskState> active = new LinkedHashMap<>();
    if (queue.isPresent()) {
      resolve(queue.get());
      active.putAll(judge(queue.get()));
      if (!stop.isRaised()) {
        submit(active);
      }
    }
    int done = (int) tasks.stream().filter(SlurmTask::done).count();
    int lost = (int) tasks.stream().filter(SlurmTask::lost).count();
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
                .formatted(SlurmLauncher.oneLine(String.valueOf(e.getMessage()))),
            e);
      }
      note("squeue failed, trying again: " + SlurmLauncher.oneLine(String.valueOf(e.getMessage())));
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
    tasks.forEach(task -> task.setMissing(missing.getOrDefault(task.number(), Set.of())));
  }

  private void readPart(SlurmTask task, SlurmListener told) {
    Path part = folder.part(task.number());
    try {
      Path file = part.resolve(TrialStore.TRIALS);
      long size = Files.isRegularFile(file) ? Files.size(file) : 0;
      if (!task.toRead(size)) {
        return;
      }
      List<TrialRow> found = TrialStore.read(part);
      for (TrialRow row : found) {
        task.found(row.key());
        @Nullable TrialRow known = rows.put(row.key(), row);
        if (!row.equals(known)) {
          told.onFinish(row, progressOf(List.copyOf(rows.values()), running));
        }
      }
      task.read(size, found.size());
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
    return queue.stream().filter(task -> task.name().equals(name)).map(QueuedTask::job).findFirst();
  }

  private void refresh() {
    for (Submission submission : journal.submissions()) {
      tasksOf(submission).stream()
          .filter(task -> !submission.equals(task.last()))
          .forEach(task -> task.update(submission));
    }
  }

  /** The tasks that may be running, and how the others ended. */
  private Map<SlurmTask, TaskState> judge(List<QueuedTask> queue) {
    Map<String, String> listed = states(queue);
    Map<SlurmTask, TaskState> active = new LinkedHashMap<>();
    List<SlurmTask> gone = new ArrayList<>();
    for (SlurmTask task : tasks) {
      Submission last = task.last();
      boolean over = task.done() && spec.asha().isEmpty();
      if (over || task.lost() || last == null || task.ended() != null) {
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
                  gone.stream().map(task -> String.valueOf(task.job())).distinct().toList()));
      for (SlurmTask task : gone) {
        Submission last = task.last();
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

  private static String key(SlurmTask task, Submission last) {
    return last.job() + "_" + (task.number() - last.offset());
  }

  // A task that says it is complete may have rows that a shared file system does not show yet.
  private void end(SlurmTask task, String state, Map<SlurmTask, TaskState> active) {
    boolean completed = state.equals(TaskState.COMPLETED);
    // It has done what was certain then; since, others have promoted more.
    boolean more = spec.asha().isPresent() && (task.done() || task.progressed());
    if (completed && more) {
      task.forgetAttempts();
    } else if (completed && task.completedFor(now()) <= settings.settle().toMillis()) {
      active.put(task, TaskState.WAITING);
      return;
    }
    task.end(state);
  }

  private void submit(Map<SlurmTask, TaskState> active) {
    Map<Integer, List<SlurmTask>> arrays = new TreeMap<>();
    for (SlurmTask task : tasks) {
      if (task.done() || task.lost() || active.containsKey(task)) {
        continue;
      }
      if (task.attempts() > settings.requeues()) {
        task.giveUp();
        listener.onNote(
            "giving up task %d after %d attempts (%s); log: %s"
                .formatted(task.number(), task.attempts(), task.ended(), log(task)));
      } else {
        arrays
            .computeIfAbsent((task.number() - 1) / perArray * perArray, offset -> new ArrayList<>())
            .add(task);
      }
    }
    if (refusedAt != 0 && now() - refusedAt < settings.settle().toMillis() && !active.isEmpty()) {
      return;
    }
    for (Map.Entry<Integer, List<SlurmTask>> array : arrays.entrySet()) {
      if (stop.isRaised() || !submit(array.getKey(), array.getValue(), active)) {
        break;
      }
    }
  }

  private boolean submit(int offset, List<SlurmTask> wanted, Map<SlurmTask, TaskState> active) {
    wanted.stream().filter(task -> task.attempts() > 0).forEach(this::noteRequeue);
    String name = script.name() + "-" + (journal.submissions().size() + 1);
    Submission submission =
        journal.submit(name, offset, wanted.stream().map(task -> task.number()).toList(), now());
    wanted.forEach(task -> task.submitted(submission));
    String indexes =
        ArrayIndexes.text(wanted.stream().map(task -> task.number() - offset).toList())
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
                  .formatted(SlurmLauncher.oneLine(message)));
        }
        // Often a limit on how many jobs a user may have: there is room again when some are done.
        note("sbatch refuses further jobs for now: " + SlurmLauncher.oneLine(message));
        refusedAt = now();
      }
      case SlurmCommands.Unanswered(String message) ->
          note(
              "sbatch has not answered ("
                  + SlurmLauncher.oneLine(message)
                  + "); looking for its job in the queue");
    }
    refresh();
    wanted.forEach(task -> active.put(task, TaskState.WAITING));
    return accepted;
  }

  private void noteRequeue(SlurmTask task) {
    listener.onNote(
        "task %d ended as %s with %d trials missing; submitting it again (%d of %d times), log: %s"
            .formatted(
                task.number(),
                task.ended(),
                task.missing(),
                task.attempts(),
                settings.requeues(),
                log(task)));
  }

  private static String tasksText(List<SlurmTask> tasks) {
    return (tasks.size() == 1 ? "task " : "tasks ")
        + ArrayIndexes.text(tasks.stream().map(task -> task.number()).toList());
  }

  private Path log(SlurmTask task) {
    Submission last = task.last();
    return last == null || last.job() == null
        ? folder.logs()
        : folder.log(last.job(), task.number() - last.offset());
  }

  private SlurmOutcome outcome(End end) {
    List<String> jobs =
        tasks.stream()
            .filter(task -> !task.done() && !task.lost() && task.ended() == null)
            .map(SlurmTask::job)
            .filter(job -> job != null)
            .map(String::valueOf)
            .distinct()
            .toList();
    List<Lost> lost =
        tasks.stream()
            .filter(SlurmTask::lost)
            .map(
                task ->
                    new Lost(
                        task.number(), String.valueOf(task.ended()), task.missing(), log(task)))
            .toList();
    List<TrialRow> sorted =
        rows.values().stream().sorted(Comparator.comparingInt(TrialRow::index)).toList();
    return new SlurmOutcome(
        end, progressOf(sorted, 0), end == End.COLLECTED ? List.of() : jobs, lost);
  }

  private static long now() {
    return System.currentTimeMillis();
  }

  private SweepProgress progressOf(List<TrialRow> rows, int running) {
    return SweepTally.of(spec, rows).progress(running, false);
  }
}
