package lemniscate.cli.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Where an axis has ticks, and what stands beside them. */
final class Ticks {

  /** Fewer say too little about a scale. */
  private static final int FEWEST = 3;

  /** Relative to a step: rounding must not cost the last tick. */
  private static final double SLACK = 1e-9;

  private static final double[] STEPS = {1, 2, 5, 10};

  /** Digits that share a decade out evenly enough; the first that gives enough ticks. */
  private static final double[][] PARTS = {{1, 2, 5}, {1, 3}, {1, 2, 3, 5}, {1, 1.5, 2, 3, 5, 7}};

  /** Powers of two up to here are written out. */
  private static final int LAST_WRITTEN_POWER = 20;

  /** Decades from 10^this … */
  private static final int FIRST_WRITTEN_DECADE = -3;

  /** … to 10^this are written out. */
  private static final int LAST_WRITTEN_DECADE = 4;

  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  private Ticks() {}

  /**
   * A tick.
   *
   * @param position in units of the scale
   * @param label what stands beside it
   */
  record Tick(double position, String label) {}

  /**
   * Ticks between two positions.
   *
   * @param low lower end, in units of the scale
   * @param high upper end
   * @param most so many or fewer
   */
  static List<Tick> of(Scale scale, double low, double high, int most) {
    List<Tick> ticks =
        switch (scale) {
          case LINEAR -> List.of();
          case LOG2 -> powersOfTwo(low, high, most);
          case LOG10 -> decades(low, high, most);
        };
    for (int i = 0; i < PARTS.length && scale == Scale.LOG10 && ticks.size() < FEWEST; i++) {
      List<Tick> finer = partsOfDecades(PARTS[i], low, high, most);
      ticks = finer.size() >= FEWEST ? finer : ticks;
    }
    return ticks.size() < FEWEST ? differences(scale, low, high, most) : ticks;
  }

  /**
   * The next place below or above a position at which a tick may stand.
   *
   * @param way -1 below, 1 above
   */
  static double next(Scale scale, double position, int way) {
    double from = position + way * SLACK;
    if (scale != Scale.LOG10) {
      return way < 0 ? Math.floor(from) : Math.ceil(from);
    }
    double decade = Math.floor(from);
    double best = way < 0 ? decade : decade + 1;
    for (double digit : PARTS[PARTS.length - 1]) {
      double at = decade + Math.log10(digit);
      if (way < 0 && at <= from) {
        best = Math.max(best, at);
      } else if (way > 0 && at >= from) {
        best = Math.min(best, at);
      }
    }
    return best;
  }

  private static List<Tick> powersOfTwo(double low, double high, int most) {
    List<Integer> exponents = integers(low, high, most);
    boolean written =
        exponents.stream().allMatch(exponent -> exponent >= -1 && exponent <= LAST_WRITTEN_POWER);
    return exponents.stream()
        .map(e -> new Tick(e, written ? plain(Math.pow(2, e)) : "2" + superscript(e)))
        .toList();
  }

  private static List<Tick> decades(double low, double high, int most) {
    List<Integer> exponents = integers(low, high, most);
    boolean written =
        exponents.stream()
            .allMatch(
                exponent -> exponent >= FIRST_WRITTEN_DECADE && exponent <= LAST_WRITTEN_DECADE);
    return exponents.stream()
        .map(e -> new Tick(e, written ? plain(Math.pow(10, e)) : "10" + superscript(e)))
        .toList();
  }

  private static List<Tick> partsOfDecades(double[] parts, double low, double high, int most) {
    List<Tick> ticks = new ArrayList<>();
    for (int decade = (int) Math.floor(low); decade <= high; decade++) {
      for (double digit : parts) {
        double position = decade + Math.log10(digit);
        if (position >= low - SLACK && position <= high + SLACK) {
          ticks.add(new Tick(position, scientific(digit, decade)));
        }
      }
    }
    return ticks.size() > most ? List.of() : ticks;
  }

  // Round values at equal differences, wherever the scale puts them.
  private static List<Tick> differences(Scale scale, double low, double high, int most) {
    double from = scale.value(low);
    double to = scale.value(high);
    double step = step(from, to, most);
    int decimals = Math.max(0, -(int) Math.floor(Math.log10(step) + SLACK));
    List<Tick> ticks = new ArrayList<>();
    for (double k = Math.ceil(from / step - SLACK); k * step <= to + step * SLACK; k++) {
      double position = scale.position(k * step);
      if (Double.isFinite(position)) {
        ticks.add(new Tick(position, minus(BigDecimal.valueOf(k * step), decimals)));
      }
    }
    return ticks;
  }

  private static double step(double from, double to, int most) {
    double raw = (to - from) / most;
    double magnitude = Math.pow(10, Math.floor(Math.log10(raw)));
    for (double step : STEPS) {
      if (step * magnitude >= raw * (1 - SLACK)) {
        return step * magnitude;
      }
    }
    throw new IllegalArgumentException(from + " … " + to);
  }

  private static List<Integer> integers(double low, double high, int most) {
    int first = (int) Math.ceil(low - SLACK);
    int last = (int) Math.floor(high + SLACK);
    int step = 1;
    while ((last - first) / step >= most) {
      step++;
    }
    List<Integer> integers = new ArrayList<>();
    for (int i = Math.ceilDiv(first, step) * step; i <= last; i += step) {
      integers.add(i);
    }
    return integers;
  }

  private static String scientific(double digit, int decade) {
    if (decade >= FIRST_WRITTEN_DECADE && decade <= LAST_WRITTEN_DECADE) {
      return plain(digit * Math.pow(10, decade));
    }
    return (digit == 1 ? "" : plain(digit) + "·") + "10" + superscript(decade);
  }

  private static String plain(double value) {
    return new BigDecimal(value, new MathContext(6, RoundingMode.HALF_EVEN))
        .stripTrailingZeros()
        .toPlainString();
  }

  private static String minus(BigDecimal value, int decimals) {
    String text = value.setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
    return text.startsWith("-") ? "\u2212" + text.substring(1) : text;
  }

  private static String superscript(int number) {
    StringBuilder text = new StringBuilder(number < 0 ? "⁻" : "");
    for (char digit : Integer.toString(Math.abs(number)).toCharArray()) {
      text.append(SUPERSCRIPTS.charAt(digit - '0'));
    }
    return text.toString();
  }
}
