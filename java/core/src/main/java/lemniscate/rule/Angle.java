package lemniscate.rule;

/** The angle between two vectors of any length, given piece by piece. */
public final class Angle {

  private double aa;
  private double ab;
  private double bb;

  /** The angle between two vectors. */
  public static Angle between(double[] a, double[] b) {
    Angle angle = new Angle();
    angle.add(1, a, b);
    return angle;
  }

  /**
   * Adds a piece of both vectors.
   *
   * @param factor of this piece, in both
   */
  public void add(double factor, double[] a, double[] b) {
    double square = factor * factor;
    for (int i = 0; i < a.length; i++) {
      aa += square * a[i] * a[i];
      ab += square * a[i] * b[i];
      bb += square * b[i] * b[i];
    }
  }

  /** Adds all pieces of another angle. */
  public void add(Angle other) {
    aa += other.aa;
    ab += other.ab;
    bb += other.bb;
  }

  /** The angle in degrees, 0 to 180; NaN where a vector is zero or holds a NaN. */
  public double degrees() {
    double cosine = ab / Math.sqrt(aa) / Math.sqrt(bb);
    // Rounding may take it beyond 1. A vector of length 0 has no direction: 0/0.
    return Math.toDegrees(Math.acos(Math.clamp(cosine, -1.0, 1.0)));
  }

  /** Euclidean length of the first vector. */
  public double firstLength() {
    return Math.sqrt(aa);
  }
}
