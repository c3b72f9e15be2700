package lemniscate.cli.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import lemniscate.train.OutputFolder;

/**
 * The page of a study: a verdict, tables, figures, and what it came from. One HTML file that needs
 * nothing else: no scripts, no network.
 *
 * @param title of the page
 * @param verdict its banner
 * @param sections in their order
 * @param files other files of the folder, with what they hold
 * @param command the command line, without the name of the program
 * @param provenance facts about the run, by name
 */
public record ReportPage(
    String title,
    Verdict verdict,
    List<Section> sections,
    Map<String, String> files,
    List<String> command,
    Map<String, ?> provenance) {

  /** Name of the page in the folder of a study. */
  public static final String FILE = "report.html";

  /** A part of the page. */
  public sealed interface Section {
    /**
     * The beginning of a part with a verdict of its own.
     *
     * @param name of its anchor
     * @param title above it
     * @param verdict its banner
     */
    record Heading(String name, String title, Verdict verdict) implements Section {}

    /**
     * A paragraph.
     *
     * @param text without markup
     */
    record Text(String text) implements Section {}

    /**
     * Rows and columns.
     *
     * @param table what it holds
     */
    record Rows(Table table) implements Section {}

    /**
     * A drawing with its files.
     *
     * @param figure what it shows
     */
    record Drawing(Figure figure) implements Section {}
  }

  /** Copies everything; the names of figures must differ. */
  public ReportPage {
    sections = List.copyOf(sections);
    Set<String> names = new HashSet<>();
    for (Section section : sections) {
      if (section instanceof Section.Drawing(Figure figure) && !names.add(figure.name())) {
        throw new IllegalArgumentException("two figures named " + figure.name());
      }
    }
    files = new LinkedHashMap<>(files);
    command = List.copyOf(command);
    provenance = new LinkedHashMap<>(provenance);
  }

  /** {@return a page with a banner and nothing else} */
  public static ReportPage of(String title, Verdict verdict) {
    return new ReportPage(title, verdict, List.of(), Map.of(), List.of(), Map.of());
  }

  /** {@return this page with the beginning of a part that has a verdict of its own} */
  public ReportPage with(String name, String heading, Verdict own) {
    return with(new Section.Heading(name, heading, own));
  }

  /** {@return this page with a paragraph} */
  public ReportPage with(String text) {
    return with(new Section.Text(text));
  }

  /** {@return this page with a table} */
  public ReportPage with(Table table) {
    return with(new Section.Rows(table));
  }

  /** {@return this page with a figure} */
  public ReportPage with(Figure figure) {
    return with(new Section.Drawing(figure));
  }

  private ReportPage with(Section section) {
    List<Section> all = new ArrayList<>(sections);
    all.add(section);
    return new ReportPage(title, verdict, all, files, command, provenance);
  }

  /** {@return this page with a link to a file beside it} */
  public ReportPage withFile(String name, String holds) {
    Map<String, String> all = new LinkedHashMap<>(files);
    all.put(name, holds);
    return new ReportPage(title, verdict, sections, all, command, provenance);
  }

  /** {@return this page with what it came from} */
  public ReportPage from(List<String> commandLine, Map<String, ?> facts) {
    return new ReportPage(title, verdict, sections, files, commandLine, facts);
  }

  /**
   * Writes the page and the files of its figures.
   *
   * @param folder existing
   * @param log told if figures cannot be drawn as PNG
   * @return where the page is
   */
  public Path write(Path folder, Consumer<String> log) {
    boolean images = canDrawImages("figures are SVG and CSV only", log);
    Map<String, FigureFiles> drawings = new LinkedHashMap<>();
    for (Section section : sections) {
      if (section instanceof Section.Drawing(Figure figure)) {
        drawings.put(figure.name(), FigureFiles.write(figure, folder, images));
      }
    }
    try {
      // The last, and whole or not at all: a folder with a page holds a finished study.
      OutputFolder.replace(folder.resolve(FILE), PageMarkup.of(this, drawings));
      return folder.resolve(FILE);
    } catch (IOException e) {
      throw OutputFolder.unwrittenResult(folder.resolve(FILE), e);
    }
  }

  /**
   * Draws the figures alone.
   *
   * @param log told if they cannot be drawn as PNG
   * @return PNG files by the names of the figures, in the order of the page; empty if they cannot
   */
  public Map<String, byte[]> images(Consumer<String> log) {
    Map<String, byte[]> images = new LinkedHashMap<>();
    if (canDrawImages("figures are left out", log)) {
      for (Section section : sections) {
        if (section instanceof Section.Drawing(Figure figure)) {
          images.put(figure.name(), FigureFiles.png(new FigureDrawing(figure)));
        }
      }
    }
    return images;
  }

  private static boolean canDrawImages(String otherwise, Consumer<String> log) {
    String missing = ImageCanvas.missingFonts();
    if (missing != null) {
      log.accept(
          "warning: %s, for Java finds no fonts for PNG (%s); install fontconfig and a font, such as fonts-dejavu-core."
              .formatted(otherwise, missing));
    }
    return missing == null;
  }
}
