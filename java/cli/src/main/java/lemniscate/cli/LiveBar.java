package lemniscate.cli;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A bar on standard error that is drawn in place by a thread of its own, as wide as the terminal is
 * at the time. Its last state stays on the screen.
 */
final class LiveBar implements AutoCloseable {

  private static final int UPDATE_MILLIS = 200;
  private static final int BAR_COLUMNS = 32;
  private static final double NANOS = 1e9;

  private final CommonOptions common;
  private final Supplier<TerminalSize> size;
  private final LiveLines lines;
  private final RepeatedDrawing drawing;
  private final long start = System.nanoTime();
  private final long before;
  private volatile long done;
  private volatile long total;
  private volatile String message = "";

  private LiveBar(CommonOptions common, long done, long total) {
    this.common = common;
    this.before = done;
    this.done = done;
    this.total = total;
    this.size = new TerminalSizeProbe();
    this.lines = new LiveLines(common.streams().err(), size);
    this.drawing = RepeatedDrawing.start(this::draw, UPDATE_MILLIS);
    common.logAbove(this::above);
  }

  /**
   * A new bar; null where nothing is to be drawn.
   *
   * @param done what earlier sessions have done
   * @param total to be done, with that
   */
  static @Nullable LiveBar of(CommonOptions common, long done, long total) {
    return common.draws() ? new LiveBar(common, done, total) : null;
  }

  /** Tells how much is done; cheap. */
  void stepTo(long now) {
    done = now;
  }

  /** Tells how much there is to do. */
  void total(long now) {
    total = now;
  }

  /** What stands behind the bar: fields, two spaces apart, the most important first. */
  void message(String now) {
    message = now;
  }

  private void above(String line) {
    lines.above(line, List.of(line()));
  }

  private String line() {
    double seconds = (System.nanoTime() - start) / NANOS;
    return line(before, done, total, seconds, message, size.get().columns());
  }

  private void draw() {
    lines.draw(List.of(line()));
  }

  /**
   * The line.
   *
   * @param before done when the clock began
   * @param columns of the terminal, of which the last stays free
   */
  static String line(
      long before, long done, long total, double seconds, String message, int columns) {
    double fraction = total > 0 ? (double) done / total : 0;
    String left =
        done <= before || done >= total
            ? ""
            : "  left " + ProgressText.clock(seconds / (done - before) * (total - done));
    String rest =
        String.format(
            Locale.ROOT,
            "%3.0f %%  %d/%d%s  %s%s",
            Math.floor(100 * fraction),
            done,
            total,
            left,
            ProgressText.clock(seconds),
            message.isEmpty() ? "" : "  " + message);
    // The bar shrinks before a field goes.
    String bar = ProgressText.bar(fraction, Math.min(BAR_COLUMNS, columns - rest.length() - 2));
    return Fit.line(bar.isEmpty() ? rest.stripLeading() : bar + " " + rest, columns - 1);
  }

  /** Leaves how far it came on the screen. */
  @Override
  public void close() {
    drawing.close();
    common.logAbove(null);
    draw();
  }
}
