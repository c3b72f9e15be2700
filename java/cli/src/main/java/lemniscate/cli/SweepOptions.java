package lemniscate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.DefaultThreads;
import lemniscate.config.BadInputException;
import lemniscate.config.ConfigSchema;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SharedData;
import lemniscate.sweep.SweepMemory;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepRunner;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialCosts;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.train.StopSignal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of every command that trains a sweep into a store, and the training that they decide. */
final class SweepOptions {

  @Option(names = "--resume", description = "Go on with the store: run only what is missing.")
  private boolean resume;

  @Option(
      names = "--retry-failed",
      description = "With --resume: run failed and timed-out trials again too.")
  private boolean retryFailed;

  @Option(
      names = "--workers",
      paramLabel = "K",
      description =
          "Trials that run side by side [one for each processor]; they share the processors unless"
              + " threads is set.")
  private @Nullable Integer workers;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description = "Run the I-th of N parts, for other schedulers; each needs its own --out.")
  private @Nullable String shard;

  @Option(
      names = "--merge",
      paramLabel = "DIR",
      arity = "1..*",
      description = "Run nothing; put the stores of shards together in --out.")
  private List<Path> merge = List.of();

  @Option(
      names = "--beside",
      paramLabel = "DIR",
      arity = "1..*",
      description =
          "With --shard of a sweep with search asha: the stores of the other shards, or a folder"
              + " that holds them; promotions follow from their results.")
  private List<Path> beside = List.of();

  private final Map<Path, Seen> seen = new HashMap<>();

  /** Read once for the checks and the training. */
  private final SharedData data = new SharedData();

  /** Whether an existing store is gone on with. */
  boolean resume() {
    return resume;
  }

  /** The part that is run, as typed. */
  @Nullable String shard() {
    return shard;
  }

  /** The part that is run. */
  Shard part() {
    return shard == null ? Shard.ALL : Shard.parse(shard, "--shard");
  }

  /**
   * Refuses options that do not go together, before anything is read.
   *
   * @throws BadInputException if so
   */
  void check() {
    part();
    workers();
    if (retryFailed && !resume) {
      throw new BadInputException(
          "--retry-failed is given without --resume; expected both. Add --resume.");
    }
    if (!beside.isEmpty() && shard == null) {
      throw new BadInputException(
          "--beside is given without --shard; expected both. Leave it out to run all trials.");
    }
    if (!merge.isEmpty() && (shard != null || retryFailed)) {
      throw new BadInputException(
          "--merge runs nothing; expected without --shard and --retry-failed. Leave them out.");
    }
  }

  /**
   * Refuses a sweep with a trial that cannot be run, and shards that are none.
   *
   * @throws BadInputException if so
   */
  void check(SweepSpec spec, CommonOptions common) {
    if (shard != null && spec.asha().isPresent() == beside.isEmpty()) {
      throw new BadInputException(
          beside.isEmpty()
              ? "--shard is given for a sweep with search asha, whose promotions follow from the"
                  + " results of all shards. Name the folder of their stores by --beside."
              : "--beside is given, but without search asha no trial depends on others. Leave it"
                  + " out.");
    }
    others(spec); // refuses stores of other sweeps before a new one is made
    if (merge.isEmpty()) {
      int trials = spec.trials().size();
      try (Activity activity = Activity.of(common, "checking trials")) {
        SweepRunner.check(
            spec, data, checked -> activity.update("checking trials", checked, trials));
      }
    } else {
      merge.forEach(TrialStore::read); // refuses one that is none before the new one is made
    }
  }

  /**
   * Refuses a sweep whose trials do not fit into this machine's memory.
   *
   * @throws BadInputException if so
   */
  void requireRoom(SweepSpec spec) {
    if (merge.isEmpty()) {
      SweepMemory.require(spec, part(), workers(), data);
    }
  }

  /** Whether stores are put together and nothing is run. */
  boolean merges() {
    return !merge.isEmpty();
  }

  /** Whether failed trials are run again. */
  boolean retryFailed() {
    return retryFailed;
  }

  /** Trials side by side, if given. */
  @Nullable Integer givenWorkers() {
    return workers;
  }

  private int workers() {
    return sideBySide(workers);
  }

  /**
   * How many trials run side by side.
   *
   * @param given what {@code --workers} says; null for one each processor
   * @throws BadInputException if it is out of range
   */
  static int sideBySide(@Nullable Integer given) {
    int number = given == null ? DefaultThreads.here().threads() : given;
    if (number < 1 || number > ConfigSchema.MOST_THREADS) {
      throw new BadInputException(
          "--workers is '%d'; expected an integer from 1 to %d. Leave it out for one each core."
              .formatted(number, ConfigSchema.MOST_THREADS));
    }
    return number;
  }

  /** Opens the store, or starts it. */
  TrialStore open(Path path, SweepSpec spec, CommonOptions common) {
    try (Activity _ = Activity.of(common, "opening the store")) {
      return resume ? TrialStore.resume(path, spec) : TrialStore.create(path, spec);
    }
  }

  /**
   * Trains what is missing, or merges.
   *
   * @param goOn the command that goes on after an interruption
   * @return how far the store is; empty if it was interrupted
   */
  Optional<SweepProgress> run(SweepSpec spec, TrialStore store, CommonOptions common, String goOn) {
    common.log("store: " + store.path());
    SweepRunner runner = new SweepRunner(spec, part(), store, workers(), data, () -> others(spec));
    if (!merge.isEmpty()) {
      int merged;
      try (Activity _ = Activity.of(common, "merging " + merge.size() + " stores")) {
        merged = store.merge(merge, spec);
      } catch (BadInputException e) {
        store.withdraw();
        throw e;
      }
      common.log("merged " + merged + " trials");
      return Optional.of(runner.progress());
    }
    StopSignal stop = Interruption.signal(common);
    SweepProgress progress;
    List<Trial> missing = runner.trialsToRun(retryFailed);
    try (SweepProgressDisplay display =
        SweepProgressDisplay.of(
            common,
            runner.progress(),
            retryFailed,
            common.quiet() || spec.asha().isPresent() ? null : TrialCosts.of(missing, data),
            Math.max(1, Math.min(workers(), missing.size())))) {
      progress = runner.run(retryFailed, display, stop);
    }
    if (progress.interrupted()) {
      common
          .streams()
          .err()
          .printf(
              "interrupted with %d of %d trials finished. Go on with: %s%n",
              progress.finished(), progress.trials(), goOn);
      return Optional.empty();
    }
    sayWhatIsAwaited(spec, store, common);
    return Optional.of(progress);
  }

  private List<TrialRow> others(SweepSpec spec) {
    List<TrialRow> rows = new ArrayList<>();
    for (Path path : TrialStore.storesIn(beside)) {
      rows.addAll(rows(path, spec));
    }
    return rows;
  }

  // Asked often by workers that wait; a store is only ever added to.
  private synchronized List<TrialRow> rows(Path path, SweepSpec spec) {
    long size = path.resolve(TrialStore.TRIALS).toFile().length();
    Seen before = seen.get(path);
    if (before != null && before.size() == size) {
      return before.rows();
    }
    List<TrialRow> found = TrialStore.readAll(List.of(path));
    TrialStore.requireOf(path, found, spec);
    seen.put(path, new Seen(size, found));
    return found;
  }

  /** What a store beside held at a size of its file. */
  private record Seen(long size, List<TrialRow> rows) {}

  // A shard ends when nothing is certain to be trained in it.
  private void sayWhatIsAwaited(SweepSpec spec, TrialStore store, CommonOptions common) {
    if (beside.isEmpty()) {
      return;
    }
    List<TrialRow> rows = new ArrayList<>(store.rows());
    rows.addAll(others(spec));
    int missing = SweepRunner.missing(spec, rows).size();
    if (missing > 0) {
      common.log(
          "%d trainings of other shards are missing, whose results may promote trials of this one: go on by --resume once they are there"
              .formatted(missing));
    }
  }

  /** Says what failed, if anything did. */
  static void warnOfFailures(SweepProgress progress, CommonOptions common) {
    if (progress.failed() > 0) {
      common.log(
          "warning: %d trials failed; their lines in the store say why. Run them again by --resume --retry-failed."
              .formatted(progress.failed()));
    }
  }
}
