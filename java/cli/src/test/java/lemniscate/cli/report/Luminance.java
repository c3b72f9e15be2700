package lemniscate.cli.report;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Relative luminance and contrast as WCAG 2.2 defines them. */
final class Luminance {

  private static final Pattern RGB = Pattern.compile("rgb\\((\\d+), (\\d+), (\\d+)\\)");

  private Luminance() {}

  /** From 0 (black) to 1 (white), of 0xRRGGBB. */
  static double of(int rgb) {
    return 0.2126 * linear(rgb >> 16 & 0xFF)
        + 0.7152 * linear(rgb >> 8 & 0xFF)
        + 0.0722 * linear(rgb & 0xFF);
  }

  /** Of a colour as browsers tell it, {@code rgb(r, g, b)}. */
  static double ofStyle(String colour) {
    Matcher rgb = RGB.matcher(colour);
    if (!rgb.matches()) {
      throw new AssertionError("not an opaque colour: " + colour);
    }
    return of(
        Integer.parseInt(rgb.group(1)) << 16
            | Integer.parseInt(rgb.group(2)) << 8
            | Integer.parseInt(rgb.group(3)));
  }

  private static double linear(int channel) {
    double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
  }

  /** From 1 to 21, of two luminances. */
  static double contrast(double a, double b) {
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
}
