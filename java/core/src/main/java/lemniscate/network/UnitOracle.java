package lemniscate.network;

import java.util.List;

/**
 * A unit in plain double precision, which shares nothing with any backend: what gradients are
 * checked with. Arrays are row-major, (B, n); parameters are those of the unit, in its order.
 */
public interface UnitOracle {

  /** Number of parameters. */
  int parameters();

  /** u(x). */
  double[] preActivation(double[] input, List<double[]> parameters, int batch);

  /** u(x + d) − u(x) of a u that is affine in x. */
  default double[] shift(double[] move, List<double[]> parameters, int batch) {
    double[] shift = preActivation(move, parameters, batch);
    double[] before = preActivation(new double[move.length], parameters, batch);
    for (int i = 0; i < shift.length; i++) {
      shift[i] -= before[i];
    }
    return shift;
  }

  /**
   * Σ_b post · u(pre), or its part that is linear in pre where that is a change; of a unit with
   * several weights the sum over them: what {@link UnitPass#correlate} ascends.
   *
   * @param sides which activities
   * @param post at the output
   * @param first x of the first pass
   * @param second x of the second pass
   * @param fixed parameters with which the activities inside the unit are taken
   * @param parameters those of u
   */
  default double correlation(
      Sides sides,
      double[] post,
      double[] first,
      double[] second,
      List<double[]> fixed,
      List<double[]> parameters,
      int batch) {
    double[] pre = sides.pre().of(first, second);
    double[] u =
        sides.pre() == Activities.CHANGE
            ? shift(pre, parameters, batch)
            : preActivation(pre, parameters, batch);
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += post[i] * u[i];
    }
    return sum;
  }

  /** φ(u), over its norm where it has one. */
  double[] activate(double[] preActivation, int batch);

  /** φ(u(x)). */
  default double[] predict(double[] input, List<double[]> parameters, int batch) {
    return activate(preActivation(input, parameters, batch), batch);
  }
}
