package lemniscate.backend;

import java.util.Locale;

/**
 * Elementwise nonlinearities φ with their derivative and their cancellation-free difference. The
 * methods here are the definition, in double precision; backends run their own vectorised form and
 * are tested against this one.
 */
public enum Activation {
  /** φ(u) = u. */
  LINEAR {
    @Override
    public double value(double u) {
      return u;
    }

    @Override
    public double derivative(double u) {
      return 1;
    }

    @Override
    public double difference(double u, double z) {
      return z;
    }
  },
  /** φ(u) = tanh u. */
  TANH {
    @Override
    public double value(double u) {
      return Math.tanh(u);
    }

    @Override
    public double derivative(double u) {
      double h = Math.tanh(u);
      return 1 - h * h;
    }

    // tanh(u+z) - tanh(u) = tanh z (1 - tanh u tanh(u+z)).
    @Override
    public double difference(double u, double z) {
      return Math.tanh(z) * (1 - Math.tanh(u) * Math.tanh(u + z));
    }
  },
  /** φ(u) = max(u, 0); the derivative at 0 is 0. */
  RELU {
    @Override
    public double value(double u) {
      return Math.max(u, 0);
    }

    @Override
    public double derivative(double u) {
      return u > 0 ? 1 : 0;
    }

    @Override
    public double difference(double u, double z) {
      return piecewiseDifference(u, z, 0);
    }
  },
  /** φ(u) = u for u &gt; 0, {@value #LEAK} u otherwise. */
  LEAKY_RELU {
    @Override
    public double value(double u) {
      return u > 0 ? u : LEAK * u;
    }

    @Override
    public double derivative(double u) {
      return u > 0 ? 1 : LEAK;
    }

    @Override
    public double difference(double u, double z) {
      return piecewiseDifference(u, z, LEAK);
    }
  },
  /**
   * φ(u) = u/2 (1 + tanh(k (u + c u³))), k = √(2/π), c = 0.044715: the tanh form of the Gaussian
   * error linear unit (Hendrycks and Gimpel, arXiv 1606.08415, §2).
   */
  GELU {
    // (1 + tanh p)/2 is the logistic function of 2p, which does not cancel where u is negative.
    @Override
    public double value(double u) {
      return u * logistic(2 * geluArgument(u));
    }

    @Override
    public double derivative(double u) {
      double p = geluArgument(u);
      double slope = 2 * GELU_SCALE * (1 + 3 * GELU_CUBIC * u * u);
      return logistic(2 * p) * (1 + u * slope * logistic(-2 * p));
    }

    // With g the logistic function of 2p: (u+z) g(u+z) - u g(u) = z g(u+z) + u (g(u+z) - g(u)).
    @Override
    public double difference(double u, double z) {
      double p0 = geluArgument(u);
      double dp = GELU_SCALE * z * (1 + GELU_CUBIC * (3 * u * u + 3 * u * z + z * z));
      return z * logistic(2 * (p0 + dp)) + u * SIGMOID.difference(2 * p0, 2 * dp);
    }
  },
  /** φ(u) = u σ(u), σ the logistic function. */
  SILU {
    @Override
    public double value(double u) {
      return u * logistic(u);
    }

    @Override
    public double derivative(double u) {
      return logistic(u) * (1 + u * logistic(-u));
    }

    @Override
    public double difference(double u, double z) {
      return z * logistic(u + z) + u * SIGMOID.difference(u, z);
    }
  },
  /** φ(u) = σ(u) = 1/(1 + exp(-u)). */
  SIGMOID {
    @Override
    public double value(double u) {
      return logistic(u);
    }

    @Override
    public double derivative(double u) {
      return logistic(u) * logistic(-u);
    }

    // Half of tanh's difference at u/2, z/2, where 1 - tanh tanh' = 2 (σ (1 - σ') + σ' (1 - σ)).
    @Override
    public double difference(double u, double z) {
      double v = u + z;
      return Math.tanh(0.5 * z) * (logistic(u) * logistic(-v) + logistic(v) * logistic(-u));
    }
  };

  /** Slope of {@link #LEAKY_RELU} for negative arguments. */
  public static final double LEAK = 0.01;

  /** k = √(2/π) of {@link #GELU}. */
  public static final double GELU_SCALE = 0.7978845608028654;

  /** c of {@link #GELU}. */
  public static final double GELU_CUBIC = 0.044715;

  /** Whether φ stays between two numbers. */
  public boolean isBounded() {
    return this == TANH || this == SIGMOID;
  }

  /** φ(u). */
  public abstract double value(double u);

  /** φ′(u). */
  public abstract double derivative(double u);

  /**
   * φ(u + z) − φ(u) without subtracting nearly equal numbers, so that it keeps its relative
   * precision for |z| far below |u| (theory: "displacement form" of predictive coding).
   */
  public abstract double difference(double u, double z);

  /** Name in configurations: lower case with hyphens. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double logistic(double u) {
    double e = Math.exp(-Math.abs(u));
    return (u < 0 ? e : 1) / (1 + e);
  }

  private static double geluArgument(double u) {
    return GELU_SCALE * (u + GELU_CUBIC * u * u * u);
  }

  // On one side of the kink the difference is slope * z; across it nothing cancels.
  private static double piecewiseDifference(double u, double z, double slope) {
    boolean before = u > 0;
    boolean after = u + z > 0;
    if (before && after) {
      return z;
    }
    if (!before && !after) {
      return slope * z;
    }
    return after ? (u + z) - slope * u : slope * (u + z) - u;
  }
}
