package lemniscate.cli.report;

import org.jspecify.annotations.Nullable;

/**
 * One axis of a panel.
 *
 * @param label what it measures, with its unit
 * @param scale how values become distances
 * @param limits where the axis begins and ends; null for the range of the data
 */
public record Axis(String label, Scale scale, @Nullable Limits limits) {

  /**
   * A range.
   *
   * @param low lower end
   * @param high upper end, above the lower
   */
  public record Limits(double low, double high) {
    /** Checks the order. */
    public Limits {
      if (!(low < high) || Double.isInfinite(low) || Double.isInfinite(high)) {
        throw new IllegalArgumentException("limits " + low + " … " + high);
      }
    }
  }

  /** Checks that the limits have a place on the scale. */
  public Axis {
    if (limits != null && !Double.isFinite(scale.position(limits.low()))) {
      throw new IllegalArgumentException(label + ": " + limits + " on a logarithmic axis");
    }
  }

  /** {@return an axis of differences, over the range of the data} */
  public static Axis linear(String label) {
    return new Axis(label, Scale.LINEAR, null);
  }

  /** {@return an axis of ratios with ticks at powers of two, over the range of the data} */
  public static Axis log2(String label) {
    return new Axis(label, Scale.LOG2, null);
  }

  /** {@return an axis of ratios with ticks at decades, over the range of the data} */
  public static Axis log10(String label) {
    return new Axis(label, Scale.LOG10, null);
  }

  /** {@return this axis from one value to another; what lies outside is cut off} */
  public Axis within(double low, double high) {
    return new Axis(label, scale, new Limits(low, high));
  }
}
