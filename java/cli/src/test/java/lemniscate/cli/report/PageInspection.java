package lemniscate.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;

/** Looks at a page in a browser, in light and dark, for everything that should not be. */
final class PageInspection {

  /** Wide enough for every figure at its own size. */
  private static final int WINDOW_WIDTH = 1200;

  private static final int WINDOW_HEIGHT = 900;

  /** Lines, text and their smoothed edges make dozens; an empty card makes a handful. */
  private static final int FEWEST_COLOURS = 24;

  /** Of text on its background (WCAG 2.2, level AA). */
  private static final double CONTRAST = 4.5;

  private static final String SURVEY =
      """
      (() => {
        const box = e => { const r = e.getBoundingClientRect();
          return {left: r.left + scrollX, top: r.top + scrollY, width: r.width, height: r.height}; };
        const figures = [...document.querySelectorAll('figure')].map(f => {
          const svg = f.querySelector('svg');
          return { id: f.id, box: svg ? box(svg) : null,
            marks: svg ? svg.querySelectorAll('line,ellipse,path').length : 0,
            background: svg ? getComputedStyle(
              [...svg.querySelectorAll('rect')].find(r => !r.closest('defs'))).fill : null,
            texts: svg ? [...svg.querySelectorAll('text')].map(t =>
              ({text: t.textContent, box: box(t), colour: getComputedStyle(t).fill})) : [] };
        });
        const body = getComputedStyle(document.body);
        return { title: document.title, figures, background: body.backgroundColor, ink: body.color,
          verdict: document.querySelector('.verdict')?.getBoundingClientRect().height ?? 0,
          wider: document.documentElement.scrollWidth > innerWidth,
          tables: [...document.querySelectorAll('.table.scroll')].filter(
            t => t.scrollWidth > t.clientWidth).map(t => t.getAttribute('aria-label') ?? ''),
          height: document.documentElement.scrollHeight };
      })()
      """;

  private final Chromium chromium;
  private final List<String> defects = new ArrayList<>();

  private PageInspection(Chromium chromium) {
    this.chromium = chromium;
  }

  /**
   * What is wrong with a page; nothing if it is as it should be.
   *
   * @param figures how many it should have
   */
  static List<String> defects(Chromium chromium, Path page, int figures)
      throws IOException, InterruptedException {
    PageInspection inspection = new PageInspection(chromium);
    for (String scheme : List.of("light", "dark")) {
      inspection.inspect(page, scheme, figures);
    }
    return inspection.defects;
  }

  private void inspect(Path page, String scheme, int figures)
      throws IOException, InterruptedException {
    chromium.call(
        "Emulation.setDeviceMetricsOverride",
        Map.of(
            "width",
            WINDOW_WIDTH,
            "height",
            WINDOW_HEIGHT,
            "deviceScaleFactor",
            1,
            "mobile",
            false));
    chromium.call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    chromium.open(page);
    JsonNode survey = chromium.evaluate(SURVEY);
    BufferedImage image = screenshot(survey.get("height").asInt());
    events(page, scheme);
    expect(!survey.get("title").asText().isBlank(), scheme, "no title");
    expect(survey.get("verdict").asDouble() > 0, scheme, "no verdict is seen");
    expect(!survey.get("wider").asBoolean(), scheme, "the page is wider than the window");
    survey
        .get("tables")
        .forEach(table -> defects.add(scheme + ": no room for table '" + table.asText() + "'"));
    expect(
        survey.get("figures").size() == figures,
        scheme,
        survey.get("figures").size() + " figures instead of " + figures);
    colours(scheme, "page", survey.get("background").asText(), survey.get("ink").asText());
    for (JsonNode figure : survey.get("figures")) {
      figure(scheme, figure, image);
    }
  }

