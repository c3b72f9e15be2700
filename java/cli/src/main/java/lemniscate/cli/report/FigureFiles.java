package lemniscate.cli.report;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What was written for a figure.
 *
 * @param svg its drawing as an {@code svg} element, to be put into a page
 * @param image whether there is a PNG
 */
record FigureFiles(String svg, boolean image) {

  private static final String PROLOG = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  /**
   * Writes a figure as {@code name.csv}, {@code name.svg} and {@code name.png}. The same figure
   * gives the same CSV and SVG on any machine.
   *
   * @param folder existing
   * @param image whether to write the PNG, which takes fonts
   */
  static FigureFiles write(Figure figure, Path folder, boolean image) {
    FigureDrawing drawing = new FigureDrawing(figure);
    SvgCanvas svg = new SvgCanvas(drawing.width(), drawing.height());
    drawing.paint(svg);
    String element = svg.element(figure.name(), figure.title(), figure.caption());
    Path file = folder.resolve(figure.name() + ".csv");
    try {
      Files.writeString(file, FigureCsv.of(figure));
      file = folder.resolve(figure.name() + ".svg");
      Files.writeString(file, PROLOG + element);
      if (image) {
        file = folder.resolve(figure.name() + ".png");
        ImageCanvas pixels = new ImageCanvas(drawing.width(), drawing.height());
        drawing.paint(pixels);
        try (OutputStream out = Files.newOutputStream(file)) {
          pixels.write(out);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
    return new FigureFiles(element, image);
  }
}
