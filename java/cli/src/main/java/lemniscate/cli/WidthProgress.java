package lemniscate.cli;

import lemniscate.study.CoordinateStudy;
import lemniscate.study.NetworkAxis;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** A bar over the networks on a terminal, a line for each size elsewhere, nothing if quiet. */
final class WidthProgress implements CoordinateStudy.Progress, AutoCloseable {

  private final CommonOptions common;
  private final NetworkAxis axis;
  private final int perSize;
  private final @Nullable ProgressBar bar;

  private WidthProgress(
      CommonOptions common, NetworkAxis axis, int perSize, @Nullable ProgressBar bar) {
    this.common = common;
    this.axis = axis;
    this.perSize = perSize;
    this.bar = bar;
  }

  /**
   * Shows the progress of a study.
   *
   * @param networks in all
   * @param axis what differs
   * @param perSize networks of each size, which are measured one after the other
   */
  static WidthProgress of(CommonOptions common, int networks, NetworkAxis axis, int perSize) {
    return new WidthProgress(common, axis, perSize, ConsoleBar.of(common, networks));
  }

  @Override
  public void measured(int done, int total, int value) {
    if (bar != null) {
      bar.stepTo(done);
      bar.setExtraMessage(axis.word() + " " + value);
    } else if (done % perSize == 0) {
      common.log("%s %d done, %d of %d networks".formatted(axis.word(), value, done, total));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
