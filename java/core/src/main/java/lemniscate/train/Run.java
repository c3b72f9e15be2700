package lemniscate.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.data.DataSplits;
import lemniscate.journal.JournalLine;
import lemniscate.rule.CreditReach;
import org.jspecify.annotations.Nullable;

/** A training run with its directory: what {@code train} and {@code resume} do. */
public final class Run implements AutoCloseable {

  private final Experiment experiment;
  private final Config config;
  private final Backend backend;
  private final Trainer trainer;
  private final RunDirectory directory;
  private final Consumer<String> log;
  private @Nullable CreditReach lastReach;
  private RunFigures figures = RunFigures.NONE;

  private Run(
      Experiment experiment,
      Config config,
      Backend backend,
      Trainer trainer,
      RunDirectory directory,
      Consumer<String> log) {
    this.experiment = experiment;
    this.config = config;
    this.backend = backend;
    this.trainer = trainer;
    this.directory = directory;
    this.log = log;
    config.get(ConfigSchema.TRAIN_STOP_AFTER).ifPresent(trainer::stopAfter);
  }

  /**
   * Prepares a new run: checks everything, makes its directory, draws the weights.
   *
   * @param commandLine for the provenance
   * @param log told of warnings and choices, a line each
   * @throws BadInputException if something cannot be used; no work was done
   */
  public static Run start(Config config, List<String> commandLine, Consumer<String> log) {
    config.get(ConfigSchema.OUT).ifPresent(RunDirectory::requireNew);
    RunLog.require(config);
    Experiment experiment = Experiment.of(config);
    experiment.data().notes().forEach(log);
    experiment.warnings().forEach(warning -> log.accept("warning: " + warning));
    Optional<InitialWeights> initial = InitialWeights.of(config, experiment.spec().network());
    Backend backend = Experiment.openBackend(config, log);
    RunDirectory directory;
    try {
      TrainingBuffers.requireRoom(backend, experiment.spec(), experiment.diagnostics());
      directory =
          RunDirectory.create(
              config
                  .get(ConfigSchema.OUT)
                  .orElseGet(
                      () ->
                          OutputFolder.fresh(
                              experiment.spec().rule().name()
                                  + "-w"
                                  + experiment.spec().network().size().width())));
    } catch (RuntimeException | Error e) {
      backend.close();
      throw e;
    }
    Trainer trainer = null;
    try {
      Config own = experiment.resolved(backend.name());
      Config resolved = initial.map(weights -> weights.resolved(own, "resolved")).orElse(own);
      trainer =
          new Trainer(
              backend,
              experiment.spec(),
              experiment.data(),
              experiment.diagnostics(),
              network -> initial.ifPresent(weights -> weights.load(backend, network, log)));
      int keep = config.get(ConfigSchema.TRAIN_KEEP_CHECKPOINTS);
      // One more than is kept: the new one is there before the oldest goes.
      long best = config.get(ConfigSchema.TRAIN_KEEP_BEST) ? 2 : 0;
      directory.requireRoom(
          best + Math.min(keep + 1L, checkpoints(config, experiment.spec())),
          SafetensorsWriter.dataBytes(trainer.tensors()));
      Map<String, Object> provenance = provenance(experiment, resolved, backend, commandLine);
      initial.ifPresent(weights -> provenance.put("init", weights.describe()));
      directory.describe(resolved, provenance);
      Run run = new Run(experiment, resolved, backend, trainer, directory, log);
      run.checkpoint();
      return run;
    } catch (RuntimeException | Error e) {
      closeAll(trainer, backend, directory);
      directory.discardIfEmpty();
      throw e;
    }
  }

  // As many as are written: at the start, so often, and at the end.
  private static long checkpoints(Config config, TrainingSpec spec) {
    long every =
        config
            .get(ConfigSchema.TRAIN_CHECKPOINT_EVERY)
            .map(Integer::longValue)
            .orElse(Math.max(1, spec.steps() / config.get(ConfigSchema.TRAIN_EPOCHS)));
    return 2 + spec.steps() / every;
  }

