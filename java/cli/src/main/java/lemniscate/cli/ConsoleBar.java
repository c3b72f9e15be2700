package lemniscate.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A bar on standard error. */
final class ConsoleBar {

  private static final int UPDATE_MILLIS = 200;

  private ConsoleBar() {}

  /** A new bar up to {@code max}; null where nothing is to be drawn. */
  static @Nullable ProgressBar of(CommonOptions common, long max) {
    return common.draws()
        ? new ProgressBarBuilder()
            .setTaskName("")
            .setInitialMax(max)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setConsumer(new ConsoleProgressBarConsumer(common.streams().err()))
            .build()
        : null;
  }
}
