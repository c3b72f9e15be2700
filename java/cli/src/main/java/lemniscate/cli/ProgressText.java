package lemniscate.cli;

import java.util.Locale;

/** Bars and durations in plain characters. */
final class ProgressText {

  private static final int MINUTE = 60;
  private static final int HOUR = 60 * MINUTE;
  private static final double LARGE = 1e5;

  private ProgressText() {}

  /**
   * A bar, such as {@code [===> ]}.
   *
   * @param fraction done, in [0, 1]
   * @param columns with the brackets; none is drawn in fewer than 5
   */
  static String bar(double fraction, int columns) {
    if (columns < 5) {
      return "";
    }
    int inside = columns - 2;
    int filled = (int) Math.floor(Math.clamp(fraction, 0, 1) * inside);
    String head = filled < inside ? ">" : "";
    return "[" + "=".repeat(filled) + head + " ".repeat(inside - filled - head.length()) + "]";
  }

  /** A loss, of few characters however large. */
  static String loss(double loss) {
    return String.format(Locale.ROOT, Math.abs(loss) < LARGE ? "%.4f" : "%.2e", loss);
  }

  /** {@code 0:07}, {@code 12:30} or {@code 3:05:00}. */
  static String clock(double seconds) {
    long whole = Math.round(seconds);
    long minutes = whole % HOUR / MINUTE;
    return whole < HOUR
        ? "%d:%02d".formatted(minutes, whole % MINUTE)
        : "%d:%02d:%02d".formatted(whole / HOUR, minutes, whole % MINUTE);
  }
}
