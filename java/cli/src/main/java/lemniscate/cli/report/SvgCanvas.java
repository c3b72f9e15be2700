package lemniscate.cli.report;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.svg.SVGProcessor;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.Graphics2D;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * A figure as SVG. Shapes carry their light colours as attributes, which every viewer understands,
 * and classes by which a style sheet exchanges them where the reader prefers dark pages. Text stays
 * text, so nothing depends on the fonts of the machine that writes it.
 */
final class SvgCanvas implements Canvas {

  private static final String FONTS =
      "system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif";

  private static final Pattern RGB = Pattern.compile("rgb\\((\\d+),(\\d+),(\\d+)\\)");
  private static final Pattern FRACTION = Pattern.compile("-?\\d+\\.\\d+(?:[eE]-?\\d+)?");
  private static final Pattern CLIP = Pattern.compile("url\\(#(.*)\\)");

  private static final int DECIMALS = 2;

  private final int width;
  private final int height;
  private final VectorGraphics2D shapes = new VectorGraphics2D();
  private final List<Label> labels = new ArrayList<>();

  /** Dark colours by the light ones they take the place of. */
  private final Map<Integer, Integer> inks = new TreeMap<>();

  SvgCanvas(int width, int height) {
    this.width = width;
    this.height = height;
  }

  @Override
  public Graphics2D shapes() {
    return shapes;
  }

  @Override
  public void uses(Ink ink) {
    inks.put(ink.light(), ink.dark());
  }

  @Override
  public void text(Label label) {
    labels.add(label);
    uses(label.ink());
  }

  /**
   * The drawing as an {@code svg} element, without prolog.
   *
   * @param id prefix of the identifiers in it
   */
  String element(String id, String title, String description) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            .formatted(width, height, width, height));
    svg.append(" role=\"img\" aria-labelledby=\"%s-title %s-desc\"".formatted(id, id));
    svg.append(" font-family=\"").append(Markup.escaped(FONTS)).append("\">\n");
    svg.append("<title id=\"%s-title\">".formatted(id)).append(Markup.escaped(title));
    svg.append("</title>\n<desc id=\"%s-desc\">".formatted(id));
    svg.append(Markup.escaped(description)).append("</desc>\n");
    svg.append("<style>").append(darkStyle()).append("</style>\n");
    Element drawn = drawn();
    Map<String, String> clips = new LinkedHashMap<>();
    children(drawn, child -> convert(child, id, clips, svg));
    labels.forEach(label -> append(label, svg));
    return svg.append("</svg>\n").toString();
  }

  private String darkStyle() {
    StringBuilder style = new StringBuilder("@media screen and (prefers-color-scheme:dark){");
    inks.forEach(
        (light, dark) ->
            style.append(
                ".%s{fill:%s}.%s{stroke:%s}"
                    .formatted(
                        className('f', light),
                        Ink.hex(dark),
                        className('s', light),
                        Ink.hex(dark))));
    return style.append('}').toString();
  }

  private static String className(char kind, int light) {
    return kind + Ink.hex(light).substring(1);
  }

  // ---------------------------------------------------------------- shapes

  private Element drawn() {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      new SVGProcessor()
          .getDocument(shapes.getCommands(), new PageSize(0, 0, width, height))
          .writeTo(bytes);
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
      return factory
          .newDocumentBuilder()
          .parse(new ByteArrayInputStream(bytes.toByteArray()))
          .getDocumentElement();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ParserConfigurationException | SAXException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void children(Element element, Consumer<Element> use) {
    for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element e) {
        use.accept(e);
      }
    }
  }

  private static void convert(
      Element element, String id, Map<String, String> clips, StringBuilder svg) {
    String name = element.getTagName();
    Map<String, String> style = style(element.getAttribute("style"));
    if ("0".equals(style.get("fill-opacity")) && "none".equals(style.get("stroke"))) {
      return;
    }
    svg.append('<').append(name);
    NamedNodeMap attributes = element.getAttributes();
    for (int i = 0; i < attributes.getLength(); i++) {
      String key = attributes.item(i).getNodeName();
      String value = attributes.item(i).getNodeValue();
      if (key.equals("id")) {
        attribute(svg, key, clip(value, id, clips));
      } else if (key.equals("clip-path")) {
        Matcher url = CLIP.matcher(value);
        attribute(svg, key, url.matches() ? "url(#" + clip(url.group(1), id, clips) + ")" : "none");
      } else if (!key.equals("style")) {
        attribute(svg, key, rounded(value));
      }
    }
    append(style, svg);
    if (element.hasChildNodes()) {
      svg.append(">\n");
      children(element, child -> convert(child, id, clips, svg));
      svg.append("</").append(name).append(">\n");
    } else {
      svg.append("/>\n");
    }
  }

  private static String clip(String drawnId, String id, Map<String, String> clips) {
    return clips.computeIfAbsent(drawnId, _ -> id + "-clip-" + clips.size());
  }

  private static Map<String, String> style(String text) {
    Map<String, String> style = new LinkedHashMap<>();
    for (String declaration : text.split(";")) {
      int colon = declaration.indexOf(':');
      if (colon > 0) {
        style.put(
            declaration.substring(0, colon).strip(), declaration.substring(colon + 1).strip());
      }
    }
    return style;
  }

  private static void append(Map<String, String> style, StringBuilder svg) {
    List<String> classes = new ArrayList<>();
    style.forEach(
        (key, value) -> {
          Matcher rgb = RGB.matcher(value);
          if (rgb.matches()) {
            int light =
                Integer.parseInt(rgb.group(1)) << 16
                    | Integer.parseInt(rgb.group(2)) << 8
                    | Integer.parseInt(rgb.group(3));
            attribute(svg, key, Ink.hex(light));
            classes.add(className(key.charAt(0), light));
          } else {
            attribute(svg, key, rounded(value));
          }
        });
    if (!classes.isEmpty()) {
      attribute(svg, "class", String.join(" ", classes));
    }
  }

  private static void attribute(StringBuilder svg, String key, String value) {
    svg.append(' ').append(key).append("=\"").append(Markup.escaped(value)).append('"');
  }

  private static String rounded(String numbers) {
    return FRACTION
        .matcher(numbers)
        .replaceAll(
            number ->
                new BigDecimal(number.group())
                    .setScale(DECIMALS, RoundingMode.HALF_EVEN)
                    .stripTrailingZeros()
                    .toPlainString());
  }

  // ---------------------------------------------------------------- text

  private static void append(Label label, StringBuilder svg) {
    svg.append("<text");
    String x = rounded(Double.toString(label.x()));
    String y = rounded(Double.toString(label.y()));
    if (label.upwards()) {
      attribute(svg, "transform", "translate(" + x + " " + y + ") rotate(-90)");
    } else {
      attribute(svg, "x", x);
      attribute(svg, "y", y);
    }
    attribute(svg, "font-size", Integer.toString(label.size()));
    if (label.bold()) {
      attribute(svg, "font-weight", "600");
    }
    switch (label.anchor()) {
      case START -> {}
      case MIDDLE -> attribute(svg, "text-anchor", "middle");
      case END -> attribute(svg, "text-anchor", "end");
    }
    attribute(svg, "fill", Ink.hex(label.ink().light()));
    attribute(svg, "class", className('f', label.ink().light()));
    svg.append('>').append(Markup.escaped(label.text())).append("</text>\n");
  }
}
