package lemniscate.rule.tp;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import lemniscate.network.NetworkSpec;

/** What ridge feedback does at a residual unit whose output has the shape of its input. */
public enum ResidualFeedback {
  /**
   * The ridge is drawn towards the identity: Q minimises Σ_b ‖h_{l−1} − Q h_l‖² + μ ‖Q − I‖², so
   * that D_{l−1} = D_l + D_l H_lᵀ (H_l H_lᵀ + μ I)⁻¹ (H_{l−1} − H_l). What lies outside of the span
   * of the batch goes through, where a plain ridge loses it unit by unit.
   */
  IDENTITY_PRIOR,
  /** As at any other unit. */
  RIDGE,
  /** Q = I: displacements go around the branch. */
  SKIP;

  /** Its name in configurations. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All names. */
  static List<String> names() {
    return Arrays.stream(values()).map(ResidualFeedback::configName).toList();
  }

  /**
   * The one of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static ResidualFeedback parse(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** What is done at unit l: {@link #RIDGE} where it is no residual unit that keeps the shape. */
  ResidualFeedback at(NetworkSpec network, int l) {
    boolean keeps =
        network.unit(l).residualAdditions() > 0 && network.features(l).equals(network.features(l - 1));
    return keeps ? this : RIDGE;
  }
}
