package lemniscate.mup;

import lemniscate.config.BadInputException;

/**
 * Width exponents of one trained array w with effective weight W (Yang and Hu, "Feature Learning in
 * Infinite-Width Neural Networks", arXiv 2011.14522).
 *
 * <p>With the width ratio m: W = m^-a w; the entries of w start with a standard deviation
 * proportional to m^-b; w moves with a learning rate proportional to m^-c.
 *
 * @param a exponent of the multiplier
 * @param b exponent of the initial standard deviation
 * @param c exponent of the learning rate
 */
public record AbcExponents(double a, double b, double c) {
  /**
   * Checks the exponents.
   *
   * @throws BadInputException if one is not finite
   */
  public AbcExponents {
    if (!Double.isFinite(a) || !Double.isFinite(b) || !Double.isFinite(c)) {
      throw new BadInputException(
          "Width exponents (" + a + ", " + b + ", " + c + "): every one must be finite.");
    }
    // Adding zero turns -0.0 into 0.0: formulas such as -gamma would print and compare as -0.0.
    a += 0.0;
    b += 0.0;
    c += 0.0;
  }

  /** {@return 2a + c, with a + b the only combination that SGD and momentum depend on} */
  public double theta() {
    return 2 * a + c;
  }

  /**
   * The exact symmetry: other exponents with the same training trajectory of the effective weight.
   *
   * <p>SGD and its like: (a + s, b - s, c - 2s). Adam, Muon and their like: (a + s, b - s, c - s),
   * Adam's epsilon being scaled with the gradient, that is by m^-s.
   *
   * @param s how much moves from the initial standard deviation into the multiplier
   * @param optimizer the optimiser for which the trajectory is kept
   * @return the shifted exponents
   */
  public AbcExponents shift(double s, StepClass optimizer) {
    double learningRateShift =
        switch (optimizer) {
          case SGD_LIKE -> 2 * s;
          case SIGN_LIKE, SPECTRAL, SPECTRAL_AT_LEAST_ONE, SPECTRAL_BY_ENTRY, SPECTRAL_HIDDEN -> s;
        };
    return new AbcExponents(a + s, b - s, c - learningRateShift);
  }

  /**
   * The weight multiplier.
   *
   * @param m width ratio
   * @return m^-a
   */
  public double multiplier(double m) {
    return Math.pow(m, -a);
  }

  /**
   * The factor of the initial standard deviation.
   *
   * @param m width ratio
   * @return m^-b
   */
  public double initStdFactor(double m) {
    return Math.pow(m, -b);
  }

  /**
   * The factor of the learning rate.
   *
   * @param m width ratio
   * @return m^-c
   */
  public double learningRateFactor(double m) {
    return Math.pow(m, -c);
  }
}
