package lemniscate.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.DoubleSupplier;

/** What expected numbers are computed with, and how found ones are held against them. */
public final class Oracle {

  /**
   * Step: truncation is h² times a third derivative, about 1e-12; rounding 1e-16 / h, about 1e-10.
   */
  private static final double STEP = 1e-6;

  private Oracle() {}

  /** The gradient of {@code value} with respect to {@code argument}, which is left as it was. */
  public static double[] differences(double[] argument, DoubleSupplier value) {
    double[] gradient = new double[argument.length];
    for (int i = 0; i < argument.length; i++) {
      double kept = argument[i];
      argument[i] = kept + STEP;
      double above = value.getAsDouble();
      argument[i] = kept - STEP;
      double below = value.getAsDouble();
      argument[i] = kept;
      gradient[i] = (above - below) / (2 * STEP);
    }
    return gradient;
  }

  /** Every entry within an absolute tolerance; NaN is within none. */
  public static void close(double[] found, double[] expected, double tolerance, String what) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      if (!(Math.abs(found[i] - expected[i]) <= tolerance)) {
        throw new AssertionError(
            "%s[%d]: %s, expected %s within %s"
                .formatted(what, i, found[i], expected[i], tolerance));
      }
    }
  }

  /** As {@link #close}, array by array. */
  public static void close(
      List<double[]> found, List<double[]> expected, double tolerance, String what) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      close(found.get(i), expected.get(i), tolerance, what + " " + i);
    }
  }

  /** Every entry within a tolerance relative to the largest expected entry. */
  public static void relativelyClose(
      double[] found, double[] expected, double tolerance, String what) {
    close(found, expected, tolerance * largest(expected), what);
  }

  /** Largest magnitude; NaN if there is one. */
  public static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  /** Largest magnitude of a difference. */
  public static double distance(double[] a, double[] b) {
    return largest(sum(a, -1, b));
  }

  /** a + factor · b. */
  public static double[] sum(double[] a, double factor, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * b[i];
    }
    return sum;
  }

  /** factor · a. */
  public static double[] times(double factor, double[] a) {
    double[] product = a.clone();
    for (int i = 0; i < product.length; i++) {
      product[i] *= factor;
    }
    return product;
  }

  /** Cosine of two vectors. */
  public static double cosine(double[] a, double[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }
}
