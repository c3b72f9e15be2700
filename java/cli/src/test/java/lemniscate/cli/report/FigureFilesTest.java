package lemniscate.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class FigureFilesTest {

  @TempDir private Path folder;

  static List<Figure> figures() {
    return List.of(
        SampleReport.transfer(), SampleReport.limit(), SampleReport.grid(), SampleReport.hues());
  }

  private Document svg(Figure figure) throws Exception {
    FigureFiles.write(figure, folder, false);
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    factory.setNamespaceAware(true);
    return factory.newDocumentBuilder().parse(folder.resolve(figure.name() + ".svg").toFile());
  }

  private static List<Element> elements(Document document, String name) {
    NodeList found = document.getElementsByTagNameNS("http://www.w3.org/2000/svg", name);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  @ParameterizedTest
  @MethodSource("figures")
  void svgIsWellFormedAndRefersToNothingOutside(Figure figure) throws Exception {
    Document document = svg(figure);
    assertThat(elements(document, "title").getFirst().getTextContent()).isEqualTo(figure.title());
    assertThat(elements(document, "desc").getFirst().getTextContent()).isEqualTo(figure.caption());
    String text = Files.readString(folder.resolve(figure.name() + ".svg"));
    assertThat(text.replace("xmlns=\"http://www.w3.org/2000/svg\"", ""))
        .doesNotContain(
            "http", "href", "<script", "<image", "@import", "DOCTYPE", "NaN", "Infinity");
    Set<String> ids = new HashSet<>();
    for (Element element : elements(document, "*")) {
      if (element.hasAttribute("id")) {
        assertThat(ids.add(element.getAttribute("id"))).isTrue();
        assertThat(element.getAttribute("id")).startsWith(figure.name() + "-");
      }
    }
    assertThat(ids)
        .containsAll(
            text.lines()
                .filter(line -> line.contains("url(#"))
                .map(line -> line.replaceAll(".*url\\(#([^)]*)\\).*", "$1"))
                .toList());
  }

  @ParameterizedTest
  @MethodSource("figures")
  void everyColourHasItsDarkOne(Figure figure) throws Exception {
    Document document = svg(figure);
    String style = elements(document, "style").getFirst().getTextContent();
    int coloured = 0;
    for (Element element : elements(document, "*")) {
      for (String kind : List.of("fill", "stroke")) {
        if (element.getAttribute(kind).startsWith("#")) {
          String name = kind.charAt(0) + element.getAttribute(kind).substring(1);
          assertThat(element.getAttribute("class").split(" ")).contains(name);
          assertThat(style).contains("." + name + "{" + kind + ":#");
          coloured++;
        }
      }
    }
    assertThat(coloured).isGreaterThan(20);
  }

  @ParameterizedTest
  @MethodSource("figures")
  void theSameFigureGivesTheSameBytes(Figure figure) throws IOException {
    Path again = Files.createDirectory(folder.resolve("again"));
    FigureFiles.write(figure, folder, true);
    FigureFiles.write(figure, again, true);
    for (String end : List.of(".csv", ".svg", ".png")) {
      assertThat(again.resolve(figure.name() + end))
          .hasSameBinaryContentAs(folder.resolve(figure.name() + end));
    }
  }

  @Test
  void pngShowsTheSeries() throws IOException {
    FigureFiles.write(SampleReport.transfer(), folder, true);
    BufferedImage image = ImageIO.read(new File(folder.toFile(), "transfer.png"));
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        colours.add(image.getRGB(x, y) & 0xFFFFFF);
      }
    }
    for (int w = 0; w < SampleReport.WIDTHS.length; w++) {
      assertThat(colours).contains(Ink.of(Tone.shade(w, SampleReport.WIDTHS.length)).light());
    }
  }

  /** Corners of the plot from its frame, points from its markers, both as the SVG says them. */
  @Test
  void pointsAreWhereTheirValuesAre() throws Exception {
    Series series =
        Series.line(
            "a", Tone.of(Tone.Hue.BLUE), new double[] {2, 8, 32}, new double[] {1, 100, 10});
    Figure figure =
        Figure.of(
            "places",
            "",
            "",
            new Panel(
                "",
                Axis.log2("x").within(1, 64),
                Axis.log10("y").within(0.1, 1000),
                List.of(series)));
    Document document = svg(figure);
    // Those of the legend come later. Of 560 x 320 pixels, 6 octaves and 4 decades.
    List<Element> circles = elements(document, "ellipse");
    double[][] expected = {{560 / 6.0, 240}, {560 * 3 / 6.0, 80}, {560 * 5 / 6.0, 160}};
    for (int i = 0; i < expected.length; i++) {
      // Numbers are rounded to two decimals.
      assertThat(Double.parseDouble(circles.get(i).getAttribute("cx")))
          .isCloseTo(expected[i][0], within(0.01));
      assertThat(Double.parseDouble(circles.get(i).getAttribute("cy")))
          .isCloseTo(expected[i][1], within(0.01));
    }
  }

  @Test
  void divergedRunsAreCrossesAndInterruptTheirLine() throws Exception {
    List<Series.Point> points = new ArrayList<>();
    for (int x = 0; x < 6; x++) {
      points.add(x == 2 ? Series.Point.diverged(x) : Series.Point.of(x, x + 1));
    }
    Figure figure =
        Figure.of(
            "crosses",
            "",
            "",
            new Panel(
                "",
                Axis.linear("x"),
                Axis.linear("y"),
                List.of(Series.line("", Tone.of(Tone.Hue.BLUE), points))));
    Document document = svg(figure);
    String ink = Ink.hex(Ink.of(Tone.of(Tone.Hue.BLUE)).light());
    List<Element> lines =
        elements(document, "line").stream()
            .filter(line -> line.getAttribute("stroke").equals(ink))
            .toList();
    // Of five pieces the two at the missing point are gone; two strokes are the cross.
    assertThat(lines).hasSize(3 + 2);
    assertThat(elements(document, "text")).extracting(Element::getTextContent).contains("diverged");
  }

  @Test
  void nothingToShowIsDrawnNevertheless() throws Exception {
    Series diverged =
        Series.line(
            "a", Tone.shade(0, 1), List.of(Series.Point.diverged(1), Series.Point.diverged(2)));
    Series nonPositive =
        Series.line("b", Tone.shade(0, 1), List.of(Series.Point.of(0, 0), Series.Point.of(-1, 1)));
    Panel panel = new Panel("", Axis.log2("x"), Axis.log10("y"), List.of(diverged, nonPositive));
    assertThat(elements(svg(Figure.of("empty", "", "", panel)), "text")).isNotEmpty();
    Panel none = new Panel("", Axis.linear("x"), Axis.linear("y"), List.of());
    assertThat(elements(svg(Figure.of("none", "", "", none)), "text")).isNotEmpty();
  }

  @Test
  void sharedPanelsHaveTheSameTicks() throws Exception {
    Document document = svg(SampleReport.transfer());
    List<String> texts = elements(document, "text").stream().map(Element::getTextContent).toList();
    // Horizontal ticks under both panels, vertical ones beside the first.
    assertThat(texts.stream().filter("2⁻⁶"::equals)).hasSize(2);
    assertThat(texts.stream().filter("1000"::equals)).hasSize(1);
    assertThat(texts.stream().filter("training loss"::equals)).hasSize(1);
  }

  @Test
  void csvHasEveryNumber() {
    Panel panel =
        new Panel(
            "SP, \"wide\"",
            Axis.linear("x"),
            Axis.linear("y"),
            List.of(
                Series.line(
                        "w,1",
                        Tone.shade(0, 1),
                        List.of(Series.Point.of(0.1, 2, 1.5, 2.5), Series.Point.diverged(0.2)))
                    .withMark("optimum", 0.1, 2),
                Series.guide("expected", List.of(Series.Point.of(1, 3)))));
    assertThat(FigureCsv.of(Figure.of("f", "", "", panel)))
        .isEqualTo(
            """
            panel,series,kind,x,y,low,high
            "SP, ""wide\""","w,1",value,0.1,2.0,1.5,2.5
            "SP, ""wide\""","w,1",diverged,0.2,,,
            "SP, ""wide\""","w,1",optimum,0.1,2.0,,
            "SP, ""wide\""",expected,guide,1.0,3.0,,
            """);
  }

  @Test
  void badNamesAndShadesAreRefused() {
    Panel panel = new Panel("", Axis.linear("x"), Axis.linear("y"), List.of());
    assertThatIllegalArgumentException().isThrownBy(() -> Figure.of("../x", "", "", panel));
    assertThatIllegalArgumentException().isThrownBy(() -> Tone.shade(3, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> Axis.log10("y").within(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> Axis.linear("y").within(1, 1));
  }
}
