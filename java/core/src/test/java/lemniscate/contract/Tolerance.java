package lemniscate.contract;

import lemniscate.backend.Activation;
import lemniscate.tensor.DType;

/**
 * How far a backend may be from the float64 oracle, from the unit roundoff of its element type and
 * the magnitudes that the formula adds up.
 *
 * @param u unit roundoff of the tested type plus that of the oracle, which rounds too
 */
record Tolerance(double u) {

  static Tolerance of(DType dtype) {
    return new Tolerance(dtype.unitRoundoff() + DType.FLOAT64.unitRoundoff());
  }

  /**
   * Elementwise formulas: each term passes at most four roundings (a factor brought to the element
   * type, one or two products, the sum), each at most u of the term.
   */
  double terms(double... magnitudes) {
    return times(4, magnitudes);
  }

  /** Elementwise formulas of several stages, each term with at most {@code roundings} roundings. */
  double times(double roundings, double... magnitudes) {
    double sum = 0;
    for (double magnitude : magnitudes) {
      sum += Math.abs(magnitude);
    }
    return roundings * u * sum;
  }

  /**
   * Sums of k terms in any order. The worst case is k·u·Σ|terms|; with rounding errors of random
   * sign it is √k, of which this allows twice, plus four roundings for the factors and the result.
   *
   * @param magnitudes Σ|terms|
   */
  double sum(int k, double magnitudes) {
    return (4 + 2 * Math.sqrt(k)) * u * magnitudes;
  }

  /**
   * φ(u): 8 u relative for a tanh or exp of a few ulps, and absolutely what 1 + tanh loses where it
   * cancels, times the factor u of GELU and SiLU. The piecewise linear ones have no absolute part.
   */
  double value(Activation activation, double at, double expected) {
    double cancelled =
        switch (activation) {
          case LINEAR, RELU, LEAKY_RELU -> 0;
          case TANH, SIGMOID -> 1;
          case GELU, SILU -> 1 + Math.abs(at);
        };
    return u * (8 * Math.abs(expected) + 2 * cancelled);
  }

  /**
   * φ′(u): absolute, because 1 − h² and h(1 − h) from a rounded h lose what cancels; times the
   * factor u of GELU and SiLU.
   */
  double derivative(Activation activation, double at, double expected) {
    double cancelled =
        switch (activation) {
          case LINEAR, RELU, LEAKY_RELU -> 0;
          case TANH, SIGMOID -> 1;
          case GELU, SILU -> 1 + Math.abs(at);
        };
    return 8 * u * (Math.abs(expected) + cancelled);
  }

  /**
   * φ(u + z) − φ(u): relative to the shift z, however small: this is what the displacement form is
   * for. GELU multiplies by its inner derivative ~ u² and SiLU by u.
   */
  double difference(Activation activation, double at, double z, double expected) {
    double amplified =
        switch (activation) {
          case GELU -> 1 + at * at;
          case SILU -> 1 + Math.abs(at);
          case LINEAR, RELU, LEAKY_RELU, TANH, SIGMOID -> 1;
        };
    return 8 * u * (Math.abs(expected) + amplified * Math.abs(z));
  }

  /**
   * Factor of the error of exp(x − max)/Σ: a few ulps of exp and the quotient, the sum over n, and
   * the rounding of x − max, which exp turns into a relative error.
   *
   * @param spread largest max − x
   * @param logit magnitude at which the logits were rounded before (0 if not)
   */
  double softmax(int n, double spread, double logit) {
    return u * (16 + 2 * Math.sqrt(n) + 2 * spread + 4 * logit);
  }
}
