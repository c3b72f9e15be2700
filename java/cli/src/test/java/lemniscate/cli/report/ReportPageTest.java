package lemniscate.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ReportPageTest {

  @TempDir private Path folder;

  private String written(ReportPage page) throws IOException {
    return Files.readString(page.write(folder, message -> {}));
  }

  @Test
  void holdsEverythingItself() throws IOException {
    String html = written(SampleReport.page());
    assertThat(html)
        .startsWith("<!DOCTYPE html>\n<html lang=\"en\">")
        .endsWith("</html>\n")
        .contains("<title>Transfer of &lt;learning rates&gt; &amp; widths</title>")
        .contains("≈ as expected")
        .contains("<td>μP &lt;b&gt;</td>")
        .contains("<td class=\"fail\">FAIL</td>")
        .contains("lemniscate transfer --out &#39;a folder&#39;")
        .contains("<th scope=\"row\">seed</th><td>7</td>")
        .doesNotContain("<th scope=\"row\">command line</th>")
        .doesNotContain("<script", "<img", "<link", "@import", "src=", "<b>");
    assertThat(html.replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("http:", "https:", "//");
    assertThat(html.split("<svg ", -1)).hasSize(1 + 4);
  }

  @Test
  void linksLeadToFilesBesideIt() throws IOException {
    Matcher link = Pattern.compile("href=\"([^\"]*)\"").matcher(written(SampleReport.page()));
    List<String> links = new ArrayList<>();
    while (link.find()) {
      links.add(link.group(1));
    }
    // Three for each of four figures, and the file that the study has written before.
    assertThat(links).hasSize(3 * 4 + 1).contains("transfer.svg", "limit.png", "curves.csv");
    links.remove("curves.csv");
    assertThat(links).allSatisfy(name -> assertThat(folder.resolve(name)).isNotEmptyFile());
  }

  @ParameterizedTest
  @EnumSource
  void saysItsVerdict(Verdict.Outcome outcome) throws IOException {
    String html = written(ReportPage.of("x", new Verdict(outcome, "Because of <y>.")));
    assertThat(html)
        .contains("class=\"verdict " + outcome.word().replace(' ', '-') + "\"")
        .contains(outcome.word() + "</strong>")
        .contains("Because of &lt;y&gt;.");
  }

  @Test
  void namesOfFiguresDiffer() {
    ReportPage page = SampleReport.page();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> page.with(SampleReport.limit()))
        .withMessageContaining("two figures named limit");
  }

  @Test
  void commandsCanBeTyped() {
    assertThat(
            PageMarkup.command(
                List.of("train", "--set", "net.width=64", "--out", "a b", "it's", "")))
        .isEqualTo("lemniscate train --set net.width=64 --out 'a b' 'it'\\''s' ''");
  }

  @Test
  void whatHasNoPlaceInMarkupIsDropped() {
    assertThat(Markup.escaped("a\u0000b\u001b<\u0085\ud83d\ude00\uffff&\"'>\ud800"))
        .isEqualTo("ab&lt;\ud83d\ude00&amp;&quot;&#39;&gt;");
  }

  @Test
  void rowsFitTheirHeader() {
    assertThatIllegalArgumentException().isThrownBy(() -> Table.of("t", "a", "b").with(1));
  }

  @Test
  void zeroHasNoSign() {
    assertThat(Table.number(-0.001, 2)).isEqualTo("0.00");
    assertThat(Table.number(-0.006, 2)).isEqualTo("-0.01");
    assertThat(Table.number(Double.NaN, 2)).isEqualTo("–");
  }
}
