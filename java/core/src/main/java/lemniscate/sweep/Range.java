package lemniscate.sweep;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import lemniscate.random.Philox4x32;

/** Where random search draws the values of a key from. */
sealed interface Range {

  /** Digits of a drawn number: a search needs no more, and people can read and type it again. */
  MathContext DIGITS = new MathContext(6);

  /**
   * The value at a point of [0, 1).
   *
   * @param whole whether the key takes integers only
   */
  String at(double point, boolean whole);

  /** Evenly over the logarithms of [low, high]. */
  record Log(double low, double high) implements Range {
    @Override
    public String at(double point, boolean whole) {
      double log = StrictMath.log(low) + point * (StrictMath.log(high) - StrictMath.log(low));
      return number(Math.clamp(StrictMath.exp(log), low, high), whole);
    }
  }

  /** Evenly over [low, high]. */
  record Uniform(double low, double high) implements Range {
    @Override
    public String at(double point, boolean whole) {
      return number(low + point * (high - low), whole);
    }
  }

  /** Evenly over low, low·2^step, low·4^step, … up to high. */
  record Log2(double low, double high, double step) implements Range {
    // Of the logarithm, so that a high end that is a step from the low one counts in.
    private static final double ROUNDING = 1e-9;

    @Override
    public String at(double point, boolean whole) {
      double octaves = StrictMath.log(high / low) / StrictMath.log(2);
      int steps = (int) Math.floor(octaves / step + ROUNDING);
      int chosen = (int) (point * (steps + 1));
      return number(low * StrictMath.pow(2, chosen * step), whole);
    }
  }

  /** Evenly over a list. */
  record Choice(List<String> values) implements Range {
    @Override
    public String at(double point, boolean whole) {
      return values.get((int) (point * values.size()));
    }
  }

  private static String number(double value, boolean whole) {
    BigDecimal decimal = new BigDecimal(whole ? Math.rint(value) : value);
    return whole ? decimal.toBigInteger().toString() : decimal.round(DIGITS).toString();
  }

  /**
   * A number in [0, 1) that is a function of its arguments alone: more draws, or more keys, leave
   * the earlier ones as they were.
   */
  static double point(long seed, String key, int draw) {
    byte[] hash = HexFormat.of().parseHex(Trial.sha256(key));
    int[] words = new int[Philox4x32.WORDS];
    Philox4x32.block(seed, draw, ByteBuffer.wrap(hash).getLong(), words, 0);
    long bits = (words[0] & 0xFFFFFFFFL) << 21 ^ (words[1] & 0xFFFFFFFFL) >>> 11;
    return bits * 0x1p-53;
  }
}
