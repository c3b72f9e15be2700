package lemniscate.cli.report;

/**
 * What tells a series from the others: a hue with its dashes, and a shade of it with its marker and
 * line width. Shades run from light to dark on a light background and from dark to light on a dark
 * one, so their order stays visible in grey.
 *
 * @param hue what the series belongs to, such as a learning rule
 * @param index place among the shades of the hue, from 0; such as the rank of a width
 * @param count how many shades there are
 */
public record Tone(Hue hue, int index, int count) {

  /** Families of colours. */
  public enum Hue {
    /** Solid. */
    BLUE,
    /** Dashed. */
    ORANGE,
    /** Dash-dotted. */
    GREEN,
    /** Dotted. */
    PURPLE,
    /** For what is expected or only context. */
    GREY
  }

  /** Grey, for guides. */
  public static final Tone NEUTRAL = new Tone(Hue.GREY, 0, 1);

  /** Checks the place. */
  public Tone {
    if (index < 0 || index >= count) {
      throw new IllegalArgumentException("shade " + index + " of " + count);
    }
  }

  /** {@return the shade of one of several widths, from the narrowest (0) to the widest} */
  public static Tone shade(int index, int count) {
    return new Tone(Hue.BLUE, index, count);
  }

  /** {@return one of many series that have no order: hues in turn, then further shades of them} */
  public static Tone nth(int index, int count) {
    Hue[] hues = {Hue.BLUE, Hue.ORANGE, Hue.GREEN, Hue.PURPLE};
    return new Tone(
        hues[index % hues.length], index / hues.length, Math.ceilDiv(count, hues.length));
  }

  /** {@return one of several series that have no order} */
  public static Tone of(Hue hue) {
    return new Tone(hue, 0, 1);
  }
}
