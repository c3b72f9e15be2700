package lemniscate.cli.report;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What was written for a figure.
 *
 * @param svg its drawing as an {@code svg} element, to be put into a page
 * @param image whether there is a PNG
 */
public record FigureFiles(String svg, boolean image) {

  private static final String PROLOG = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  /**
   * Writes a figure as {@code name.csv}, {@code name.svg} and, where Java finds fonts, {@code
   * name.png}. The same figure gives the same CSV and SVG on any machine.
   *
   * @param folder existing
   * @param log told if there is no PNG, and why
   */
  public static FigureFiles write(Figure figure, Path folder, Consumer<String> log) {
    FigureDrawing drawing = new FigureDrawing(figure);
    SvgCanvas svg = new SvgCanvas(drawing.width(), drawing.height());
    drawing.paint(svg);
    String element = svg.element(figure.name(), figure.title(), figure.caption());
    String missing = ImageCanvas.missingFonts();
    Path file = folder.resolve(figure.name() + ".csv");
    try {
      Files.writeString(file, FigureCsv.of(figure));
      file = folder.resolve(figure.name() + ".svg");
      Files.writeString(file, PROLOG + element);
      if (missing == null) {
        file = folder.resolve(figure.name() + ".png");
        ImageCanvas image = new ImageCanvas(drawing.width(), drawing.height());
        drawing.paint(image);
        try (OutputStream out = Files.newOutputStream(file)) {
          image.write(out);
        }
      } else {
        log.accept(
            "warning: no %s.png, for Java finds no fonts on this machine (%s); SVG and CSV are"
                    .formatted(figure.name(), missing)
                + " there. For PNG install fontconfig and a font, such as fonts-dejavu-core.");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
    return new FigureFiles(element, missing == null);
  }
}
