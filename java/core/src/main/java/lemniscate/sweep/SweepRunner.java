package lemniscate.sweep;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.backend.DefaultThreads;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.sweep.TrialRow.Metrics;
import lemniscate.train.DiagnosticsSpec;
import lemniscate.train.Experiment;
import lemniscate.train.InitialWeights;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingDivergedException;
import lemniscate.train.TrainingListener;
import lemniscate.train.TrainingResult;
import org.jspecify.annotations.Nullable;

/**
 * Trains the trials of a sweep in this process, several side by side. A trial's result depends on
 * its configuration and the threads of its backend alone, not on which others run, or when.
 *
 * <p>The threads of a trial are those of its key {@code threads}; where that is unset, the
 * processors are divided among the workers.
 */
public final class SweepRunner {

  // What decides which backend computes, so that a worker opens one for many trials.
  private static final List<ConfigKey<?>> BACKEND_KEYS =
      List.of(
          ConfigSchema.BACKEND,
          ConfigSchema.PRECISION,
          ConfigSchema.THREADS,
          ConfigSchema.BLAS,
          ConfigSchema.CPU_PRODUCTS,
          ConfigSchema.CUDA_DEVICE,
          ConfigSchema.CUDA_CHECKED,
          ConfigSchema.CUDA_BLAS);

  private static final double NANOS = 1e9;

  private final SweepSpec spec;
  private final Shard shard;
  private final TrialStore store;
  private final int workers;
  private final Supplier<List<TrialRow>> others;
  private final SharedData data;
  private final TrialStates states;

  /**
   * Prepares a sweep.
   *
   * @param shard the part to train
   * @param store that takes the results; trials that are in it already are not run again
   * @param workers how many trials run side by side
   * @param data what has been read already
   */
  public SweepRunner(SweepSpec spec, Shard shard, TrialStore store, int workers, SharedData data) {
    this(spec, shard, store, workers, data, List::of);
  }

  /**
   * As the other.
   *
   * @param others reads what other parts of the sweep have found by now; with {@code search: asha}
   *     promotions depend on it
   */
  public SweepRunner(
      SweepSpec spec,
      Shard shard,
      TrialStore store,
      int workers,
      SharedData data,
      Supplier<List<TrialRow>> others) {
    if (workers < 1) {
      throw new IllegalArgumentException("workers: " + workers + ", expected 1 or more");
    }
    this.spec = spec;
    this.shard = shard;
    this.store = store;
    this.workers = workers;
    this.data = data;
    this.states = new TrialStates(store.path());
    this.others = others;
  }

  /**
   * Refuses a sweep with a trial that cannot be run, before any work.
   *
   * @param data where the trials' data is read into
   * @param checked told how many trials have passed
   * @throws BadInputException naming the first such trial
   */
  public static void check(SweepSpec spec, SharedData data, IntConsumer checked) {
    for (Trial trial : spec.trials()) {
      try {
        Experiment experiment = Experiment.of(trial.config(), data);
        if (spec.choice() == Choice.VALIDATION_ACCURACY
            && !experiment.data().train().classification()) {
          throw new BadInputException(
              "choose is accuracy, but %s has regression targets; choose loss."
                  .formatted(experiment.data().name()));
        }
      } catch (BadInputException e) {
        throw new BadInputException(
            "trial %d (%s): %s Leave it out by 'exclude' or correct the values."
                .formatted(trial.index(), trial.label(), e.getMessage()),
            e);
      }
      checked.accept(trial.index() + 1);
    }
  }

  /**
   * The trainings that are known to be needed and have no result; with {@code search: asha} the
   * results of these may call for more.
   *
   * @param rows of all parts of the sweep
   */
  public static List<Job> missing(SweepSpec spec, Collection<TrialRow> rows) {
    Set<String> done = rows.stream().map(TrialRow::key).collect(Collectors.toSet());
    return JobQueue.known(spec, spec.trials(), rows).stream()
        .filter(job -> !done.contains(job.key()))
        .toList();
  }

