package lemniscate.cli.report;

import java.awt.Color;
import java.util.Locale;

/**
 * A colour on a light background and its counterpart on a dark one, as 0xRRGGBB. Figures are drawn
 * in the light one; a style sheet exchanges them.
 *
 * @param light on {@link #SURFACE}'s light colour
 * @param dark on its dark colour
 */
record Ink(int light, int dark) {

  /** What figures are drawn on. */
  static final Ink SURFACE = new Ink(0xFFFFFF, 0x161B22);

  /** Text. */
  static final Ink TEXT = new Ink(0x1F2328, 0xE6EDF3);

  /** Labels of ticks. */
  static final Ink LABEL = new Ink(0x57606A, 0x9DA7B3);

  /** Frames of panels. */
  static final Ink FRAME = new Ink(0x8C959F, 0x6E7681);

  /** Lines at ticks. */
  static final Ink GRID = new Ink(0xE4E7EB, 0x2B323B);

  /** How visible the area of a band is. */
  private static final double BAND = 0.2;

  /** The colour of a series: from the first end of its hue to the last, straight in sRGB. */
  static Ink of(Tone tone) {
    Ink first = first(tone.hue());
    Ink last = last(tone.hue());
    // A single shade is a clear one, not the palest.
    double way = tone.count() == 1 ? 0.5 : tone.index() / (tone.count() - 1.0);
    return new Ink(mix(first.light, last.light, way), mix(first.dark, last.dark, way));
  }

  private static Ink first(Tone.Hue hue) {
    return switch (hue) {
      case BLUE -> new Ink(0x4A98D2, 0x3F7CB4);
      case ORANGE -> new Ink(0xD9782D, 0xB5662A);
      case GREEN -> new Ink(0x379F6B, 0x3A8A5F);
      case PURPLE -> new Ink(0xAE74CB, 0x8F5CAB);
      case GREY -> new Ink(0x808A95, 0x7D8590);
    };
  }

  private static Ink last(Tone.Hue hue) {
    return switch (hue) {
      case BLUE -> new Ink(0x0A2350, 0xD8ECFF);
      case ORANGE -> new Ink(0x571F00, 0xFFE3C7);
      case GREEN -> new Ink(0x06341D, 0xD2F7E0);
      case PURPLE -> new Ink(0x390F52, 0xF2DEFF);
      case GREY -> new Ink(0x5C6670, 0xA3ACB8);
    };
  }

  private static int mix(int from, int to, double way) {
    int mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      double a = from >> shift & 0xFF;
      double b = to >> shift & 0xFF;
      mixed |= (int) Math.round(a + way * (b - a)) << shift;
    }
    return mixed;
  }

  /** For drawing. */
  Color color() {
    return new Color(light);
  }

  /** For the area of a band. */
  Color pale() {
    return new Color(light >> 16 & 0xFF, light >> 8 & 0xFF, light & 0xFF, (int) (255 * BAND));
  }

  /** As style sheets write it. */
  static String hex(int rgb) {
    return String.format(Locale.ROOT, "#%06x", rgb);
  }
}
