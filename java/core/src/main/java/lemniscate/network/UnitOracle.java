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

  /** φ(u), over its norm where it has one. */
  double[] activate(double[] preActivation, int batch);

  /** φ(u(x)). */
  default double[] predict(double[] input, List<double[]> parameters, int batch) {
    return activate(preActivation(input, parameters, batch), batch);
  }
}
