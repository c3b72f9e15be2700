package lemniscate.cli.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import lemniscate.train.OutputFolder;

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
    put(folder.resolve(figure.name() + ".csv"), FigureCsv.of(figure));
    put(folder.resolve(figure.name() + ".svg"), PROLOG + element);
    if (image) {
      put(folder.resolve(figure.name() + ".png"), png(drawing));
    }
    return new FigureFiles(element, image);
  }

  /** {@return a drawing as a PNG file} */
  static byte[] png(FigureDrawing drawing) {
    ImageCanvas pixels = new ImageCanvas(drawing.width(), drawing.height());
    drawing.paint(pixels);
    return pixels.png();
  }

  private static void put(Path file, String text) {
    put(file, text.getBytes(StandardCharsets.UTF_8));
  }

  // Whole or not at all, but not synced: they are drawn again.
  private static void put(Path file, byte[] contents) {
    try {
      OutputFolder.replace(file, temporary -> Files.write(temporary, contents));
    } catch (IOException e) {
      throw OutputFolder.unwrittenResult(file, e);
    }
  }
}
