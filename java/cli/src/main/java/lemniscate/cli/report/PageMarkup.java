package lemniscate.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lemniscate.text.ShellWords;

/** The HTML of a page. */
final class PageMarkup {

  private static final String PROGRAM = "lemniscate";
  private static final String STYLE = "report.css";

  /** Among the facts; it has its own place on the page. */
  private static final String COMMAND_LINE = "commandLine";

  /** Forbids everything but the page's own style: no scripts, no network. */
  private static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'";

  /** Cells that are set flush right. */
  private static final Pattern NUMBER =
      Pattern.compile("[-−+]?[\\d.,]+(?:e[-+]?\\d+)?(?: ?%)?|–", Pattern.CASE_INSENSITIVE);

  private final ReportPage page;
  private final StringBuilder html = new StringBuilder();

  private PageMarkup(ReportPage page) {
    this.page = page;
  }

  /**
   * The whole page.
   *
   * @param drawings what was written for each figure, by its name
   */
  static String of(ReportPage page, Map<String, FigureFiles> drawings) {
    PageMarkup markup = new PageMarkup(page);
    markup.head();
    for (ReportPage.Section section : page.sections()) {
      switch (section) {
        case ReportPage.Section.Heading(String name, String title, Verdict verdict) ->
            markup.heading(name, title, verdict);
        case ReportPage.Section.Text(String text) -> markup.element("p", text);
        case ReportPage.Section.Rows(Table table) -> markup.table(table);
        case ReportPage.Section.Drawing(Figure figure) ->
            markup.figure(figure, Objects.requireNonNull(drawings.get(figure.name())));
      }
    }
    markup.files();
    markup.origin();
    markup.html.append("</main>\n</body>\n</html>\n");
    return markup.html.toString();
  }

  private void head() {
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .append(Markup.escaped(POLICY))
        .append("\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=\"color-scheme\" content=\"light dark\">\n");
    element("title", page.title());
    html.append("<style>\n").append(style()).append("</style>\n</head>\n<body>\n<main>\n");
    element("h1", page.title());
    verdict(page.verdict());
  }

  private void heading(String name, String title, Verdict verdict) {
    html.append("<h2 id=\"")
        .append(Markup.escaped(name))
        .append("\">")
        .append(Markup.escaped(title))
        .append("</h2>\n");
    verdict(verdict);
  }

  private void verdict(Verdict verdict) {
    html.append("<p class=\"verdict ")
        .append(verdict.outcome().word().replace(' ', '-'))
        .append("\"><strong>")
        .append(sign(verdict.outcome()))
        .append(' ')
        .append(verdict.outcome().word())
        .append("</strong> <span>")
        .append(Markup.escaped(verdict.line()))
        .append("</span></p>\n");
  }

  // Beside the colour, for those who do not see it.
  private static char sign(Verdict.Outcome outcome) {
    return switch (outcome) {
      case PASS -> '✓';
      case FAIL -> '✗';
      case INCONCLUSIVE -> '?';
      case AS_EXPECTED -> '≈';
      case MEASURED -> '•';
    };
  }

  private static String style() {
    try (InputStream in = PageMarkup.class.getResourceAsStream(STYLE)) {
      if (in == null) {
        throw new IllegalStateException(STYLE + " is not among the program's resources");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void element(String name, String text) {
    html.append('<').append(name).append('>').append(Markup.escaped(text));
    html.append("</").append(name).append(">\n");
  }

  private void table(Table table) {
    openScroll("table scroll", table.caption());
    html.append("<table>\n");
    element("caption", table.caption());
    html.append("<thead><tr>");
    for (int column = 0; column < table.header().size(); column++) {
      html.append("<th scope=\"col\"")
          .append(isNumeric(table, column) ? " class=\"number\"" : "")
          .append('>')
          .append(Markup.escaped(table.header().get(column)))
          .append("</th>");
    }
    html.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : table.rows()) {
      html.append("<tr>");
      for (int column = 0; column < row.size(); column++) {
        String cell = row.get(column);
        String look =
            switch (cell) {
              case "pass" -> "pass";
              case "FAIL" -> "fail";
              default -> isNumeric(table, column) ? "number" : "";
            };
        html.append("<td")
            .append(look.isEmpty() ? "" : " class=\"" + look + "\"")
            .append('>')
            .append(Markup.escaped(cell))
            .append("</td>");
      }
      html.append("</tr>\n");
    }
    html.append("</tbody>\n</table>\n</div>\n");
  }

  private static boolean isNumeric(Table table, int column) {
    return !table.rows().isEmpty()
        && table.rows().stream().allMatch(row -> NUMBER.matcher(row.get(column)).matches());
  }

  // Whoever has no mouse can scroll it too.
  private void openScroll(String look, String name) {
    html.append("<div class=\"%s\" role=\"region\" tabindex=\"0\" aria-label=\"".formatted(look))
        .append(Markup.escaped(name))
        .append("\">\n");
  }

  private void figure(Figure figure, FigureFiles files) {
    html.append("<figure id=\"figure-").append(figure.name()).append("\">\n");
    openScroll("scroll", figure.title());
    html.append(files.svg()).append("</div>\n<figcaption>");
    html.append(Markup.escaped(figure.caption())).append(" <span>");
    html.append(link(figure.name() + ".svg", "SVG")).append(" · ");
    if (files.image()) {
      html.append(link(figure.name() + ".png", "PNG")).append(" · ");
    }
    html.append(link(figure.name() + ".csv", "numbers (CSV)"));
    html.append("</span></figcaption>\n</figure>\n");
  }

  private static String link(String file, String text) {
    return "<a href=\"" + Markup.escaped(file) + "\">" + Markup.escaped(text) + "</a>";
  }

  private void files() {
    if (page.files().isEmpty()) {
      return;
    }
    element("h2", "Files");
    html.append("<ul>\n");
    page.files()
        .forEach(
            (name, holds) ->
                html.append("<li>")
                    .append(link(name, name))
                    .append(": ")
                    .append(Markup.escaped(holds))
                    .append("</li>\n"));
    html.append("</ul>\n");
  }

  private void origin() {
    if (!page.command().isEmpty()) {
      element("h2", "Command");
      html.append("<pre><code>").append(Markup.escaped(command(page.command())));
      html.append("</code></pre>\n");
    }
    if (page.provenance().isEmpty()) {
      return;
    }
    element("h2", "Provenance");
    html.append("<div class=\"table scroll\">\n<table>\n<tbody>\n");
    Map<String, Object> facts = new LinkedHashMap<>(page.provenance());
    facts.remove(COMMAND_LINE);
    facts.forEach(
        (name, value) ->
            html.append("<tr><th scope=\"row\">")
                .append(Markup.escaped(words(name)))
                .append("</th><td>")
                .append(Markup.escaped(value(value)))
                .append("</td></tr>\n"));
    html.append("</tbody>\n</table>\n</div>\n");
  }

  /** As it is typed in a shell of Unix. */
  static String command(List<String> arguments) {
    return ShellWords.line(Stream.concat(Stream.of(PROGRAM), arguments.stream()).toList());
  }

  // configHash becomes config hash.
  private static String words(String name) {
    return name.replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
  }

  private static String value(Object value) {
    return switch (value) {
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> entry.getKey() + ": " + entry.getValue())
              .collect(Collectors.joining(", "));
      case List<?> list -> list.stream().map(String::valueOf).collect(Collectors.joining(", "));
      default -> String.valueOf(value);
    };
  }
}
