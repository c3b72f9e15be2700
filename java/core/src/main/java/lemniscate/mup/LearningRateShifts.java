package lemniscate.mup;

import java.util.EnumMap;
import java.util.Map;

/**
 * What experiments with other exponents add to those of learning rates.
 *
 * @param width added to c, by role
 * @param branchDepth added to cD of everything inside branches
 * @param branchesAlone whether everything outside branches keeps its place, as if its rate were 0
 */
public record LearningRateShifts(
    Map<ParameterRole, Double> width, double branchDepth, boolean branchesAlone) {

  /** None. */
  public static final LearningRateShifts NONE = new LearningRateShifts(Map.of(), 0, false);

  /** Copies the map. */
  public LearningRateShifts {
    width = Map.copyOf(width);
  }

  LearningRateShifts plus(ParameterRole role, double delta) {
    Map<ParameterRole, Double> shifts = new EnumMap<>(ParameterRole.class);
    shifts.putAll(width);
    shifts.merge(role, delta, Double::sum);
    return new LearningRateShifts(shifts, branchDepth, branchesAlone);
  }

  LearningRateShifts plusBranchDepth(double delta) {
    return new LearningRateShifts(width, branchDepth + delta, branchesAlone);
  }

  LearningRateShifts withBranchesAlone() {
    return new LearningRateShifts(width, branchDepth, true);
  }

  double of(ParameterRole role) {
    return width.getOrDefault(role, 0.0);
  }
}
