package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.mup.Weighting;
import lemniscate.rule.LearningRule;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.ff.ForwardForward;
import lemniscate.rule.ff.Goodness;
import lemniscate.rule.ff.InputLength;
import lemniscate.rule.ff.Prediction;
import lemniscate.rule.gnt.GaussNewtonTargets;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Power counting against exponents written down by hand, from what independent simulations at
 * widths 256 to 2048 show (rounded to the half they stand for).
 */
final class ExpectedExponentsTest {

  // Sums of halves are exact; one rounding of slack.
  private static final double EXACT = 1e-15;
  private static final int LAYERS = 4;

  private static final LearningRule BP = new BackPropagation();
  private static final LearningRule GNT = new GaussNewtonTargets(0, 1);
  private static final LearningRule TP =
      new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(0.01), 1);
  private static final LearningRule FF =
      new ForwardForward(Goodness.SUM, 0.5, InputLength.RMS, 0, 0, Prediction.GOODNESS, 1, 1);
  private static final String[] QUANTITIES = {"dh1", "dh2", "dh3", "df", "WLdH", "dWLH", "e1", "f"};

  private static LearningRule pc(double gammaExponent) {
    return PredictiveCoding.jacobi(20, 0.2).withGammaExponent(gammaExponent);
  }

  static Stream<Arguments> table() {
    return Stream.of(
        // Columns as in QUANTITIES.
        row(Scheme.SP, StepClass.SGD_LIKE, BP, -0.5, 0.5, 0.5, 1, 1, 1, -0.5, 0),
        row(Scheme.NTK, StepClass.SGD_LIKE, BP, -0.5, -0.5, -0.5, 0, 0, 0, -0.5, 0),
        row(Scheme.MUP, StepClass.SGD_LIKE, BP, 0, 0, 0, 0, 0, 0, -1, -0.5),
        row(Scheme.SP, StepClass.SIGN_LIKE, BP, 0, 1, 1, 1.5, 1.5, 1, -0.5, 0),
        row(Scheme.NTK, StepClass.SIGN_LIKE, BP, -0.5, -0.5, -0.5, 0, 0, 0, -0.5, 0),
        row(Scheme.MUP, StepClass.SIGN_LIKE, BP, 0, 0, 0, 0, 0, 0, -1, -0.5),
        row(Scheme.SP, StepClass.SGD_LIKE, pc(0), -0.5, 0.5, 0.5, 1, 1, 1, -0.5, 0),
        row(Scheme.NTK, StepClass.SGD_LIKE, pc(0), -0.5, -0.5, -0.5, 0, 0, 0, -0.5, 0),
        row(Scheme.MUP, StepClass.SGD_LIKE, pc(0), 0, 0, 0, 0, 0, 0, -1, -0.5),
        row(Scheme.MUP, StepClass.SGD_LIKE, pc(-0.5), 0, 0, 0, 0, 0, 0, -0.5, -0.5),
        row(Scheme.MUP, StepClass.SGD_LIKE, pc(-1), 0, 0, 0, 0, 0, 0, 0, -0.5),
        row(Scheme.MUP, StepClass.SGD_LIKE, pc(1), 0, 0, 0, 0, 0, 0, -2, -0.5),
        row(Scheme.MUP, StepClass.SIGN_LIKE, pc(-1), 0, 0, 0, 0, 0, 0, 0, -0.5),
        row(Scheme.MUP, StepClass.SGD_LIKE, GNT, 0, 0, 0, 0, 0, 0, 0, -0.5),
        row(Scheme.NTK, StepClass.SGD_LIKE, GNT, -0.5, -0.5, -0.5, 0, 0, 0, -0.5, 0),
        row(Scheme.SP, StepClass.SGD_LIKE, TP, 0, 1, 1, 1, 1, 1, 0, 0),
        row(Scheme.NTK, StepClass.SGD_LIKE, TP, 0, 0, 0, 0, 0, 0, 0, 0),
        row(Scheme.MUP, StepClass.SGD_LIKE, TP, 0, 0, 0, 0, 0, 0, 0, 0),
        row(Scheme.MUP, StepClass.SIGN_LIKE, TP, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  private static Arguments row(
      Scheme scheme, StepClass optimizer, LearningRule rule, double... exponents) {
    return Arguments.of(scheme, optimizer, rule, exponents);
  }

  private static ExpectedExponents exponents(
      Scheme scheme, StepClass optimizer, LearningRule rule, boolean bias) {
    return ExpectedExponents.of(
        Parameterization.relative(scheme, 64, rule.creditRule(), optimizer), rule, bias, LAYERS);
  }

  @ParameterizedTest
  @MethodSource("table")
  void powersOfTheTable(Scheme scheme, StepClass optimizer, LearningRule rule, double[] expected) {
    ExpectedExponents exponents = exponents(scheme, optimizer, rule, false);
    for (int i = 0; i < QUANTITIES.length; i++) {
      String name = QUANTITIES[i].replaceFirst("\\d$", "");
      int layer = name.equals(QUANTITIES[i]) ? LAYERS : QUANTITIES[i].charAt(name.length()) - '0';
      assertThat(exponents.of(name, layer).exponent())
          .as(QUANTITIES[i])
          .isCloseTo(expected[i], within(EXACT));
    }
  }

  /** The law of large numbers where moves follow the last weight, the central limit elsewhere. */
  @Test
  void alignmentWithTheLastWeight() {
    for (LearningRule rule : List.of(BP, pc(0), GNT)) {
      assertThat(exponents(Scheme.MUP, StepClass.SGD_LIKE, rule, false).of("omega", 4).exponent())
          .isEqualTo(1);
    }
    ExpectedExponents.Expectation independent =
        exponents(Scheme.MUP, StepClass.SGD_LIKE, TP, false).of("omega", 4);
    assertThat(independent.exponent()).isEqualTo(0.5);
    assertThat(independent.judged()).isFalse();
  }

  /** A first layer that moves little leaves the others to move by their own weights. */
  @Test
  void layersMoveByTheirOwnWeights() {
    ExpectedExponents sp = exponents(Scheme.SP, StepClass.SGD_LIKE, BP, false);
    assertThat(sp.of("dWh", 1).exponent()).isEqualTo(-0.5);
    assertThat(sp.of("dWh", 3).exponent()).isEqualTo(0.5);
    ExpectedExponents ntk = exponents(Scheme.NTK, StepClass.SGD_LIKE, BP, false);
    assertThat(ntk.of("dWh", 1).exponent()).isEqualTo(-0.5);
    assertThat(ntk.of("dWh", 2).exponent()).isEqualTo(-0.5);
    ExpectedExponents mup = exponents(Scheme.MUP, StepClass.SIGN_LIKE, pc(0), false);
    assertThat(mup.of("dWh", 1).exponent()).isZero();
    assertThat(mup.of("dWh", 2).exponent()).isZero();
  }

  @Test
  void relaxationChangesTheOutputError() {
    assertThat(exponents(Scheme.SP, StepClass.SGD_LIKE, pc(0), false).of("deL", LAYERS).exponent())
        .isZero();
    assertThat(exponents(Scheme.MUP, StepClass.SGD_LIKE, pc(0), false).of("deL", LAYERS).exponent())
        .isEqualTo(-1);
    assertThat(
            exponents(Scheme.MUP, StepClass.SGD_LIKE, pc(-1), false).of("deL", LAYERS).exponent())
        .isZero();
  }

  @Test
  void biasesMoveAsTheirLayers() {
    assertThat(exponents(Scheme.NTK, StepClass.SGD_LIKE, BP, true).of("db", 2).exponent())
        .isEqualTo(-0.5);
    assertThat(exponents(Scheme.MUP, StepClass.SGD_LIKE, pc(-1), true).of("db", 2).exponent())
        .isZero();
  }

  @Test
  void energyWeightingChangesTheLastLearningRateOnly() {
    LearningRule weighted =
        PredictiveCoding.jacobi(20, 0.2).withGammaExponent(0.5).withWeighting(Weighting.ENERGY);
    assertThat(exponents(Scheme.MUP, StepClass.SGD_LIKE, weighted, true).of("dWLH", 4).exponent())
        .isZero();
    // Under NTK nothing answers the precision.
    assertThat(exponents(Scheme.NTK, StepClass.SGD_LIKE, weighted, true).of("dWLH", 4).exponent())
        .isEqualTo(-0.5);
  }

  /** Predictive coding of growing precision with the learning rates of backpropagation. */
  @Test
  void learningRatesOfAnotherRuleMakeFeaturesGrow() {
    Parameterization ofBackPropagation =
        Parameterization.relative(Scheme.MUP, 64, BP.creditRule(), StepClass.SGD_LIKE);
    ExpectedExponents exponents = ExpectedExponents.of(ofBackPropagation, pc(-1), false, LAYERS);
    assertThat(exponents.of("dh", 1).exponent()).isEqualTo(1);
    assertThat(exponents.of("dh", 3).exponent()).isEqualTo(1);
    assertThat(exponents.of("WLdH", LAYERS).exponent()).isEqualTo(1);
  }

  @Test
  void whatHasNoCleanSlopeIsNotJudged() {
    ExpectedExponents lazy = exponents(Scheme.NTK, StepClass.SGD_LIKE, BP, false);
    assertThat(lazy.of("dK", 3)).isEqualTo(new ExpectedExponents.Expectation(-1, null));
    ExpectedExponents rich = exponents(Scheme.MUP, StepClass.SGD_LIKE, pc(-1), false);
    assertThat(rich.of("dK", 3).judged()).isFalse();
    assertThat(rich.of("dWLH", LAYERS).judged()).isFalse();
    assertThat(rich.of("f", LAYERS).judged()).isFalse();
    // Fixed predictions leave the output error alone.
    LearningRule fixed =
        PredictiveCoding.of(new Inference.FixedPrediction(3, 1)).withGammaExponent(-1);
    assertThat(exponents(Scheme.MUP, StepClass.SGD_LIKE, fixed, false).of("dWLH", 4).judged())
        .isTrue();
  }

  /** Terms without an alignment that fade beside what the last weight learns. */
  @Test
  void outputsOfTwoPowersAreNotJudged() {
    for (StepClass optimizer : List.of(StepClass.SGD_LIKE, StepClass.SIGN_LIKE)) {
      for (LearningRule rule : List.of(TP, BP)) {
        ExpectedExponents exponents = exponents(Scheme.NTK, optimizer, rule, false);
        ExpectedExponents.Expectation df = exponents.of("df", LAYERS);
        assertThat(df.exponent()).isZero();
        assertThat(df.judged()).isEqualTo(rule == BP || optimizer == StepClass.SGD_LIKE);
      }
    }
  }

  /** Where h moves along itself or with the same weights, h·Δh is a sum of terms of one sign. */
  @Test
  void someRulesMoveTheKernelInFirstOrder() {
    ExpectedExponents.Expectation pepita =
        exponents(Scheme.NTK, StepClass.SIGN_LIKE, Pepita.of(Variant.MODULATED), false)
            .of("dK", LAYERS);
    assertThat(pepita.exponent()).isEqualTo(-0.5);
    assertThat(pepita.judged()).isFalse();
    assertThat(
            exponents(Scheme.MUP, StepClass.SGD_LIKE, Pepita.of(Variant.MODULATED), false)
                .of("dK", LAYERS))
        .isEqualTo(new ExpectedExponents.Expectation(0, null));
    ExpectedExponents.Expectation kernel =
        exponents(Scheme.NTK, StepClass.SIGN_LIKE, FF, false).of("dK", LAYERS);
    assertThat(kernel.exponent()).isEqualTo(-0.5);
    assertThat(kernel.judged()).isFalse();
    assertThat(exponents(Scheme.MUP, StepClass.SGD_LIKE, FF, false).of("dK", LAYERS).exponent())
        .isZero();
    assertThat(exponents(Scheme.NTK, StepClass.SIGN_LIKE, TP, false).of("dK", LAYERS).exponent())
        .isEqualTo(-1);
  }
}
