package lemniscate.network;

/** Activities of two passes, the second at x + d. */
public enum Activities {
  /** Those of the first. */
  FIRST,
  /** Those of the second. */
  SECOND,
  /** Second minus first. */
  CHANGE;

  /** Out of both, in plain double precision. */
  public double[] of(double[] first, double[] second) {
    return switch (this) {
      case FIRST -> first;
      case SECOND -> second;
      case CHANGE -> {
        double[] change = second.clone();
        for (int i = 0; i < change.length; i++) {
          change[i] -= first[i];
        }
        yield change;
      }
    };
  }
}
