package lemniscate.network;

import lemniscate.mup.Parameterization;
import lemniscate.mup.Size;

/**
 * What units take from the parameterisation beside the scaling of their parameters.
 *
 * @param activityNorm norm that φ(u) gets where it is normed: of the whole batch or of an example.
 *     1 as published; where the width is scaled for, √m, so that entries keep their size
 * @param branchMultiplier β, the factor of a residual branch where it is added
 */
public record UnitScales(double activityNorm, double branchMultiplier) {

  /** Those that scale nothing. */
  public static final UnitScales NONE = new UnitScales(1, 1);

  static UnitScales of(Parameterization parameterization, Size size) {
    return new UnitScales(
        parameterization.activityNorm(size), parameterization.branchMultiplier(size));
  }
}