  /**
   * Opens a run to go on from its newest readable checkpoint. What was measured after it is
   * dropped, and measured again.
   *
   * @throws BadInputException if there is no run, no readable checkpoint, or the data has changed
   */
  public static Run resume(Path path, List<String> commandLine, Consumer<String> log) {
    return resume(path, Map.of(), commandLine, log);
  }

  /**
   * As the other, with changes of the configuration that count from the checkpoint on and are kept
   * in the history of the run. Learning rates of the steps before stay those that they were.
   *
   * @param changes values of keys by dotted name: {@code train.epochs} or {@code train.steps} to
   *     train beyond the first end, {@code optim.lr}, {@code optim.schedule} and what {@link
   *     ConfigHistory#isChangeable} allows beside
   * @throws BadInputException also if a key cannot be changed
   */
  public static Run resume(
      Path path, Map<String, String> changes, List<String> commandLine, Consumer<String> log) {
    RunDirectory directory = RunDirectory.reopen(path);
    Run run = null;
    try {
      ConfigHistory before = ConfigHistory.of(directory);
      Path checkpoint = ChosenCheckpoint.newestReadable(directory, log);
      long step = RunDirectory.step(checkpoint);
      Config changed = before.changed(changes);
      TrainedOn.requireThisOrder(directory);
      RunLog.require(changed);
      Experiment now = Experiment.of(changed);
      ConfigHistory history = before.with(changed, step, epochs(now, step));
      run = open(directory, now.after(history), log);
      requireSameData(directory, run.experiment.data());
      Checkpoint.restore(checkpoint, run.trainer);
      log.accept("weights from " + checkpoint);
      run.requireStepsToDo(before, history);
      if (!run.finished()) {
        directory.truncateMetrics(step);
        directory.forgetBestAfter(step);
        Map<String, Object> session = Provenance.session(run.backend, commandLine);
        session.put("step", step);
        directory.describeSession(session, history.facts());
        directory.describe(changed);
        if (!history.equals(before)) {
          run.announce(before, history, log);
        }
      }
      return run;
    } catch (RuntimeException | Error e) {
      if (run != null) {
        run.close();
      } else {
        directory.close();
      }
      throw e;
    }
  }

  private static double epochs(Experiment experiment, long step) {
    return (double) step
        / Experiment.stepsPerEpoch(experiment.data().train().size(), experiment.spec().batch());
  }

  // A change that ends a run where it stands, or before, changes nothing.
  private void requireStepsToDo(ConfigHistory before, ConfigHistory history) {
    if (finished() && !history.equals(before)) {
      ConfigHistory.Change change = history.changes().getLast();
      if (trainer.step() < experiment.spec().steps()) {
        throw new BadInputException(
            "%s has ended after %d evaluations that found nothing better than that of step %d, and train.stopAfter is %s; train on with a larger one, or with --train.stopAfter unset."
                .formatted(
                    path(),
                    trainer.best().since(),
                    trainer.best().step(),
                    config.text(ConfigSchema.TRAIN_STOP_AFTER)));
      }
      if (change.values().containsKey(ConfigSchema.TRAIN_EPOCHS.name())
          || change.values().containsKey(ConfigSchema.TRAIN_STEPS.name())) {
        throw new BadInputException(
            "%s has done %d steps (%s epochs), and is to end after %d (%s); expected more steps than it has done."
                .formatted(
                    path(),
                    trainer.step(),
                    change.epochs(),
                    experiment.spec().steps(),
                    change.text()));
      }
      if (change.values().keySet().stream().anyMatch(Run::isOfTraining)) {
        throw new BadInputException(
            "%s has done its %d steps, so that %s would change nothing; expected more to train. Give --epochs N, too."
                .formatted(path(), trainer.step(), change.text()));
      }
    }
  }

  // Where it computes, and from which folder it reads, may be said of any run.
  private static boolean isOfTraining(String key) {
    return switch (ConfigSchema.key(key, "history").aspect()) {
      case DEVICE, MACHINE, DATA -> false;
      default -> true;
    };
  }

