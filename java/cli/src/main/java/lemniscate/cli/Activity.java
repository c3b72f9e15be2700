package lemniscate.cli;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Shows that something goes on, once it has taken a while: a line with a bar that goes away in the
 * end on a terminal, a line of the log elsewhere, nothing if quiet.
 */
final class Activity implements AutoCloseable {

  private static final int DELAY_MILLIS = 1000;
  private static final int UPDATE_MILLIS = 200;
  private static final int BAR_COLUMNS = 32;
  private static final double NANOS = 1e9;
  private static final double MILLIS = 1e3;

  private final CommonOptions common;
  private final boolean drawn;
  private final Supplier<TerminalSize> size;
  private final LiveLines lines;
  private final RepeatedDrawing drawing;
  private final long start = System.nanoTime();
  private volatile Amount amount;
  private volatile boolean shown;

  /** What goes on, and how much of it is done of how much; a total of 0 is not known. */
  private record Amount(String what, long done, long total) {
    String line(double seconds, int columns) {
      return Activity.line(what, seconds, done, total, columns);
    }
  }

  private Activity(CommonOptions common, String what) {
    this.common = common;
    this.amount = new Amount(what, 0, 0);
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
    update(amount.what(), done, total);
  }

  /** Tells what goes on now, and how much of it is done; a total of 0 is not known. */
  void update(String what, long done, long total) {
    amount = new Amount(what, done, total);
  }

  /** A line of the log, which the display must not be drawn over. */
  synchronized void log(String line) {
    if (drawn && shown) {
      lines.above(line, List.of(line()));
    } else {
      common.log(line);
    }
  }

  private double seconds() {
    return (System.nanoTime() - start) / NANOS;
  }

  private String line() {
    return amount.line(seconds(), size.get().columns());
  }

  private synchronized void tick() {
    if (seconds() * MILLIS < DELAY_MILLIS) {
      return;
    }
    if (drawn) {
      lines.draw(List.of(line()));
    } else if (!shown) {
      common.log(amount.what() + " ...");
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
