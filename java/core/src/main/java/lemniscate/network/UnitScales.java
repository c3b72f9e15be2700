package lemniscate.network;

/**
 * What a parameterisation says of a unit beside the numbers of its parameters.
 *
 * @param activityNorm norm that φ(u) gets where it is normed
 * @param branchMultiplier β, the factor of a residual branch where it is added
 */
public record UnitScales(double activityNorm, double branchMultiplier) {}