  private void announce(ConfigHistory before, ConfigHistory history, Consumer<String> log) {
    ConfigHistory.Change change = history.changes().getLast();
    log.accept(
        "from step %d on (%s epochs done): %s"
            .formatted(change.step() + 1, change.epochs(), change.text()));
    double then = experiment.learningRates(before).rate(1, change.step());
    double now = experiment.spec().learningRate(change.step());
    if (then != now) {
      log.accept("learning rate of step %d: %s, not %s".formatted(change.step() + 1, now, then));
    }
  }

  private static Run open(RunDirectory directory, Experiment experiment, Consumer<String> log) {
    Backend backend = Experiment.openBackend(experiment.config(), log);
    try {
      TrainingBuffers.requireRoom(backend, experiment.spec(), experiment.diagnostics());
      Trainer trainer =
          new Trainer(backend, experiment.spec(), experiment.data(), experiment.diagnostics());
      return new Run(experiment, experiment.config(), backend, trainer, directory, log);
    } catch (RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  private static void requireSameData(RunDirectory directory, DataSplits data) {
    Object known =
        directory.provenance().get("data") instanceof Map<?, ?> map ? map.get("sha256") : null;
    if (!(known instanceof String)) {
      throw new BadInputException(
          "%s: data.sha256 is %s, expected the hash of the data that the run was trained on; restore the file, or start a new run."
              .formatted(directory.path().resolve("provenance.json"), known));
    }
    if (!known.equals(data.sha256())) {
      throw new BadInputException(
          "%s was trained on other contents of %s (sha256 %s, now %s); restore the data, or start a new run."
              .formatted(directory.path(), data.name(), known, data.sha256()));
    }
  }

  private static Map<String, Object> provenance(
      Experiment experiment, Config resolved, Backend backend, List<String> commandLine) {
    Map<String, Object> facts = Provenance.program(resolved);
    facts.put("data", TrainedOn.describe(experiment.data()));
    facts.putAll(Provenance.session(backend, commandLine));
    facts.putAll(new ConfigHistory(resolved, List.of()).facts());
    return facts;
  }

  /**
   * Trains to the end, or until the signal is raised; writes metrics and checkpoints on the way,
   * and one at the end in either case.
   *
   * @throws TrainingDivergedException if the run diverges; the last good checkpoint stays
   */
  public TrainingResult train(TrainingListener listener, StopSignal stop) {
    try (Recorder recorder = new Recorder()) {
      TrainingResult result = trainer.run(recorder.and(listener), stop);
      recorder.finish();
      return result;
    } catch (TrainingDivergedException e) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("kind", "diverged");
      line.put("step", e.step());
      line.put("layer", e.layer());
      line.put("value", Double.toString(e.value()));
      directory.append(line);
      throw e;
    }
  }

  /** What is done to a log. */
  private interface LogAction {
    void on(RunLog log) throws IOException;
  }

  /** Writes metrics and checkpoints when they are due. */
  private final class Recorder implements TrainingListener, AutoCloseable {

    private final int logEvery = config.get(ConfigSchema.TRAIN_LOG_EVERY);
    private final @Nullable Integer every =
        config.get(ConfigSchema.TRAIN_CHECKPOINT_EVERY).orElse(null);
    private final boolean keepBest = config.get(ConfigSchema.TRAIN_KEEP_BEST);
    private long saved = trainer.step();
    private final List<RunLog> logs;

    Recorder() {
      try {
        this.logs = RunLog.open(config, directory, trainer.step(), figures, log);
      } catch (IOException e) {
        throw directory.unwritten(e);
      }
    }

    private void append(Map<String, Object> line) {
      directory.append(line);
      if (!logs.isEmpty()) {
        JournalLine written = JournalLine.of(line);
        forEachLog(log -> log.accept(written));
      }
    }

    private void forEachLog(LogAction action) {
      try {
        for (RunLog log : logs) {
          action.on(log);
        }
      } catch (IOException e) {
        throw directory.unwritten(e);
      }
    }

    @Override
    public void close() {
      forEachLog(RunLog::close);
    }

    @Override
    public void onStart(Map<String, Double> diagnostics) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("kind", "start");
      line.put("step", trainer.step());
      line.put("diagnostics", diagnostics);
      append(line);
    }

    @Override
    public void onReach(long step, CreditReach reach) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("kind", RunHistory.REACH);
      line.put("step", step);
      line.put("reach", reach.reach());
      line.put("bySize", reach.bySize());
      List<CreditReach.OfUnit> units = reach.units();
      line.put("unit", units.stream().map(CreditReach.OfUnit::unit).toList());
      line.put("ratio", units.stream().map(CreditReach.OfUnit::ratio).toList());
      line.put("relative", units.stream().map(CreditReach.OfUnit::relative).toList());
      line.put("cosine", units.stream().map(CreditReach.OfUnit::cosine).toList());
      line.put("share", units.stream().map(CreditReach.OfUnit::share).toList());
      if (Double.isFinite(reach.equilibriumFactor())) {
        line.put("equilibriumFactor", reach.equilibriumFactor());
      }
      lastReach = reach;
      append(line);
    }

