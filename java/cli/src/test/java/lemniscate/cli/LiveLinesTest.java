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
  void leavesOutWhatHasNoRoom() {
    size = new TerminalSize(10, 4);
    lines.draw(List.of("loss 0.25  12", "b", "c", "d", "e"));
    assertThat(screen(10)).containsExactly("loss 0.25", "b", "c", "");
  }

  @Test
  void noNumberIsCut() {
    String line = "  trial 12   50 %  step 50/100  loss 0.2188  rule=pc seed=1";
    assertThat(Fit.line(line, 59)).isEqualTo(line);
    assertThat(Fit.line(line, 58)).isEqualTo("  trial 12   50 %  step 50/100  loss 0.2188");
    assertThat(Fit.line(line, 30)).isEqualTo("  trial 12   50 %  step 50/100");
    assertThat(Fit.line(line, 29)).isEqualTo("  trial 12   50 %");
    assertThat(Fit.line("best of 1234", 9)).isEqualTo("best of…");
    assertThat(Fit.line("examples", 5)).isEqualTo("exam…");
    assertThat(Fit.line("123456", 5)).isEqualTo("…");
    for (int columns = 1; columns < 70; columns++) {
      String cut = Fit.line(line, columns);
      assertThat(cut.length()).isLessThanOrEqualTo(columns);
      for (String word : cut.replace("…", "").split(" +")) {
        if (word.chars().anyMatch(Character::isDigit)) {
          assertThat(line.split(" +")).contains(word);
        }
      }
    }
  }

  @Test
  void aBarShrinksBeforeFieldsGo() {
    assertThat(LiveBar.line(20, 40, 100, 10, "loss 0.2500  512 ex/s", 80))
        .isEqualTo(
            "[=========>             ]  40 %  40/100  left 0:30  0:10  loss 0.2500  512 ex/s");
    assertThat(LiveBar.line(20, 40, 100, 10, "loss 0.2500  512 ex/s", 50))
        .isEqualTo("40 %  40/100  left 0:30  0:10  loss 0.2500");
    assertThat(LiveBar.line(20, 40, 100, 10, "loss 0.2500", 14)).isEqualTo("40 %  40/100");
    assertThat(LiveBar.line(0, 0, 9, 1, "", 80)).endsWith("]   0 %  0/9  0:01");
    assertThat(ProgressText.loss(2.4e38)).isEqualTo("2.40e+38");
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
