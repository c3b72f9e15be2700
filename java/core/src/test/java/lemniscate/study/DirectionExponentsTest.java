package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;

import lemniscate.mup.Scheme;
import lemniscate.study.LinearStudy.Quantity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DirectionExponentsTest {

  private static ExpectedExponents.Expectation of(
      Scheme scheme, boolean linear, int step, Quantity quantity, double gammaExponent) {
    return new DirectionExponents(scheme, linear, step).of(quantity, gammaExponent);
  }

  /** Ishikawa, Yokota and Karakida: the corollary of their theorem 4.2, and orders of C_γ. */
  @ParameterizedTest
  @CsvSource({
    "MUP, 0, -2, -1",
    "MUP, -0.5, -1, -0.5",
    "MUP, -1, 0, 0",
    "MUP, 1, -4, -2",
    "SP, 0, -1, 0",
    "SP, -0.5, -1, 0.5",
    "SP, -1, -1, 1",
    "SP, 1, -3, -1",
    "NTK, 0, -1, 0",
  })
  void linearNetworksAtRandomWeights(
      Scheme scheme, double gammaExponent, double pcBp, double preconditioner) {
    assertThat(of(scheme, true, 0, Quantity.PC_BP, gammaExponent))
        .isEqualTo(new ExpectedExponents.Expectation(pcBp, null));
    assertThat(of(scheme, true, 0, Quantity.PRECONDITIONER, gammaExponent))
        .isEqualTo(new ExpectedExponents.Expectation(preconditioner, null));
    assertThat(of(scheme, true, 0, Quantity.BP_GNT, Double.NaN).exponent()).isEqualTo(-1);
    assertThat(of(scheme, true, 0, Quantity.BP_GNT, Double.NaN).notJudged()).contains("faster");
  }

  @ParameterizedTest
  @CsvSource({"0, -2", "-0.5, -1", "-1, 0"})
  void tanhUnderMaximalUpdatesIsAlike(double gammaExponent, double pcBp) {
    assertThat(of(Scheme.MUP, false, 0, Quantity.PC_BP, gammaExponent))
        .isEqualTo(new ExpectedExponents.Expectation(pcBp, null));
  }

  @Test
  void whatIsNotJudgedSaysWhy() {
    assertThat(of(Scheme.SP, false, 0, Quantity.PC_BP, 0).notJudged()).contains("examples");
    assertThat(of(Scheme.MUP, false, 0, Quantity.BP_GNT, 0).notJudged()).contains("examples");
    assertThat(of(Scheme.SP, true, 30, Quantity.PC_BP, 0).notJudged()).contains("learning rate");
    assertThat(of(Scheme.MUP, true, 30, Quantity.PC_BP, -1).notJudged()).contains("late");
    assertThat(of(Scheme.MUP, true, 30, Quantity.PC_BP, 0).judged()).isTrue();
    assertThat(of(Scheme.MUP, true, 0, Quantity.PC_BP, -2).notJudged()).contains("grows");
    assertThat(of(Scheme.MUP, true, 0, Quantity.PC_GNT, 0).notJudged()).contains("bound");
  }

  @ParameterizedTest
  @CsvSource({"MUP, -1, false", "MUP, -1.5, true", "SP, 0, false", "SP, -0.5, true"})
  void relaxationIsStiffWherePreconditionersGrow(
      Scheme scheme, double gammaExponent, boolean stiff) {
    assertThat(new DirectionExponents(scheme, false, 0).isStiff(gammaExponent)).isEqualTo(stiff);
  }
}
