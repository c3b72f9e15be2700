package lemniscate.rule.pc;

import java.util.Locale;
import lemniscate.config.BadInputException;
import lemniscate.network.NetworkSpec;
import org.jspecify.annotations.Nullable;

/**
 * Momentum of the relaxation: with g = ∂F/∂v and the velocity m ← g + μ m from m = 0 in every
 * batch, the states move by −α m (heavy ball; Polyak 1964) or by −α (g + μ m) (Nesterov 1983, in
 * the form of optimisers). Errors then travel through about L units in L steps, where without it
 * they diffuse and need L². The fixed points are those without momentum, and so are the exponents.
 *
 * @param form which of the two
 * @param coefficient μ in [0, 1), or null for the one that suits the depth
 */
public record Momentum(Form form, @Nullable Double coefficient) {

  /** How the velocity moves the states. */
  public enum Form {
    /** By the velocity. */
    HEAVY_BALL,
    /** By the gradient and the velocity, which looks one step ahead. */
    NESTEROV;

    /** Name in configurations. */
    public String configName() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** None. */
  public static final Momentum NONE = new Momentum(Form.HEAVY_BALL, 0.0);

  /** Checks the range. */
  public Momentum {
    if (coefficient != null && !(coefficient >= 0 && coefficient < 1)) {
      throw new BadInputException(
          "pc.momentum "
              + coefficient
              + ": expected a number in [0, 1), or auto; from 1 on the velocity never fades");
    }
  }

  /**
   * The rate that goes with a momentum tuned by the depth, at which weights of variance 1 start
   * below the {@linkplain #largestStep limit}: the eigenvalues stay below 6.3.
   */
  public double tunedRate() {
    return form == Form.NESTEROV ? 0.2 : 0.5;
  }

  /**
   * The rate times the largest eigenvalue of a quadratic up to which the states come to rest.
   *
   * @param coefficient μ
   */
  public double largestStep(double coefficient) {
    double heavyBall = 2 * (1 + coefficient);
    return form == Form.NESTEROV ? heavyBall / (1 + 2 * coefficient) : heavyBall;
  }

  /** With μ = (1 − 1/L)², L the residual additions, or the hidden units where there are none. */
  public static Momentum tuned(Form form) {
    return new Momentum(form, null);
  }

  /**
   * μ in a network. The Hessian of the states has its lowest eigenvalue at about 0.6/L² and its
   * highest at about 4, of which (1 − 0.77/L)² is the optimum; a smaller momentum is safer.
   */
  public double coefficient(NetworkSpec network) {
    if (coefficient != null) {
      return coefficient;
    }
    int additions = network.residualDepth();
    double length = additions > 0 ? additions : network.layers() - 1;
    return (1 - 1 / length) * (1 - 1 / length);
  }

  boolean isNone() {
    return coefficient != null && coefficient == 0;
  }

  /** Without the form where there is no momentum, which it then says nothing about. */
  @Override
  public String toString() {
    return isNone()
        ? "none"
        : form.configName() + " " + (coefficient == null ? "auto" : coefficient);
  }
}
