package lemniscate.cli;

import lemniscate.study.CoordinateStudy;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** A bar over the networks on a terminal, a line for each width elsewhere, nothing if quiet. */
final class WidthProgress implements CoordinateStudy.Progress, AutoCloseable {

  private final CommonOptions common;
  private final int perWidth;
  private final @Nullable ProgressBar bar;

  private WidthProgress(CommonOptions common, int perWidth, @Nullable ProgressBar bar) {
    this.common = common;
    this.perWidth = perWidth;
    this.bar = bar;
  }

  /**
   * Shows the progress of a study.
   *
   * @param size networks in all
   * @param perWidth networks of each width, which are measured one after the other
   */
  static WidthProgress of(CommonOptions common, int size, int perWidth) {
    return new WidthProgress(common, perWidth, ConsoleBar.of(common, size));
  }

  @Override
  public void measured(int done, int total, int width) {
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage("width " + width);
    } else if (done % perWidth == 0) {
      common.log("width %d done, %d of %d networks".formatted(width, done, total));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
