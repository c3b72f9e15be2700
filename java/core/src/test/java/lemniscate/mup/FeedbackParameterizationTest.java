package lemniscate.mup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Exponents of feedback weights against those written down by hand. */
final class FeedbackParameterizationTest {

  private static FeedbackParameterization feedback(
      Scheme scheme, CreditRule credit, FeedbackLearning learning, StepClass optimizer) {
    return new FeedbackParameterization(
        Parameterization.relative(scheme, 64, credit, StepClass.SGD_LIKE), learning, optimizer);
  }

  static Stream<Arguments> table() {
    CreditRule data = new CreditRule.TargetPropagation();
    CreditRule transposed = new CreditRule.BackPropagation();
    return Stream.of(
        // c of top, hidden, direct.
        Arguments.of(Scheme.MUP, data, FeedbackLearning.FIXED, 0, 0, 0),
        Arguments.of(Scheme.MUP, data, FeedbackLearning.RECONSTRUCTION, 0, 1, 0),
        Arguments.of(Scheme.NTK, data, FeedbackLearning.RECONSTRUCTION, 0, 1, 0),
        Arguments.of(Scheme.SP, data, FeedbackLearning.RECONSTRUCTION, 0, 0, 0),
        Arguments.of(Scheme.MUP, transposed, FeedbackLearning.LOCAL_NOISE, 0, 1, 0),
        // Noise arrives at the output with variance 1 for b = 1/2 and 1/m for b = 1.
        Arguments.of(Scheme.MUP, data, FeedbackLearning.OUTPUT_NOISE, 0, 1, 0),
        Arguments.of(Scheme.MUP, transposed, FeedbackLearning.OUTPUT_NOISE, -1, 0, -1));
  }

  @ParameterizedTest
  @MethodSource("table")
  void learningRates(
      Scheme scheme,
      CreditRule credit,
      FeedbackLearning learning,
      double top,
      double hidden,
      double direct) {
    FeedbackParameterization p = feedback(scheme, credit, learning, StepClass.SGD_LIKE);
    assertThat(p.exponents(FeedbackRole.TOP)).isEqualTo(new AbcExponents(0, 0, top));
    assertThat(p.exponents(FeedbackRole.HIDDEN)).isEqualTo(new AbcExponents(0, 0.5, hidden));
    assertThat(p.exponents(FeedbackRole.DIRECT)).isEqualTo(new AbcExponents(0, 0, direct));
    assertThat(p.exponents(FeedbackRole.BIAS)).isEqualTo(new AbcExponents(0, 0, 0));
  }

  @Test
  void numbersAtFourTimesTheBaseWidth() {
    FeedbackParameterization p =
        feedback(
            Scheme.MUP,
            new CreditRule.TargetPropagation(),
            FeedbackLearning.RECONSTRUCTION,
            StepClass.SGD_LIKE);
    assertThat(p.scaling(FeedbackRole.HIDDEN, new Size(256, 0), 256, 2))
        .isEqualTo(new ParameterScaling(1, 2.0 / 16, 0.25, 1, 4));
    assertThat(p.scaling(FeedbackRole.TOP, new Size(256, 0), 16, 2))
        .isEqualTo(new ParameterScaling(1, 0.5, 1, 1, 1));
    assertThat(p.scaling(FeedbackRole.BIAS, new Size(256, 0), 256, 2).initStd()).isZero();
  }

  @Test
  void ridgeDampingFollowsTheKernel() {
    assertThat(FeedbackParameterization.ridgeDamping(0.1, 50, false)).isEqualTo(5);
    assertThat(FeedbackParameterization.ridgeDamping(0.1, 50, true)).isEqualTo(0.1);
  }

  @Test
  void noiseWithAdamHasNoExponent() {
    for (FeedbackLearning learning :
        new FeedbackLearning[] {FeedbackLearning.LOCAL_NOISE, FeedbackLearning.OUTPUT_NOISE}) {
      assertThatExceptionOfType(BadInputException.class)
          .isThrownBy(
              () ->
                  feedback(
                      Scheme.MUP,
                      new CreditRule.TargetPropagation(),
                      learning,
                      StepClass.SIGN_LIKE))
          .withMessageContaining("tp.feedbackOptimizer adam")
          .withMessageContaining("mup");
      assertThat(
              feedback(Scheme.SP, new CreditRule.TargetPropagation(), learning, StepClass.SIGN_LIKE)
                  .exponents(FeedbackRole.TOP)
                  .c())
          .isZero();
    }
  }
}
