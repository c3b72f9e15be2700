package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** exp and tanh of vectors against Math in double precision, over all exponents. */
class VectorMathTest {

  private static float tanh(float x) {
    return FloatMath.tanh(FloatVector.broadcast(FloatMath.SPECIES, x)).lane(0);
  }

  private static float exp(float x) {
    return FloatMath.exp(FloatVector.broadcast(FloatMath.SPECIES, x)).lane(0);
  }

  private static double tanh(double x) {
    return DoubleMath.tanh(DoubleVector.broadcast(DoubleMath.SPECIES, x)).lane(0);
  }

  private static double exp(double x) {
    return DoubleMath.exp(DoubleVector.broadcast(DoubleMath.SPECIES, x)).lane(0);
  }

  // Every 4099th float of both signs: all exponents, about a million points.
  @Test
  void floatTanhIsWithinTwoUlp() {
    for (long bits = 0; bits < 0x7f800000L; bits += 4099) {
      float x = Float.intBitsToFloat((int) bits);
      double exact = Math.tanh(x);
      double error = Math.abs(tanh(x) - exact);
      assertThat(error).as("tanh(%s)", x).isLessThanOrEqualTo(2 * Math.ulp((float) exact));
      assertThat(tanh(-x)).isEqualTo(-tanh(x));
    }
  }

  @Test
  void floatExpIsWithinTwoUlp() {
    for (float x = -86f; x < 88.6f; x += 0.00137f) {
      double exact = Math.exp(x);
      double error = Math.abs(exp(x) - exact);
      assertThat(error).as("exp(%s)", x).isLessThanOrEqualTo(2 * Math.ulp((float) exact));
    }
  }

  @Test
  void doubleTanhIsWithinFourUlp() {
    for (long bits = 0; bits < 0x7ff0000000000000L; bits += 0x7ff0000000000000L / 400_003) {
      double x = Double.longBitsToDouble(bits);
      double exact = StrictMath.tanh(x);
      assertThat(Math.abs(tanh(x) - exact))
          .as("tanh(%s)", x)
          .isLessThanOrEqualTo(4 * Math.ulp(exact));
    }
    for (double x = -21; x < 21; x += 0.000137) {
      double exact = StrictMath.tanh(x);
      assertThat(Math.abs(tanh(x) - exact))
          .as("tanh(%s)", x)
          .isLessThanOrEqualTo(4 * Math.ulp(exact));
    }
  }

  @Test
  void doubleExpIsWithinTwoUlp() {
    for (double x = -707; x < 709.6; x += 0.00373) {
      double exact = StrictMath.exp(x);
      assertThat(Math.abs(exp(x) - exact))
          .as("exp(%s)", x)
          .isLessThanOrEqualTo(2 * Math.ulp(exact));
    }
  }

  @Test
  void tanhOfSmallArgumentsIsWithinTwoUlp() {
    for (float x = -FloatMath.SMALL; x <= FloatMath.SMALL; x += 0.0000137f) {
      double exact = Math.tanh(x);
      float found = FloatMath.tanhOfSmall(FloatVector.broadcast(FloatMath.SPECIES, x)).lane(0);
      assertThat(Math.abs(found - exact))
          .as("%s", x)
          .isLessThanOrEqualTo(2 * Math.ulp((float) exact));
      double found64 =
          DoubleMath.tanhOfSmall(DoubleVector.broadcast(DoubleMath.SPECIES, x)).lane(0);
      assertThat(Math.abs(found64 - exact)).as("%s", x).isLessThanOrEqualTo(2 * Math.ulp(exact));
    }
  }

  @Test
  void specialValues() {
    assertThat(tanh(Float.NaN)).isNaN();
    assertThat(tanh(Double.NaN)).isNaN();
    assertThat(exp(Float.NaN)).isNaN();
    assertThat(exp(Double.NaN)).isNaN();
    assertThat(tanh(Float.POSITIVE_INFINITY)).isEqualTo(1f);
    assertThat(tanh(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
    assertThat(exp(Float.NEGATIVE_INFINITY)).isEqualTo(0f);
    assertThat(exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(exp(Double.POSITIVE_INFINITY)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(exp(0f)).isEqualTo(1f);
    assertThat(exp(0.0)).isEqualTo(1);
    assertThat(tanh(0f)).isEqualTo(0f);
    assertThat(Math.copySign(1f, tanh(-0f))).isEqualTo(-1f);
  }
}
