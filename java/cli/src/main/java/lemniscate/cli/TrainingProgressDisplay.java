package lemniscate.cli;

import java.time.Duration;
import java.util.Locale;
import lemniscate.train.EpochMetrics;
import lemniscate.train.StepMetrics;
import lemniscate.train.TrainingListener;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a run is: a bar on a terminal, a line for each epoch elsewhere, nothing if quiet.
 */
final class TrainingProgressDisplay implements TrainingListener, AutoCloseable {

  private static final int UPDATE_MILLIS = 200;
  // Metrics change with every step; people read slower.
  private static final long MESSAGE_NANOS = 150_000_000L;

  private final CommonOptions common;
  private final @Nullable ProgressBar bar;
  private long lastMessage;

  private TrainingProgressDisplay(CommonOptions common, @Nullable ProgressBar bar) {
    this.common = common;
    this.bar = bar;
  }

  static TrainingProgressDisplay of(CommonOptions common, long done, long steps) {
    boolean drawn = common.draws();
    return new TrainingProgressDisplay(common, drawn ? bar(common, done, steps) : null);
  }

  private static ProgressBar bar(CommonOptions common, long done, long steps) {
    return new ProgressBarBuilder()
        .setTaskName("")
        .setUnit("", 1)
        .setInitialMax(steps)
        .startsFrom(done, Duration.ZERO)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(UPDATE_MILLIS)
        .setConsumer(new ConsoleProgressBarConsumer(common.streams().err()))
        .build();
  }

  @Override
  public void onStep(StepMetrics metrics) {
    if (bar == null) {
      return;
    }
    bar.stepTo(metrics.step());
    long now = System.nanoTime();
    if (now - lastMessage > MESSAGE_NANOS) {
      lastMessage = now;
      String energy =
          Double.isFinite(metrics.energy())
              ? String.format(Locale.ROOT, " energy %.3f", metrics.energy())
              : "";
      bar.setExtraMessage(
          String.format(
              Locale.ROOT,
              "loss %.3f%s %.0f ex/s",
              metrics.loss(),
              energy,
              metrics.examplesPerSecond()));
    }
  }

  @Override
  public void onEpoch(EpochMetrics metrics) {
    if (bar == null) {
      common.log(
          String.format(
              Locale.ROOT,
              "epoch %d/%d  step %d  train loss %.5f  test loss %.5f%s  %.0f examples/s",
              metrics.epoch(),
              metrics.epochs(),
              metrics.step(),
              metrics.trainLoss(),
              metrics.testLoss(),
              Double.isFinite(metrics.testAccuracy())
                  ? String.format(
                      Locale.ROOT, "  test accuracy %.2f %%", 100 * metrics.testAccuracy())
                  : "",
              metrics.examplesPerSecond()));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
