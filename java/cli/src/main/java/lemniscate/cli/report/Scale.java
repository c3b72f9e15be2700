package lemniscate.cli.report;

/** How the values of an axis become distances. */
public enum Scale {
  /** Distances are differences. */
  LINEAR {
    @Override
    public double position(double value) {
      return value;
    }

    @Override
    public double value(double position) {
      return position;
    }
  },
  /** Distances are ratios; ticks at powers of two, as for widths and grids of learning rates. */
  LOG2 {
    @Override
    public double position(double value) {
      return Math.log(value) / Math.log(2);
    }

    @Override
    public double value(double position) {
      return Math.pow(2, position);
    }
  },
  /** Distances are ratios; ticks at decades, as for losses. */
  LOG10 {
    @Override
    public double position(double value) {
      return Math.log10(value);
    }

    @Override
    public double value(double position) {
      return Math.pow(10, position);
    }
  };

  /** Where a value lies along the axis, in units of the scale; not finite where it has no place. */
  public abstract double position(double value);

  /** The value at a position; inverse of {@link #position}. */
  public abstract double value(double position);
}
