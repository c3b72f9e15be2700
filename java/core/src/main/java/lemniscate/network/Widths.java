package lemniscate.network;

import lemniscate.config.BadInputException;

/** Numbers of channels and units, which follow the width of a network. */
public final class Widths {

  private Widths() {}

  /**
   * Checks the number of outputs of a fully connected map.
   *
   * @throws BadInputException if it is below 1
   */
  public static void requireUnits(int units) {
    if (units < 1) {
      throw new BadInputException("a layer of " + units + " units: expected at least 1.");
    }
  }

  /** Channels in the proportion in which the width has changed, at least 1. */
  public static int scaled(int channels, int width, int base) {
    return Math.toIntExact(Math.max(1, Math.round((double) channels * width / base)));
  }
}