  /**
   * Trains what is missing, until all is finished or the signal is raised; what is being trained
   * then is given up and stays missing.
   *
   * @param retryFailed whether to run failed and timed-out trials again
   * @throws java.io.UncheckedIOException if the store cannot be written; the other trials stop
   */
  public SweepProgress run(boolean retryFailed, SweepListener listener, StopSignal stop) {
    JobQueue queue = new JobQueue(spec, shard.of(spec), store.settled(retryFailed), others);
    Session session = new Session(queue, listener, stop);
    List<Thread> threads =
        IntStream.range(0, Math.min(workers, queue.size()))
            .mapToObj(
                i -> Thread.ofPlatform().name("sweep-worker-" + (i + 1)).unstarted(session::work))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      join(thread, session);
    }
    session.rethrow();
    SweepProgress progress = session.progress();
    if (shard.equals(Shard.ALL) && !progress.interrupted()) {
      states.remove();
    }
    return progress;
  }

  /**
   * The trials that are to be run.
   *
   * @param retryFailed whether to run failed and timed-out trials again
   */
  public List<Trial> trialsToRun(boolean retryFailed) {
    Set<String> settled =
        store.settled(retryFailed).stream().map(TrialRow::id).collect(Collectors.toSet());
    return shard.of(spec).stream().filter(trial -> !settled.contains(trial.id())).toList();
  }

  /** How far the store is, with nothing running. */
  public SweepProgress progress() {
    return tally().progress(0, false);
  }

  private SweepTally tally() {
    List<TrialRow> rows = store.rows();
    List<Job> known =
        JobQueue.known(
            spec, shard.of(spec), Stream.concat(rows.stream(), others.get().stream()).toList());
    return new SweepTally(known.stream().map(Job::key).toList(), rows, spec.choice());
  }

  private static void join(Thread thread, Session session) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
        session.stop.raise();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One call of {@link #run}. */
  private final class Session {

    private final JobQueue queue;
    private final SweepListener listener;
    private final StopSignal stop;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final SweepTally tally = tally();

    Session(JobQueue queue, SweepListener listener, StopSignal stop) {
      this.queue = queue;
      this.listener = listener;
      this.stop = stop;
    }

    void work() {
      try (Worker worker = new Worker(listener, this::halted)) {
        for (Optional<Job> job = queue.take(this::halted);
            job.isPresent();
            job = queue.take(this::halted)) {
          Trial trial = job.get().trial();
          running.incrementAndGet();
          report(() -> listener.onStart(trial, progress()));
          Optional<TrialRow> row = worker.run(job.get());
          running.decrementAndGet();
          row.ifPresent(store::append);
          tally.want(queue.done(row));
          if (row.isPresent()) {
            tally.add(row.get());
            states.settled(row.get());
            report(() -> listener.onFinish(row.get(), progress()));
          }
        }
      } catch (RuntimeException | Error e) {
        // Of the store or the listener: those of a trial are its result.
        failure.compareAndSet(null, e);
      }
    }

    private synchronized void report(Runnable call) {
      call.run();
    }

    private boolean halted() {
      return stop.isRaised() || failure.get() != null;
    }

    void rethrow() {
      switch (failure.get()) {
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case null, default -> {}
      }
    }

    SweepProgress progress() {
      return tally.progress(running.get(), stop.isRaised());
    }
  }

  /** Trains one trial after the other on a backend of its own. */
  private final class Worker implements AutoCloseable {

    private final SweepListener listener;
    private final BooleanSupplier halted;
    private @Nullable Backend backend;
    private List<Object> backendKeys = List.of();

    Worker(SweepListener listener, BooleanSupplier halted) {
      this.listener = listener;
      this.halted = halted;
    }

    /** Empty if the sweep stopped first. */
    Optional<TrialRow> run(Job job) {
      Trial trial = job.trial();
      int processors = DefaultThreads.here().threads();
      int threads =
          trial
              .config()
              .get(ConfigSchema.THREADS)
              .orElseGet(() -> Math.max(1, processors / workers));
      long start = System.nanoTime();
      Outcome outcome = Outcome.OK;
      String message = null;
      Metrics metrics = Metrics.NONE;
      try {
        Experiment experiment = Experiment.of(trial.config(), data);
        Backend opened = backend(trial.config(), threads);
        Optional<InitialWeights> initial =
            InitialWeights.of(trial.config(), experiment.spec().network());
        try (Trainer trainer =
            new Trainer(
                opened,
                experiment.spec(),
                experiment.data(),
                DiagnosticsSpec.NONE,
                network -> initial.ifPresent(weights -> weights.load(opened, network, _ -> {})))) {
          long target = target(job, trainer);
          boolean reached = train(trainer, job, target, start);
          TrainingResult result = trainer.result();
          metrics =
              new Metrics(
                  result.trainLoss(), result.testLoss(), result.testAccuracy(), result.steps(), 0);
          if (!reached) {
            if (halted.getAsBoolean()) {
              return Optional.empty();
            }
            outcome = Outcome.TIMEOUT;
            message = "took longer than the trialTimeLimit of " + seconds(limit()) + " s";
          }
        }
      } catch (TrialStates.UnwrittenException e) {
        throw e;
      } catch (TrainingDivergedException e) {
        outcome = Outcome.DIVERGED;
        message = e.getMessage();
        metrics = new Metrics(Double.NaN, Double.NaN, Double.NaN, e.step(), e.step());
      } catch (RuntimeException | OutOfMemoryError e) {
        outcome = Outcome.FAILED;
        message = e instanceof BadInputException ? String.valueOf(e.getMessage()) : e.toString();
      }
      TrialRow.Time time =
          new TrialRow.Time(
              (System.nanoTime() - start) / NANOS,
              threads,
              Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
      return Optional.of(TrialRow.of(job, outcome, message, metrics, time));
    }

    private Duration limit() {
      return spec.trialTimeLimit().orElseThrow();
    }

    private static double seconds(Duration duration) {
      return duration.toNanos() / NANOS;
    }

    // Steps after which the training ends.
    private long target(Job job, Trainer trainer) {
      if (job.rung().isEmpty()) {
        return trainer.spec().steps();
      }
      Asha asha = spec.asha().orElseThrow();
      long length = asha.rungs().get(job.rung().getAsInt());
      return asha.unit() == Asha.Unit.EPOCHS ? length * trainer.stepsPerEpoch() : length;
    }

    /**
     * Trains and evaluates.
     *
     * @return false if it was stopped before
     */
    private boolean train(Trainer trainer, Job job, long target, long start) {
      long allowed = spec.trialTimeLimit().map(Duration::toNanos).orElse(Long.MAX_VALUE);
      StopSignal own = new StopSignal();
      TrainingListener stopper =
          new TrainingListener() {
            @Override
            public void afterStep(long step, boolean endOfEpoch) {
              if (step >= target || halted.getAsBoolean() || System.nanoTime() - start > allowed) {
                own.raise();
              }
            }
          };
      Optional<Integer> stopAfter = job.trial().config().get(ConfigSchema.TRAIN_STOP_AFTER);
      stopAfter.ifPresent(trainer::stopAfter);
      if (stopAfter.isEmpty()) {
        trainer.evaluateOnlyAtTheEnd(); // which is all that a row holds
      }
      if (spec.asha().isPresent()) {
        states.restore(job, target, trainer);
      }
      if (trainer.step() < target) {
        trainer.run(stopper.and(upTo(target, job, listener.training(job.trial()))), own);
      }
      if (trainer.step() < target && !trainer.stoppedEarly()) {
        return false;
      }
      if (job.rung().isPresent()) {
        states.save(job, trainer);
        trainer.evaluateHere();
      }
      return true;
    }

    // To those who watch, the training that ends at a rung is a whole one.
    private static TrainingListener upTo(long target, Job job, TrainingListener listener) {
      if (job.rung().isEmpty()) {
        return listener;
      }
      return new TrainingListener() {
        @Override
        public void onStep(StepMetrics at) {
          listener.onStep(
              new StepMetrics(
                  at.step(),
                  target,
                  at.epoch(),
                  at.loss(),
                  at.energy(),
                  at.learningRate(),
                  at.examplesPerSecond(),
                  at.seconds()));
        }
      };
    }

    private Backend backend(Config config, int threads) {
      Config asked = config.with(ConfigSchema.THREADS, Optional.of(threads), "sweep");
      List<Object> keys =
          BACKEND_KEYS.stream().<Object>map(key -> Objects.requireNonNull(asked.get(key))).toList();
      Backend known = backend;
      if (known == null || !keys.equals(backendKeys)) {
        close();
        known = Experiment.openBackend(asked, line -> {});
        backend = known;
        backendKeys = keys;
      }
      return known;
    }

    @Override
    public void close() {
      if (backend != null) {
        backend.close();
        backend = null;
      }
    }
  }
}
