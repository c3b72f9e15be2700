package lemniscate.cli;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows that something goes on, once it has taken a while: a line with a bar that goes away in the
 * end on a terminal, a line of the log elsewhere, nothing if quiet.
 */
final class Activity implements AutoCloseable {

  private static final int DELAY_MILLIS = 1000;
  private static final int UPDATE_MILLIS = 200;
  private static final int BAR_COLUMNS = 32;
  private static final double NANOS = 1e9;

  private final CommonOptions common;
  private final String what;
  private final boolean drawn;
  private final Supplier<TerminalSize> size;
  private final LiveLines lines;
  private final RepeatedDrawing drawing;
  private final long start = System.nanoTime();
  private boolean shown;
  private volatile @Nullable Amount amount;

  /** How much is done of how much. */
  private record Amount(long done, long total) {}

  private Activity(CommonOptions common, String what) {
    this.common = common;
    this.what = what;
    this.drawn = common.draws();
    this.size = drawn ? new TerminalSizeProbe() : () -> TerminalSize.USUAL;
    this.lines = new LiveLines(common.streams().err(), size);
    this.drawing = RepeatedDrawing.start(this::tick, UPDATE_MILLIS);
  }

  /**
   * Begins; it ends when the result is closed.
   *
   * @param what goes on, such as "reading mnist"
   */
  static Activity of(CommonOptions common, String what) {
    return new Activity(common, what);
  }

  /** Tells how much is done, from any thread; cheap. */
  void update(long done, long total) {
    amount = new Amount(done, total);
  }

  private void tick() {
    double seconds = (System.nanoTime() - start) / NANOS;
    if (seconds * 1e3 < DELAY_MILLIS) {
      return;
    }
    if (drawn) {
      Amount now = amount;
      lines.draw(
          List.of(
              now == null
                  ? line(what, seconds, 0, 0, size.get().columns())
                  : line(what, seconds, now.done(), now.total(), size.get().columns())));
    } else if (!shown) {
      common.log(what + " ...");
    }
    shown = true;
  }

  /**
   * The line.
   *
   * @param total 0 if unknown
   */
  static String line(String what, double seconds, long done, long total, int columns) {
    String clock = ProgressText.clock(seconds);
    if (total <= 0) {
      return what + "  " + clock;
    }
    double fraction = (double) done / total;
    String rest =
        String.format(Locale.ROOT, "%3.0f %%  %s  %s", Math.floor(100 * fraction), what, clock);
    String bar = ProgressText.bar(fraction, Math.min(BAR_COLUMNS, columns - rest.length() - 2));
    return bar.isEmpty() ? rest : bar + " " + rest;
  }

  @Override
  public void close() {
    drawing.close();
    if (drawn && shown) {
      lines.clear();
    }
  }
}
