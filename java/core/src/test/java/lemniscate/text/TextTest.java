package lemniscate.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts from outside do no harm to terminals, shells and spreadsheets. */
final class TextTest {

  @Test
  void aTerminalActsOnNothing() {
    String text = "a\u001b[31m\u009b\u007f\r\n\t\u202e\u2066\u2028é日\ud83d\ude00\ud800";
    String shown = Shown.printable(text);
    assertThat(shown)
        .isEqualTo("a\\x1B[31m\\x9B\\x7F\\x0D\\x0A\\x09\\u202E\\u2066\\u2028é日\ud83d\ude00\\uD800");
    assertThat(Shown.printable(shown)).as("what it wrote it leaves").isEqualTo(shown);
    assertThat(Shown.printableLines("a\tb\n\u0007")).isEqualTo("a\tb\n\\x07");
  }

  @Test
  void messagesHaveAnEnd() {
    String message =
        new BadInputException("f.yaml:3: key is " + "x\n".repeat(60_000) + "; remove it.")
            .getMessage();
    assertThat(message)
        .startsWith("f.yaml:3: key is x\\x0A")
        .endsWith("; remove it.")
        .contains("characters left out")
        .hasSizeLessThan(4 * Shown.LONGEST_MESSAGE)
        .doesNotContain("\n");
  }

  @Test
  void longNamesAndListsAreShortened() {
    assertThat(Shown.quoted("k".repeat(60_000))).isEqualTo("'" + "k".repeat(60) + "…'");
    assertThat(Shown.quoted("k".repeat(59) + "\ud83d\ude00"))
        .as("no half of a pair")
        .isEqualTo("'" + "k".repeat(59) + "…'");
    assertThat(Shown.list(List.of("a", "b\u001b"))).isEqualTo("a, b\\x1B");
    assertThat(Shown.list(IntStream.range(0, 1_000_000).boxed().toList()))
        .isEqualTo("0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … (999988 more)");
    assertThat(Shown.list(Collections.nCopies(2, "n".repeat(100_000)))).hasSizeLessThan(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "two words",
        "it's",
        "$HOME;`id`",
        "a\\b",
        "\u001b[31m",
        "é日",
        "tab\t'",
        "-x",
        "*"
      })
  void aShellReadsTheWord(String word) throws IOException, InterruptedException {
    Process bash =
        new ProcessBuilder("bash", "-c", "printf %s " + ShellWords.word(word))
            .redirectErrorStream(true)
            .start();
    String read = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    bash.waitFor();
    assertThat(read).isEqualTo(word);
    assertThat(Shown.printable(ShellWords.word(word))).isEqualTo(ShellWords.word(word));
  }

  @Test
  void pathsAreNoOptions() {
    assertThat(ShellWords.path(Path.of("-rf"))).isEqualTo("./-rf");
    assertThat(ShellWords.path(Path.of("runs/a b"))).isEqualTo("'runs/a b'");
    assertThat(ShellWords.path(Path.of("runs/demo"))).isEqualTo("runs/demo");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "=1+1 | '=1+1",
        "+cmd | '+cmd",
        "-a | '-a",
        "@SUM(A1) | '@SUM(A1)",
        "=HYPERLINK(\"x\",1) | \"'=HYPERLINK(\"\"x\"\",1)\"",
        "-1.5 | -1.5",
        "+3e-7 | +3e-7",
        "-.5E+10 | -.5E+10",
        "-Infinity | -Infinity",
        "a,b | \"a,b\"",
        "plain | plain",
      })
  void aSpreadsheetRunsNothing(String cell, String written) {
    assertThat(new Csv("x").row(cell).toString()).isEqualTo("x\n" + written + "\n");
  }

  @Test
  void numbersStayNumbers() {
    assertThat(new Csv("a", "b").row(-1.5, null).row(-3, "\ttab").toString())
        .isEqualTo("a,b\n-1.5,\n-3,'\ttab\n");
    assertThat(Csv.number(Double.NaN)).isEmpty();
  }
}
