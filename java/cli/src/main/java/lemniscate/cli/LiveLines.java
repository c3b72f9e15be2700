package lemniscate.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/**
 * Lines at the bottom of a terminal that are drawn again and again in place. Between two drawings
 * the cursor stands at the start of the line below them and nothing is hidden or switched, so that
 * the terminal is in order however the process ends.
 */
final class LiveLines {

  private static final String ESCAPE = "\u001b[";
  private static final String ERASE_LINE_END = ESCAPE + "K";
  private static final String ERASE_BELOW = ESCAPE + "J";

  private final PrintStream out;
  private final Supplier<TerminalSize> size;
  private List<Integer> lengths = List.of();

  LiveLines(PrintStream out, Supplier<TerminalSize> size) {
    this.out = out;
    this.size = size;
  }

  /** Puts lines in the place of those before; leaves out what the terminal has no room for. */
  synchronized void draw(List<String> lines) {
    show("", lines);
  }

  /** Writes a line that stays, above the others. */
  synchronized void above(String line, List<String> lines) {
    show(line, lines);
  }

  /** Takes the lines away. */
  synchronized void clear() {
    show("", List.of());
  }

  private void show(String above, List<String> lines) {
    TerminalSize now = size.get();
    StringBuilder text = new StringBuilder();
    int up = lengths.stream().mapToInt(length -> rows(length, now.columns())).sum();
    // Lines that were pushed off the top cannot be reached, and are not to be.
    up = Math.min(up, now.rows() - 1);
    text.append('\r');
    if (up > 0) {
      text.append(ESCAPE).append(up).append('A');
    }
    if (!above.isEmpty()) {
      text.append(above).append(ERASE_LINE_END).append('\n');
    }
    // One column and one row stay free: a full line would wrap, a full screen scroll.
    List<String> shown =
        lines.stream()
            .limit(Math.max(1, now.rows() - 1))
            .map(line -> Fit.line(line, now.columns() - 1))
            .toList();
    shown.forEach(line -> text.append(line).append(ERASE_LINE_END).append('\n'));
    text.append(ERASE_BELOW);
    out.print(text);
    out.flush();
    lengths = shown.stream().map(String::length).toList();
  }

  // The terminal may have become narrower since the line was drawn, and have wrapped it.
  private static int rows(int length, int columns) {
    return Math.max(1, Math.ceilDiv(length, columns));
  }
}
