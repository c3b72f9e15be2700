package lemniscate.mup;

import lemniscate.config.BadInputException;

/**
 * How large a network is in the two directions that it is scaled in.
 *
 * @param width M, units or channels of the hidden layers, which all grow together; at least 1
 * @param depth L, the number of residual additions between input and output; 0 for a plain chain,
 *     which scales as one with a single addition
 */
public record Size(int width, int depth) {

  /**
   * Checks the numbers.
   *
   * @throws BadInputException if the width is below 1
   * @throws IllegalArgumentException if the depth is negative
   */
  public Size {
    if (width < 1) {
      throw new BadInputException("net.width " + width + ": expected a width of at least 1.");
    }
    if (depth < 0) {
      throw new IllegalArgumentException("a network of " + depth + " residual additions");
    }
  }

  /** Whether anything follows the depth. */
  public boolean isDeep() {
    return depth > 1;
  }

  /** L^exponent, of 1 where there is no addition; so that plain chains have 1 to the bit. */
  double depthPower(double exponent) {
    return isDeep() ? Math.pow(depth, exponent) : 1;
  }
}
