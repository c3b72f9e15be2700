package lemniscate.cli;

import java.time.Duration;
import java.util.Locale;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.slurm.SlurmListener;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a sweep is: a bar on a terminal, a line for each trial elsewhere, nothing if quiet.
 */
final class SweepProgressDisplay implements SlurmListener, AutoCloseable {

  private static final int UPDATE_MILLIS = 200;
  private static final String ERASE_LINE = "\u001b[K";
  private static final double NANOS = 1e9;

  private final CommonOptions common;
  private final @Nullable ProgressBar bar;
  private int before;
  private final long start = System.nanoTime();
  private @Nullable Tasks tasks;

  private SweepProgressDisplay(CommonOptions common, @Nullable ProgressBar bar, int before) {
    this.common = common;
    this.bar = bar;
    this.before = before;
  }

  static SweepProgressDisplay of(CommonOptions common, SweepProgress progress) {
    boolean drawn = !common.quiet() && common.streams().terminal().getAsBoolean();
    return new SweepProgressDisplay(
        common, drawn ? bar(common, progress) : null, progress.finished());
  }

  // The bar itself shows what is done and the time left.
  private static ProgressBar bar(CommonOptions common, SweepProgress progress) {
    return new ProgressBarBuilder()
        .setTaskName("")
        .setUnit(" trials", 1)
        .setInitialMax(progress.trials())
        .startsFrom(progress.finished(), Duration.ZERO)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(common.streams().err()))
        .build();
  }

  @Override
  public void onStart(Trial trial, SweepProgress progress) {
    update(progress);
  }

  @Override
  public void onFinish(TrialRow row, SweepProgress progress) {
    update(progress);
    if (bar == null) {
      String loss =
          Double.isFinite(row.metrics().testLoss())
              ? String.format(Locale.ROOT, "  test loss %.5f", row.metrics().testLoss())
              : "";
      common.log(
          String.format(
              Locale.ROOT,
              "%d/%d  trial %d %s  %s%s  %s",
              progress.finished(),
              progress.trials(),
              row.index(),
              row.values(),
              row.outcome().text(),
              loss,
              left(progress)));
    }
  }

  @Override
  public void onTasks(Tasks now, SweepProgress progress) {
    boolean changed = !now.equals(tasks);
    if (tasks == null) {
      before = progress.finished(); // with what the tasks of an earlier session have done
    }
    tasks = now;
    update(progress);
    if (bar == null && changed) {
      common.log("tasks: " + now);
    }
  }

  @Override
  public void onNote(String line) {
    // The bar stands on the current line, and is drawn again on the next one.
    common.log(bar == null ? line : "\r" + ERASE_LINE + line);
  }

  private void update(SweepProgress progress) {
    if (bar != null) {
      bar.stepTo(progress.finished());
      bar.setExtraMessage(
          (tasks == null ? progress.running() + " running, " : "tasks " + tasks + "; trials ")
              + (progress.failed() + progress.timeout())
              + " failed"
              + progress
                  .best()
                  .map(row -> String.format(Locale.ROOT, ", best %.5f", row.metrics().testLoss()))
                  .orElse(""));
    }
  }

  /** The time left if the rest takes as long as what this session did. */
  private String left(SweepProgress progress) {
    int done = progress.finished() - before;
    if (done <= 0) { // trials are being retried
      return "";
    }
    double each = (System.nanoTime() - start) / NANOS / done;
    return "about " + Math.round(each * (progress.trials() - progress.finished())) + " s left";
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
