package lemniscate.cli;

import lemniscate.study.WidthLimitStudy;
import org.jspecify.annotations.Nullable;

/** A bar over the work on a terminal, a line for each width elsewhere, nothing if quiet. */
final class LimitProgress implements WidthLimitStudy.Progress, AutoCloseable {

  private static final long WHOLE = 100;

  private final CommonOptions common;
  private final int seeds;
  private final @Nullable LiveBar bar;

  private LimitProgress(CommonOptions common, int seeds, @Nullable LiveBar bar) {
    this.common = common;
    this.seeds = seeds;
    this.bar = bar;
  }

  static LimitProgress of(CommonOptions common, WidthLimitStudy study) {
    LiveBar bar = LiveBar.of(common, 0, WHOLE);
    if (bar != null) {
      bar.message("width " + study.widths().getFirst());
    }
    return new LimitProgress(common, study.seeds(), bar);
  }

  @Override
  public void on(double done, int width, int seed, boolean finished) {
    if (bar != null) {
      bar.stepTo(Math.round(WHOLE * done));
      bar.message("width %d, seed %d of %d".formatted(width, seed, seeds));
    } else if (finished && seed == seeds) {
      common.log("width %d done, %.0f %% of the work".formatted(width, WHOLE * done));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
