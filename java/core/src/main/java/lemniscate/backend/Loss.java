package lemniscate.backend;

import java.util.Locale;

/**
 * Losses at the output f against a target y, per example. The output error is e = −∂loss/∂f (target
 * minus prediction).
 */
public enum Loss {
  /** ½‖y − f‖², e = y − f. */
  MSE,
  /** −Σ y log softmax(f), e = y − softmax(f); y is a distribution (one-hot). */
  CROSS_ENTROPY;

  /** Name in configurations: {@code mse} or {@code ce}. */
  public String configName() {
    return this == CROSS_ENTROPY ? "ce" : name().toLowerCase(Locale.ROOT);
  }
}
