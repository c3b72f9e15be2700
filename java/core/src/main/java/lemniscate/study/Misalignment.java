package lemniscate.study;

import java.util.List;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * How far two directions are from each other: 1 − cos, as ½ ‖a/‖a‖ − b/‖b‖‖², which keeps its
 * digits where the cosine is almost 1.
 */
final class Misalignment {

  private Misalignment() {}

  /**
   * {@return 1 − cos between two lists of matrices, each list taken as one vector; NaN if one of
   * them is zero}
   */
  static double of(List<RealMatrix> a, List<RealMatrix> b) {
    double scaleA = 1 / norm(a);
    double scaleB = 1 / norm(b);
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      double distance =
          a.get(i)
              .scalarMultiply(scaleA)
              .subtract(b.get(i).scalarMultiply(scaleB))
              .getFrobeniusNorm();
      sum += distance * distance;
    }
    return sum / 2;
  }

  private static double norm(List<RealMatrix> matrices) {
    double sum = 0;
    for (RealMatrix matrix : matrices) {
      double norm = matrix.getFrobeniusNorm();
      sum += norm * norm;
    }
    return Math.sqrt(sum);
  }
}
