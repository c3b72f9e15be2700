package lemniscate.cli.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One axis of a panel.
 *
 * @param label what it measures, with its unit
 * @param scale how values become distances
 * @param limits where the axis begins and ends; null for the range of the data
 * @param names what stands at 0, 1, …, in place of numbers; null for numbers
 */
public record Axis(
    String label, Scale scale, @Nullable Limits limits, @Nullable List<String> names) {

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
    names = names == null ? null : List.copyOf(names);
    if (limits != null && !Double.isFinite(scale.position(limits.low()))) {
      throw new IllegalArgumentException(label + ": " + limits + " on a logarithmic axis");
    }
  }

  /** {@return an axis of differences, over the range of the data} */
  public static Axis linear(String label) {
    return new Axis(label, Scale.LINEAR, null, null);
  }

  /** {@return an axis of ratios with ticks at powers of two, over the range of the data} */
  public static Axis log2(String label) {
    return new Axis(label, Scale.LOG2, null, null);
  }

  /** {@return an axis of ratios with ticks at decades, over the range of the data} */
  public static Axis log10(String label) {
    return new Axis(label, Scale.LOG10, null, null);
  }

  /** {@return this axis from one value to another; what lies outside is cut off} */
  public Axis within(double low, double high) {
    return new Axis(label, scale, new Limits(low, high), names);
  }

  /**
   * {@return an axis of things that have names, at 0, 1, …}
   *
   * @param names in their order; without any, nothing stands beside the axis
   */
  public static Axis named(String label, List<String> names) {
    return new Axis(label, Scale.LINEAR, new Limits(-0.5, Math.max(1, names.size()) - 0.5), names);
  }
}
