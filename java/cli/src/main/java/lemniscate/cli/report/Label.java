package lemniscate.cli.report;

/**
 * A line of text in a figure.
 *
 * @param text what it says
 * @param x of its anchor, in pixels from the left
 * @param y of its base line, in pixels from the top
 * @param anchor which part of it is at x
 * @param size of the font, in pixels
 * @param bold whether it is a title
 * @param upwards whether it runs from bottom to top
 * @param ink its colour
 */
record Label(
    String text,
    double x,
    double y,
    Anchor anchor,
    int size,
    boolean bold,
    boolean upwards,
    Ink ink) {

  /** Which part of a text is at its place. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  /** Widths of characters in shares of the size: a generous guess that suits every plain font. */
  static double width(String text, int size) {
    return size * text.codePoints().mapToDouble(Label::width).sum();
  }

  private static double width(int character) {
    if ("⁰¹²³⁴⁵⁶⁷⁸⁹⁻".indexOf(character) >= 0) {
      return 0.42;
    }
    if (" .,:;'|!()[]ijlftr-·".indexOf(character) >= 0) {
      return 0.4;
    }
    return "mwMW".indexOf(character) >= 0 || Character.isUpperCase(character) ? 0.85 : 0.63;
  }
}
