package lemniscate.cli;

import lemniscate.study.CoordinateStudy;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** A bar over the networks on a terminal, a line for each size elsewhere, nothing if quiet. */
final class WidthProgress implements CoordinateStudy.Progress, AutoCloseable {

  private final CommonOptions common;
  private final String size;
  private final int perSize;
  private final @Nullable ProgressBar bar;

  private WidthProgress(CommonOptions common, String size, int perSize, @Nullable ProgressBar bar) {
    this.common = common;
    this.size = size;
    this.perSize = perSize;
    this.bar = bar;
  }

  /**
   * Shows the progress of a study.
   *
   * @param networks in all
   * @param size what differs: "width", "depth"
   * @param perSize networks of each size, which are measured one after the other
   */
  static WidthProgress of(CommonOptions common, int networks, String size, int perSize) {
    return new WidthProgress(common, size, perSize, ConsoleBar.of(common, networks));
  }

  @Override
  public void measured(int done, int total, int value) {
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(size + " " + value);
    } else if (done % perSize == 0) {
      common.log("%s %d done, %d of %d networks".formatted(size, value, done, total));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
