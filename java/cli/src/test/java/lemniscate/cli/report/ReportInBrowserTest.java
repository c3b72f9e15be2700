package lemniscate.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import lemniscate.cli.Main;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages as a reader opens them: from disk, without a network, in light and dark. */
@Tag("browser")
final class ReportInBrowserTest {

  private static final String POLICY = "<meta http-equiv=\"Content-Security-Policy\"[^>]*>";

  @TempDir private static Path profile;
  private static Chromium chromium;

  @TempDir private Path folder;

  @BeforeAll
  static void startBrowser() throws IOException, InterruptedException {
    chromium = Chromium.start(profile);
  }

  @AfterAll
  static void endBrowser() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @Test
  void sampleIsFreeOfDefects() throws IOException, InterruptedException {
    assertThat(PageInspection.defects(chromium, sample(html -> html), 4)).isEmpty();
  }

  @Test
  void coordinateCheckIsFreeOfDefects() throws IOException, InterruptedException {
    ByteArrayOutputStream messages = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(messages);
    String[] command = {
      "coord-check",
      "--widths",
      "16,32,64",
      "--seeds",
      "2",
      "--backend",
      "reference",
      "--out",
      folder.toString()
    };
    assertThat(Main.run(command, stream, stream)).as(messages.toString()).isZero();
    assertThat(PageInspection.defects(chromium, folder.resolve(ReportPage.FILE), 3)).isEmpty();
  }

  // ---------------------------------------------------------------- the inspection finds what it
  // should

  @Test
  void findsScriptErrors() throws IOException, InterruptedException {
    Path page = sample(html -> html.replaceAll(POLICY, "<script>missing();</script>"));
    assertThat(PageInspection.defects(chromium, page, 4)).anyMatch(d -> d.contains("script error"));
  }

  @Test
  void findsScriptsThatThePolicyForbids() throws IOException, InterruptedException {
    Path page = sample(html -> html.replace("</main>", "<script>1;</script></main>"));
    assertThat(PageInspection.defects(chromium, page, 4))
        .anyMatch(d -> d.contains("Content Security Policy"));
  }

  @Test
  void findsWhatComesFromElsewhere() throws IOException, InterruptedException {
    String image = "<img alt=\"\" src=\"https://example.invalid/x.png\">";
    Path open = sample(html -> html.replaceAll(POLICY, "").replace("</main>", image + "</main>"));
    assertThat(PageInspection.defects(chromium, open, 4))
        .anyMatch(d -> d.contains("asks for https://example.invalid/x.png"));
  }

  @Test
  void findsMissingFigures() throws IOException, InterruptedException {
    Path none = sample(html -> html.replaceFirst("(?s)<figure.*?</figure>", ""));
    assertThat(PageInspection.defects(chromium, none, 4))
        .anyMatch(d -> d.contains("3 figures instead of 4"));
    Path empty = sample(html -> html.replaceFirst("(?s)<svg.*?</svg>", ""));
    assertThat(PageInspection.defects(chromium, empty, 4))
        .containsExactly(
            "light: figure-transfer has no drawing", "dark: figure-transfer has no drawing");
    Path blank = sample(html -> html.replaceFirst("<svg ", "<svg style=\"visibility:hidden\" "));
    assertThat(PageInspection.defects(chromium, blank, 4))
        .anyMatch(d -> d.contains("figure-transfer is blank"));
  }

  @Test
  void findsOverlappingLabels() throws IOException, InterruptedException {
    Path page = sample(html -> html.replace(">width 128<", ">width 128 and more than fits<"));
    assertThat(PageInspection.defects(chromium, page, 4)).anyMatch(d -> d.contains("leaves"));
    Path longer = sample(html -> html.replace(">2⁻⁹<", ">a tick with a long label<"));
    assertThat(PageInspection.defects(chromium, longer, 4)).anyMatch(d -> d.contains("overlaps"));
  }

  @Test
  void findsPagesThatStayLight() throws IOException, InterruptedException {
    Path page = sample(html -> html.replace("prefers-color-scheme", "prefers-no-scheme"));
    assertThat(PageInspection.defects(chromium, page, 4))
        .isNotEmpty()
        .allMatch(d -> d.startsWith("dark: "));
  }

  private Path sample(UnaryOperator<String> change) throws IOException {
    Path page = SampleReport.page().write(folder, message -> {});
    return Files.writeString(page, change.apply(Files.readString(page)));
  }
}
