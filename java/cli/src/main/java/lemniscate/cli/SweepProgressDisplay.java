package lemniscate.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.function.Supplier;
import lemniscate.sweep.Outcome;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialCosts;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.slurm.SlurmListener;
import lemniscate.train.StepMetrics;
import lemniscate.train.TrainingListener;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a sweep is: a view that is drawn in place on a terminal, a line for each trial
 * elsewhere, nothing if quiet.
 */
final class SweepProgressDisplay implements SlurmListener, AutoCloseable {

  private static final int UPDATE_MILLIS = 200;
  private static final double NANOS = 1e9;

  private final CommonOptions common;
  private volatile int begun;
  private final @Nullable TrialCosts costs;
  private final int workers;
  private final DoubleAdder costDone = new DoubleAdder();
  private volatile int known;
  private final long start = System.nanoTime();
  private final ConcurrentSkipListMap<Integer, SweepView.Running> running =
      new ConcurrentSkipListMap<>();
  private final @Nullable LiveLines lines;
  private final Supplier<TerminalSize> size;
  private final @Nullable RepeatedDrawing drawing;
  private volatile SweepProgress latest;
  private volatile @Nullable Tasks tasks;
  private final AtomicInteger ended = new AtomicInteger();

  private SweepProgressDisplay(
      CommonOptions common,
      SweepProgress progress,
      int begun,
      @Nullable TrialCosts costs,
      int workers,
      boolean drawn,
      Supplier<TerminalSize> size) {
    this.common = common;
    this.costs = costs;
    this.workers = workers;
    this.latest = progress;
    this.begun = begun;
    this.known = progress.trials();
    this.size = size;
    this.lines = drawn ? new LiveLines(common.streams().err(), size) : null;
    LiveLines below = lines;
    if (below != null) {
      common.logAbove(line -> below.above(line, shown()));
    }
    this.drawing = drawn ? RepeatedDrawing.start(this::draw, UPDATE_MILLIS) : null;
  }

  /**
   * Starts a display of a sweep whose trials are taken to cost the same.
   *
   * @param progress before the session
   * @param retryFailed whether failed trials are run again
   */
  static SweepProgressDisplay of(
      CommonOptions common, SweepProgress progress, boolean retryFailed) {
    return of(common, progress, retryFailed, null, 1);
  }

  /**
   * Starts a display.
   *
   * @param progress before the session
   * @param retryFailed whether failed trials are run again
   * @param costs of the trials that are to be run; null where they are taken to cost the same
   * @param workers trials side by side
   */
  static SweepProgressDisplay of(
      CommonOptions common,
      SweepProgress progress,
      boolean retryFailed,
      @Nullable TrialCosts costs,
      int workers) {
    int begun =
        progress.trials()
            - progress.finished()
            + (retryFailed ? progress.failed() + progress.timeout() : 0);
    boolean drawn = common.draws() && begun > 0;
    return new SweepProgressDisplay(
        common,
        progress,
        begun,
        costs,
        workers,
        drawn,
        drawn ? new TerminalSizeProbe() : () -> TerminalSize.USUAL);
  }

  @Override
  public void onStart(Trial trial, SweepProgress progress) {
    running.put(
        trial.index(), new SweepView.Running(trial.index(), trial.label(), 0, 0, Double.NaN));
    latest = progress;
  }

  @Override
  public TrainingListener training(Trial trial) {
    if (lines == null) {
      return TrainingListener.NONE;
    }
    String label = trial.label();
    return new TrainingListener() {
      @Override
      public void onStep(StepMetrics metrics) {
        running.put(
            trial.index(),
            new SweepView.Running(
                trial.index(), label, metrics.step(), metrics.steps(), metrics.loss()));
      }
    };
  }

  @Override
  public void onFinish(TrialRow row, SweepProgress progress) {
    running.remove(row.index());
    latest = progress;
    ended.incrementAndGet();
    if (costs != null) {
      costDone.add(costs.of(row.index()));
    }
    if (lines == null) {
      common.log(line(row, progress));
    } else if (row.outcome() == Outcome.FAILED) {
      common.log("trial %d failed: %s".formatted(row.index(), row.message()));
    }
  }

  @Override
  public void onTasks(Tasks now, SweepProgress progress) {
    Tasks before = tasks;
    if (before == null) {
      // What tasks of an earlier session have done is no measure of how fast these are.
      begun = progress.trials() - progress.finished();
      known = progress.trials();
      ended.set(0);
    }
    tasks = now;
    latest = progress;
    if (lines == null && !now.equals(before)) {
      common.log("tasks: " + now);
    }
  }

  @Override
  public void onNote(String line) {
    common.log(line);
  }

  private String line(TrialRow row, SweepProgress progress) {
    String loss =
        Double.isFinite(row.metrics().testLoss())
            ? String.format(
                Locale.ROOT,
                "  %s loss %.5f",
                progress.choice().evaluated(),
                row.metrics().testLoss())
            : "";
    return String.format(
        Locale.ROOT,
        "%d/%d  trial %d %s  %s%s%s  about %s left",
        progress.finished(),
        progress.trials(),
        row.index(),
        row.values(),
        row.rung().isPresent() ? "rung " + row.rung().getAsInt() + " " : "",
        row.outcome().text(),
        loss,
        ProgressText.clock(view(List.of()).secondsLeft().orElse(0)));
  }

  private SweepView view(List<SweepView.Running> trials) {
    // A search may find more to do as it goes.
    int all = begun + latest.trials() - known;
    TrialCosts ofTrials = costs;
    SweepWork work =
        ofTrials == null
            ? SweepWork.even(all, ended.get())
            : SweepWork.of(ofTrials::of, ofTrials.total(), costDone.sum(), workers);
    return new SweepView(
        latest, all, ended.get(), (System.nanoTime() - start) / NANOS, trials, work);
  }

  private List<String> shown() {
    List<String> shown = new ArrayList<>(view(List.copyOf(running.values())).lines(size.get()));
    Tasks now = tasks;
    if (now != null) {
      shown.add("tasks    " + now);
    }
    return shown;
  }

  private void draw() {
    if (lines != null) {
      lines.draw(shown());
    }
  }

  /** Leaves how far the sweep came on the screen. */
  @Override
  public void close() {
    if (drawing != null && lines != null) {
      drawing.close();
      common.logAbove(null);
      lines.draw(view(List.of()).lines(size.get()));
    }
  }
}
