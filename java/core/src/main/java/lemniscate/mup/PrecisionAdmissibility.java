package lemniscate.mup;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import lemniscate.config.BadInputException;

/** Whether predictive coding with the precisions of a rule has a limit of wide or deep networks. */
final class PrecisionAdmissibility {

  private PrecisionAdmissibility() {}

  /** As {@link Parameterization#admissibility(StateDynamics)}. */
  static List<String> ofWidth(Scheme scheme, CreditRule creditRule, StateDynamics dynamics) {
    List<String> warnings = new ArrayList<>();
    OptionalDouble exponent = creditRule.precisionExponent();
    if (scheme == Scheme.MUP && exponent.isPresent()) {
      double g = exponent.getAsDouble();
      if (dynamics != StateDynamics.FIXED_PREDICTION && g < -1) {
        throw new BadInputException(
            "pc.gammaExponent "
                + g
                + ": under mup the states would move by width^"
                + (-1 - g)
                + ", without bound; use at least -1, or the fixed-prediction scheme (fpa).");
      }
      if (dynamics == StateDynamics.INCREMENTAL && g != -1) {
        warnings.add(
            "pc.gammaExponent "
                + g
                + " with incremental updates under mup: the largest stable learning rate shrinks"
                + " with the width; only -1 keeps it constant.");
      }
    }
    return List.copyOf(warnings);
  }

  /** As {@link Parameterization#admissibility(StateDynamics, Size)}. */
  static List<String> ofDepth(
      Scheme scheme, CreditRule creditRule, StateDynamics dynamics, Size size) {
    OptionalDouble exponent = creditRule.precisionExponent();
    double depth = creditRule.precisionDepthExponent();
    boolean shrinking =
        size.isDeep()
            && scheme == Scheme.MUP
            && dynamics != StateDynamics.FIXED_PREDICTION
            && exponent.isPresent()
            && exponent.getAsDouble() == -1
            && depth < 1;
    return shrinking
        ? List.of(
            "pc.gammaDepthExponent "
                + depth
                + " with pc.gammaExponent -1 and "
                + size.depth()
                + " residual additions under mup: the relaxation shrinks the output error as depth^"
                + (depth - 1)
                + ", and with it what hidden layers learn; use 1.")
        : List.of();
  }
}
