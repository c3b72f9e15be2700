package lemniscate.network.layer;

import java.util.List;

/** A layer in plain double precision; arrays are row-major, (B, n). */
@FunctionalInterface
interface LayerOracle {

  /**
   * f(x).
   *
   * @param parameters those of the layer
   */
  double[] apply(double[] input, List<double[]> parameters, int batch);
}
