package lemniscate.theory;

import java.util.Locale;

/** Rules without a backward pass whose online learning has closed equations. */
public enum ForwardRule {
  /** Adaptive feedback alignment: direct feedback W₁F, and the input as it is. */
  AFA,
  /** Present the error to perturb the input: the second pass sees x − Fe. */
  PEPITA;

  /** {@return the name on the command line: {@code pepita}} */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
