package lemniscate.rule.pc;

import java.util.Locale;
import lemniscate.config.BadInputException;

/**
 * Relaxation towards an output that is drawn a part of the way only, or away from the target, with
 * gradients divided by the strength.
 *
 * @param form what draws
 * @param strength |β|, positive
 * @param phase signs of β
 */
public record Nudge(Form form, double strength, Phase phase) {

  /** What draws the output. */
  public enum Form {
    /**
     * The target is f + β (y − f), f of the feed-forward pass (Pinchetti et al., arXiv 2407.01163).
     */
    CLAMPED,
    /** The precision of the output is β times what it is (equilibrium propagation). */
    WEAK;

    /** Name in configurations. */
    public String configName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Signs of β. */
  public enum Phase {
    /** β &gt; 0, towards the target. */
    POSITIVE,
    /** β &lt; 0, away from it. */
    NEGATIVE,
    /** One relaxation with each sign in every batch; the mean of the gradients. */
    CENTRED;

    /** Name in configurations. */
    public String configName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** No nudging: the full target once. */
  public static final Nudge NONE = new Nudge(Form.WEAK, 1, Phase.POSITIVE);

  /** Checks the range. */
  public Nudge {
    if (!(strength > 0) || Double.isInfinite(strength)) {
      throw new BadInputException(
          "pc.nudgeStrength "
              + strength
              + ": expected a finite number > 0; pc.nudgePhase says the sign");
    }
  }

  /** Relaxations a batch. */
  int phases() {
    return phase == Phase.CENTRED ? 2 : 1;
  }

  /**
   * β.
   *
   * @param relaxation from 0
   */
  double beta(int relaxation) {
    boolean away = phase == Phase.NEGATIVE || phase == Phase.CENTRED && relaxation == 1;
    return away ? -strength : strength;
  }

  boolean isNone() {
    return equals(NONE);
  }
}
