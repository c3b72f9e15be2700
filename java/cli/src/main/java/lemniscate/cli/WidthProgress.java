package lemniscate.cli;

import lemniscate.study.CoordinateStudy;
import lemniscate.study.NetworkAxis;
import org.jspecify.annotations.Nullable;

/** A bar over the networks on a terminal, a line for each size elsewhere, nothing if quiet. */
final class WidthProgress implements CoordinateStudy.Progress, AutoCloseable {

  private final CommonOptions common;
  private final NetworkAxis axis;
  private final int sizes;
  private final @Nullable LiveBar bar;

  private WidthProgress(CommonOptions common, NetworkAxis axis, int sizes, @Nullable LiveBar bar) {
    this.common = common;
    this.axis = axis;
    this.sizes = sizes;
    this.bar = bar;
  }

  /**
   * Shows the progress of a study.
   *
   * @param networks in all, as far as is known
   * @param axis what differs
   * @param sizes how many; networks of one size are measured one after the other
   */
  static WidthProgress of(CommonOptions common, int networks, NetworkAxis axis, int sizes) {
    return new WidthProgress(common, axis, sizes, LiveBar.of(common, 0, networks));
  }

  @Override
  public void measured(int done, int total, int value) {
    if (bar != null) {
      bar.total(total);
      bar.stepTo(done);
      bar.message(axis.word() + " " + value);
    } else if (done % (total / sizes) == 0) {
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
