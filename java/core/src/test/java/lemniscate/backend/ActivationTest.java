package lemniscate.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ActivationTest {

  private static final double[] ARGUMENTS = {
    -6, -3, -1.7, -0.75, -0.3, -1e-3, -1e-9, 0, 1e-9, 1e-3, 0.2, 0.8, 1.5, 3, 6
  };
  private static final double[] SHIFTS = {1e-9, 1e-6, 1e-3, 0.1, 0.7, 2};

  // Leaves far more digits than a double after subtracting values that agree in twelve.
  private static final MathContext DIGITS = new MathContext(60);

  @ParameterizedTest
  @EnumSource
  void valueMatchesHighPrecision(Activation activation) {
    for (double u : ARGUMENTS) {
      double exact = exact(activation, new BigDecimal(u)).doubleValue();
      // 1 + tanh loses absolutely where it cancels, times the factor u of GELU and SiLU.
      assertThat(activation.value(u))
          .as("%s(%s)", activation, u)
          .isCloseTo(exact, within(4e-16 * (1 + Math.abs(u))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void derivativeMatchesCentralDifference(Activation activation) {
    double step = 1e-10;
    for (double u : ARGUMENTS) {
      if (kink(activation) && Math.abs(u) < 2 * step) {
        continue;
      }
      BigDecimal above = exact(activation, new BigDecimal(u).add(new BigDecimal(step)));
      BigDecimal below = exact(activation, new BigDecimal(u).subtract(new BigDecimal(step)));
      double slope = above.subtract(below).divide(new BigDecimal(2 * step), DIGITS).doubleValue();
      // The central difference in 60 digits is off by step²; the rest is rounding.
      assertThat(activation.derivative(u))
          .as("%s'(%s)", activation, u)
          .isCloseTo(slope, within(2e-15 * (1 + Math.abs(u))));
    }
  }

  @Test
  void derivativeAtTheKinkIsThatOfTheLeft() {
    assertThat(Activation.RELU.derivative(0)).isZero();
    assertThat(Activation.LEAKY_RELU.derivative(0)).isEqualTo(Activation.LEAK);
    assertThat(Activation.RELU.derivative(Double.MIN_VALUE)).isEqualTo(1);
    assertThat(Activation.LEAKY_RELU.derivative(Double.MIN_VALUE)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void differenceKeepsItsPrecisionRelativeToTheShift(Activation activation) {
    for (double u : ARGUMENTS) {
      for (double size : SHIFTS) {
        for (double z : new double[] {size, -size}) {
          BigDecimal at = new BigDecimal(u);
          double exact =
              exact(activation, at.add(new BigDecimal(z)))
                  .subtract(exact(activation, at))
                  .doubleValue();
          // A subtraction of values would be off by 1e-16: 1e-7 of the smallest shift.
          assertThat(activation.difference(u, z))
              .as("%s(%s + %s) - %s(%s)", activation, u, z, activation, u)
              .isCloseTo(exact, within(1e-14 * size));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void differenceOfNoShiftIsZero(Activation activation) {
    for (double u : ARGUMENTS) {
      assertThat(activation.difference(u, 0)).isZero();
    }
  }

  @Test
  void differenceAcrossTheKink() {
    assertThat(Activation.RELU.difference(-1, 3)).isEqualTo(2);
    assertThat(Activation.RELU.difference(1, -3)).isEqualTo(-1);
    assertThat(Activation.RELU.difference(1, 2)).isEqualTo(2);
    assertThat(Activation.RELU.difference(-1, -2)).isZero();
    assertThat(Activation.LEAKY_RELU.difference(-1, 3)).isEqualTo(2.01);
    assertThat(Activation.LEAKY_RELU.difference(1, -3)).isEqualTo(-1.02);
    assertThat(Activation.LEAKY_RELU.difference(-1, -2)).isEqualTo(-0.02);
  }

  @Test
  void configNamesAreLowerCaseWithHyphens() {
    assertThat(Activation.LEAKY_RELU.configName()).isEqualTo("leaky-relu");
    assertThat(Activation.GELU.configName()).isEqualTo("gelu");
  }

  @Test
  void geluScaleIsTheRootOfTwoOverPi() {
    assertThat(Activation.GELU_SCALE).isCloseTo(Math.sqrt(2 / Math.PI), within(2e-16));
  }

  private static boolean kink(Activation activation) {
    return activation == Activation.RELU || activation == Activation.LEAKY_RELU;
  }

  private static BigDecimal exact(Activation activation, BigDecimal u) {
    return switch (activation) {
      case LINEAR -> u;
      case RELU -> u.max(BigDecimal.ZERO);
      case LEAKY_RELU -> u.signum() > 0 ? u : u.multiply(new BigDecimal(Activation.LEAK), DIGITS);
      case SIGMOID -> logistic(u);
      case SILU -> u.multiply(logistic(u), DIGITS);
      case TANH ->
          logistic(u.multiply(BigDecimal.TWO))
              .multiply(BigDecimal.TWO)
              .subtract(BigDecimal.ONE, DIGITS);
      case GELU -> {
        BigDecimal cubed = u.pow(3, DIGITS).multiply(new BigDecimal(Activation.GELU_CUBIC), DIGITS);
        BigDecimal argument =
            u.add(cubed, DIGITS).multiply(new BigDecimal(Activation.GELU_SCALE), DIGITS);
        // (1 + tanh p)/2 is the logistic function of 2p.
        yield u.multiply(logistic(argument.multiply(BigDecimal.TWO)), DIGITS);
      }
    };
  }

  private static BigDecimal logistic(BigDecimal x) {
    return BigDecimal.ONE.divide(BigDecimal.ONE.add(exp(x.negate()), DIGITS), DIGITS);
  }

  /** The power series of exp(x/1024), raised to the 1024th power. */
  private static BigDecimal exp(BigDecimal x) {
    MathContext spare = new MathContext(DIGITS.getPrecision() + 10);
    BigDecimal reduced = x.divide(new BigDecimal(1024), spare);
    BigDecimal term = BigDecimal.ONE;
    BigDecimal sum = BigDecimal.ONE;
    for (int n = 1; n <= 60; n++) {
      term = term.multiply(reduced, spare).divide(new BigDecimal(n), spare);
      sum = sum.add(term, spare);
    }
    return sum.pow(1024, spare);
  }
}