    @Override
    public void onStep(StepMetrics metrics) {
      if (metrics.step() % logEvery != 0) {
        return;
      }
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("kind", "step");
      line.put("step", metrics.step());
      line.put("epoch", metrics.epoch());
      line.put("loss", metrics.loss());
      if (Double.isFinite(metrics.energy())) {
        line.put("energy", metrics.energy());
      }
      line.put("learningRate", metrics.learningRate());
      line.put("time", time(metrics.seconds(), metrics.examplesPerSecond()));
      append(line);
    }

    @Override
    public void onEpoch(EpochMetrics metrics) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("kind", "epoch");
      line.put("step", metrics.step());
      line.put("epoch", metrics.epoch());
      line.put("trainLoss", metrics.trainLoss());
      line.put("testLoss", metrics.testLoss());
      line.put("testAccuracy", metrics.testAccuracy());
      if (!metrics.diagnostics().isEmpty()) {
        line.put("diagnostics", metrics.diagnostics());
      }
      line.put("time", time(metrics.seconds(), metrics.examplesPerSecond()));
      append(line);
    }

    // What differs between two runs of the same configuration stands apart from what does not.
    private static Map<String, Object> time(double seconds, double examplesPerSecond) {
      Map<String, Object> time = new LinkedHashMap<>();
      time.put("seconds", seconds);
      time.put("examplesPerSecond", examplesPerSecond);
      return time;
    }

    @Override
    public void afterStep(long step, boolean endOfEpoch) {
      if (endOfEpoch) {
        forEachLog(log -> log.endOfEpoch(trainer));
      }
      if (keepBest && endOfEpoch && trainer.best().step() == step) {
        directory.keepBest(trainer);
      }
      if (every == null ? endOfEpoch : step % every == 0) {
        checkpoint();
        saved = step;
      }
    }

    void finish() {
      if (saved != trainer.step()) {
        checkpoint();
        saved = trainer.step();
      }
      RunLog.Ending how = finished() ? RunLog.Ending.FINISHED : RunLog.Ending.KILLED;
      logs.forEach(log -> log.ending(how));
    }
  }

  private void checkpoint() {
    directory.checkpoint(trainer, config.get(ConfigSchema.TRAIN_KEEP_CHECKPOINTS));
  }

  /** Has logs that show images show what is drawn from now on; without, they show none. */
  public void draw(RunFigures wanted) {
    figures = wanted;
  }

  /** Whether the last step has been done, or training has ended before it. */
  public boolean finished() {
    return trainer.finished();
  }

  /** What is run. */
  public Experiment experiment() {
    return experiment;
  }

  /** The resolved configuration. */
  public Config config() {
    return config;
  }

  /** The run in memory. */
  public Trainer trainer() {
    return trainer;
  }

  /** How far credit reached where this session measured it last; empty if it did not. */
  public Optional<CreditReach> lastReach() {
    return Optional.ofNullable(lastReach);
  }

  /** Where the run's files are. */
  public Path path() {
    return directory.path();
  }

  @Override
  public void close() {
    closeAll(trainer, backend, directory);
  }

  private static void closeAll(
      @Nullable Trainer trainer, @Nullable Backend backend, RunDirectory directory) {
    if (trainer != null) {
      trainer.close();
    }
    if (backend != null) {
      backend.close();
    }
    directory.close();
  }
}
