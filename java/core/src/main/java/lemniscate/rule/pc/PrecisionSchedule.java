package lemniscate.rule.pc;

import lemniscate.config.BadInputException;

/**
 * Factors of the precisions that change from step to step of a relaxation (Qi et al., arXiv
 * 2506.23800), so that errors go down as pulses.
 */
public sealed interface PrecisionSchedule {

  /** Precisions stay as they are. */
  PrecisionSchedule CONSTANT = new Constant();

  /** Name in configurations. */
  String configName();

  /**
   * The factor of γ_l in a step.
   *
   * @param l unit, from 1
   * @param last L, the output
   * @param step t, from 0; from the feed-forward pass unit l first has an error in step L − l
   * @param steps T
   */
  double factor(int l, int last, int step, int steps);

  /** Always 1. */
  record Constant() implements PrecisionSchedule {
    @Override
    public String configName() {
      return "constant";
    }

    @Override
    public double factor(int l, int last, int step, int steps) {
      return 1;
    }
  }

  /**
   * 1 in the step in which the error arrives, κ before and after.
   *
   * @param rest κ, not below 0
   */
  record Spiking(double rest) implements PrecisionSchedule {
    /** Checks the range. */
    public Spiking {
      checkNumber("pc.precisionRest", rest);
    }

    @Override
    public String configName() {
      return "spiking";
    }

    @Override
    public double factor(int l, int last, int step, int steps) {
      return step == last - l ? 1 : rest;
    }
  }

  /**
   * 0 before the error arrives, 1 when it does, and c e^(−k j) j steps later with c = Σ_{n &lt; T −
   * (L − l)} e^(−k n)/100.
   *
   * @param decay k, not below 0
   */
  record Decaying(double decay) implements PrecisionSchedule {
    /** Checks the range. */
    public Decaying {
      checkNumber("pc.precisionDecay", decay);
    }

    @Override
    public String configName() {
      return "decaying";
    }

    @Override
    public double factor(int l, int last, int step, int steps) {
      int arrival = last - l;
      if (step <= arrival) {
        return step < arrival ? 0 : 1;
      }
      double mass = 0;
      for (int n = 0; n < steps - arrival; n++) {
        mass += Math.exp(-decay * n);
      }
      return mass / 100 * Math.exp(-decay * (step - arrival));
    }
  }

  private static void checkNumber(String key, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new BadInputException(key + " " + value + ": expected a finite number >= 0");
    }
  }
}