  private void figure(String scheme, JsonNode figure, BufferedImage image) {
    String id = figure.get("id").asText();
    JsonNode box = figure.get("box");
    if (box.isNull()) {
      defects.add(scheme + ": " + id + " has no drawing");
      return;
    }
    expect(size(box, "width") > 100 && size(box, "height") > 100, scheme, id + " has no size");
    expect(figure.get("marks").asInt() > 0, scheme, id + " shows no data");
    List<JsonNode> texts = new ArrayList<>();
    figure.get("texts").forEach(texts::add);
    for (int i = 0; i < texts.size(); i++) {
      String text = id + ", '" + texts.get(i).get("text").asText() + "'";
      colours(scheme, text, figure.get("background").asText(), texts.get(i).get("colour").asText());
      JsonNode own = texts.get(i).get("box");
      expect(size(own, "width") > 0 && size(own, "height") > 0, scheme, text + " is not seen");
      expect(inside(own, box), scheme, text + " leaves the drawing: " + own + " in " + box);
      for (int j = 0; j < i; j++) {
        expect(
            !overlap(own, texts.get(j).get("box")),
            scheme,
            text + " overlaps '" + texts.get(j).get("text").asText() + "'");
      }
    }
    expect(coloursIn(image, box) >= FEWEST_COLOURS, scheme, id + " is blank on the screen");
  }

  private static double size(JsonNode box, String name) {
    return box.get(name).asDouble();
  }

  private static boolean inside(JsonNode inner, JsonNode outer) {
    return size(inner, "left") >= size(outer, "left")
        && size(inner, "top") >= size(outer, "top")
        && end(inner, "left", "width") <= end(outer, "left", "width")
        && end(inner, "top", "height") <= end(outer, "top", "height");
  }

  private static double end(JsonNode box, String start, String length) {
    return size(box, start) + size(box, length);
  }

  // Boxes of lines hold room for accents and descenders, which may touch.
  private static boolean overlap(JsonNode a, JsonNode b) {
    double spare = 3;
    return size(a, "left") + spare < end(b, "left", "width")
        && size(b, "left") + spare < end(a, "left", "width")
        && size(a, "top") + spare < end(b, "top", "height")
        && size(b, "top") + spare < end(a, "top", "height");
  }

  // ---------------------------------------------------------------- what the page tells

  private void events(Path page, String scheme) {
    for (JsonNode event : chromium.events()) {
      JsonNode told = event.path("params");
      switch (event.path("method").asText()) {
        case "Runtime.exceptionThrown" ->
            defects.add(scheme + ": script error: " + told.get("exceptionDetails"));
        case "Runtime.consoleAPICalled" ->
            expect(
                !told.get("type").asText().matches("error|warning|assert"),
                scheme,
                "console: " + told.get("args"));
        case "Log.entryAdded" ->
            expect(
                !told.get("entry").get("level").asText().matches("error|warning"),
                scheme,
                "console: " + told.get("entry").get("text").asText());
        case "Network.requestWillBeSent" -> {
          String address = told.get("request").get("url").asText();
          expect(
              address.equals(page.toUri().toString()) || address.startsWith("data:"),
              scheme,
              "asks for " + address);
        }
        default -> {}
      }
    }
  }

  private void expect(boolean right, String scheme, String defect) {
    if (!right) {
      defects.add(scheme + ": " + defect);
    }
  }

  // ---------------------------------------------------------------- colours

  private BufferedImage screenshot(int height) throws IOException, InterruptedException {
    JsonNode shot =
        chromium.call(
            "Page.captureScreenshot",
            Map.of(
                "format",
                "png",
                "captureBeyondViewport",
                true,
                "clip",
                Map.of("x", 0, "y", 0, "width", WINDOW_WIDTH, "height", height, "scale", 1)));
    return ImageIO.read(
        new ByteArrayInputStream(Base64.getDecoder().decode(shot.get("data").asText())));
  }

  private static int coloursIn(BufferedImage image, JsonNode box) {
    Set<Integer> colours = new HashSet<>();
    int right = (int) Math.min(image.getWidth(), end(box, "left", "width"));
    int bottom = (int) Math.min(image.getHeight(), end(box, "top", "height"));
    for (int y = (int) size(box, "top"); y < bottom; y++) {
      for (int x = (int) size(box, "left"); x < right; x++) {
        colours.add(image.getRGB(x, y));
      }
      if (colours.size() >= FEWEST_COLOURS) {
        break;
      }
    }
    return colours.size();
  }

  private void colours(String scheme, String what, String background, String ink) {
    double ground = Luminance.ofStyle(background);
    expect(
        scheme.equals("light") ? ground > 0.8 : ground < 0.05,
        scheme,
        what + " stands on " + background);
    expect(
        Luminance.contrast(ground, Luminance.ofStyle(ink)) >= CONTRAST,
        scheme,
        what + ": " + ink + " on " + background);
  }
}
