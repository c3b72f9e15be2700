package lemniscate.rule.pc;

import java.util.Locale;

/** What the weights learn from once the states have relaxed. */
public enum WeightUpdate {
  /** Errors e_l and what units read, both at the settled states. */
  SETTLED,
  /**
   * Forward update (Qi et al., arXiv 2506.23800): how far the states have moved, D_l in the place
   * of e_l and y − f at the output, with all that units read and predict of the feed-forward pass.
   */
  FORWARD;

  /** Name in configurations. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
