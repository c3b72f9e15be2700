package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class LiveLinesTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private TerminalSize size = new TerminalSize(20, 6);
  private final LiveLines lines =
      new LiveLines(new PrintStream(bytes, true, StandardCharsets.UTF_8), () -> size);

  /** A screen without end downwards that knows the few control sequences in use. */
  private List<String> screen(int columns) {
    List<StringBuilder> rows = new ArrayList<>(List.of(new StringBuilder()));
    int row = 0;
    int column = 0;
    Matcher matcher =
        Pattern.compile("\u001b\\[(\\d*)([AJK])|(\r)|(\n)|([^\u001b\r\n])")
            .matcher(bytes.toString(StandardCharsets.UTF_8));
    int end = 0;
    while (matcher.find()) {
      assertThat(matcher.start()).as("nothing else is sent").isEqualTo(end);
      end = matcher.end();
      if (matcher.group(5) != null) {
        if (column == columns) {
          row++;
          column = 0;
        }
        while (rows.size() <= row) {
          rows.add(new StringBuilder());
        }
        StringBuilder text = rows.get(row);
        while (text.length() <= column) {
          text.append(' ');
        }
        text.setCharAt(column++, matcher.group(5).charAt(0));
      } else if (matcher.group(3) != null) {
        column = 0;
      } else if (matcher.group(4) != null) {
        row++;
        column = 0;
        while (rows.size() <= row) {
          rows.add(new StringBuilder());
        }
      } else if (matcher.group(2).equals("A")) {
        row = Math.max(0, row - Integer.parseInt(matcher.group(1)));
      } else {
        rows.get(row).setLength(Math.min(rows.get(row).length(), column));
        if (matcher.group(2).equals("J")) {
          rows.subList(row + 1, rows.size()).clear();
        }
      }
    }
    assertThat(end).isEqualTo(bytes.toString(StandardCharsets.UTF_8).length());
    assertThat(column).as("the cursor is at the start of a line").isZero();
    assertThat(row).as("below the lines").isEqualTo(rows.size() - 1);
    return rows.stream().map(StringBuilder::toString).toList();
  }

  @Test
  void drawsInPlace() {
    lines.draw(List.of("one long line", "two", "three"));
    lines.draw(List.of("one", "TWO"));
    assertThat(screen(20)).containsExactly("one", "TWO", "");
    lines.draw(List.of("1", "2", "3"));
    assertThat(screen(20)).containsExactly("1", "2", "3", "");
    lines.clear();
    assertThat(screen(20)).containsExactly("");
  }

  @Test
  void whatStaysIsAbove() {
    lines.draw(List.of("a", "b"));
    lines.above("stays", List.of("c"));
    lines.draw(List.of("d"));
    assertThat(screen(20)).containsExactly("stays", "d", "");
  }

  @Test
  void cutsWhatHasNoRoom() {
    size = new TerminalSize(10, 4);
    lines.draw(List.of("0123456789", "b", "c", "d", "e"));
    assertThat(screen(10)).containsExactly("012345678", "b", "c", "");
  }

  @Test
  void linesThatANarrowerTerminalWrapsGoAwayToo() {
    lines.draw(List.of("0123456789", "b"));
    // What such a terminal shows now is three rows.
    bytes.reset();
    bytes.writeBytes("012345\n6789\nb\n".getBytes(StandardCharsets.UTF_8));
    size = new TerminalSize(6, 6);
    lines.draw(List.of("x"));
    assertThat(screen(6)).containsExactly("x", "");
  }
}
