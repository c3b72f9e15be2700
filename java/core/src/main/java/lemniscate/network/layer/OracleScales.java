package lemniscate.network.layer;

import java.util.List;

/**
 * Numbers that a layer's plain form needs of the parameterisation.
 *
 * @param multipliers a of its parameters, in order
 * @param branchMultiplier β of residual additions
 */
record OracleScales(List<Double> multipliers, double branchMultiplier) {

  /** Those of some of the parameters. */
  OracleScales part(int from, int to) {
    return new OracleScales(multipliers.subList(from, to), branchMultiplier);
  }
}
