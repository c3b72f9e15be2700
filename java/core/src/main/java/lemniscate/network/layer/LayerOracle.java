package lemniscate.network.layer;

import java.util.List;
import lemniscate.network.Activities;
import lemniscate.network.Sides;
import lemniscate.network.UnitOracle;

/** A layer in plain double precision; arrays are row-major, (B, n). */
@FunctionalInterface
interface LayerOracle {

  /**
   * f(x).
   *
   * @param parameters those of the layer
   */
  double[] apply(double[] input, List<double[]> parameters, int batch);

  /** As {@link UnitOracle#correlation} for the weights of the layer. */
  default double correlation(
      Sides sides,
      double[] post,
      double[] first,
      double[] second,
      List<double[]> fixed,
      List<double[]> parameters,
      int batch) {
    double[] pre = sides.pre().of(first, second);
    double[] y = apply(pre, parameters, batch);
    double[] offset =
        sides.pre() == Activities.CHANGE
            ? apply(new double[pre.length], parameters, batch)
            : new double[y.length];
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      sum += post[i] * (y[i] - offset[i]);
    }
    return sum;
  }
}
