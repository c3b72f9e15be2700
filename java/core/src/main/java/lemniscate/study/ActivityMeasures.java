package lemniscate.study;

/** Sizes of arrays that hold activities of a batch, and of their changes. */
final class ActivityMeasures {

  private ActivityMeasures() {}

  /** Root of the mean square of the entries. */
  static double rms(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum / values.length);
  }

  /** a − b. */
  static double[] difference(double[] a, double[] b) {
    double[] difference = a.clone();
    for (int i = 0; i < difference.length; i++) {
      difference[i] -= b[i];
    }
    return difference;
  }

  /** A Bᵀ for row-major A and B with rows of equal length. */
  static double[] product(double[] a, int rowsOfA, double[] b, int rowsOfB) {
    int length = a.length / rowsOfA;
    double[] product = new double[rowsOfA * rowsOfB];
    for (int i = 0; i < rowsOfA; i++) {
      for (int j = 0; j < rowsOfB; j++) {
        double sum = 0;
        for (int k = 0; k < length; k++) {
          sum += a[i * length + k] * b[j * length + k];
        }
        product[i * rowsOfB + j] = sum;
      }
    }
    return product;
  }

  /** ‖after − before‖ / ‖before‖, over all entries. */
  static double relativeChange(double[] before, double[] after) {
    return rms(difference(after, before)) / rms(before);
  }
}
