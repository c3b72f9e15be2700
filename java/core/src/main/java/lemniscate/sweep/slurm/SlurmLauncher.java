package lemniscate.sweep.slurm;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import lemniscate.config.BadInputException;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SweepRunner;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.SweepTally;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.sweep.slurm.SlurmJournal.Plan;
import lemniscate.sweep.slurm.SlurmJournal.Submission;
import lemniscate.sweep.slurm.SlurmOutcome.End;
import lemniscate.train.StopSignal;

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

  private static final int TOKEN_CHARACTERS = 8;

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
      return new SlurmOutcome(
          End.COLLECTED,
          SweepTally.of(spec, store.rows()).progress(0, false),
          List.of(),
          List.of());
    }
    SlurmScript script = script(path, plan.get(), perArray);
    return new SlurmSession(
            spec, store, settings, commands, journal, plan.get(), script, listener, stop)
        .run();
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

  private SlurmScript script(Path path, Plan plan, int perArray) {
    String name = String.valueOf(path.getFileName()).replaceAll("[^A-Za-z0-9_.-]", "_");
    return new SlurmScript(
        name + "-" + plan.token(),
        program.command(),
        program.directory(),
        path,
        SlurmFolder.of(path, plan.number()),
        plan.tasks(),
        perArray,
        plan.options(),
        plan.workers(),
        plan.atATime(),
        spec.asha().isPresent());
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
    folder.createLogs();
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

  static String oneLine(String message) {
    return message.lines().collect(Collectors.joining("; "));
  }
}
