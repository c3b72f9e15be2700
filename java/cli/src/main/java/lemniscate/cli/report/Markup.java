package lemniscate.cli.report;

/** Text in HTML and SVG. */
final class Markup {

  private Markup() {}

  /** Text as content or as a value in double quotes; what XML has no place for is dropped. */
  static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> {
                  if (isCharacter(c)) {
                    escaped.appendCodePoint(c);
                  }
                }
              }
            });
    return escaped.toString();
  }

  // XML 1.0, section 2.2, less the control characters that HTML refuses.
  private static boolean isCharacter(int c) {
    return c == '\t'
        || c == '\n'
        || c >= 0x20 && c < 0x7F
        || c > 0x9F && c < 0xD800
        || c > 0xDFFF && c < 0xFFFE
        || c > 0xFFFF;
  }
}
