package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.Form;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.study.RegimeStudy.Quantity;
import lemniscate.study.RegimeStudy.Regime;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RegimeStudyTest {

  private static final List<Integer> WIDTHS = List.of(64, 128, 256, 512);
  // Of widths this small: the initial output still adds to the error.
  private static final double TOLERANCE = 0.15;

  private static RegimeStudy.Case of(String name, LearningRule rule, Scheme scheme, double shift) {
    Parameterization parameterization =
        new Parameterization(
            scheme,
            Form.RELATIVE,
            64,
            1,
            scheme == Scheme.MUP ? 0.125 : 1,
            rule.creditRule(),
            StepClass.SGD_LIKE);
    Parameterization trained =
        shift == 0
            ? parameterization
            : parameterization
                .withLearningRateShift(ParameterRole.HIDDEN_WEIGHT, shift)
                .withLearningRateShift(ParameterRole.INPUT_WEIGHT, shift);
    return new RegimeStudy.Case(
        name,
        new CoordinateStudy(
            WIDTHS,
            List.of(1, 4),
            4,
            TOLERANCE,
            CoordinateStudy.Networks.perceptron(2, Activation.TANH, false, 8),
            rule,
            parameterization,
            trained,
            new Optimizer.Sgd(),
            CoordinateStudy.defaultLearningRate(scheme, StepClass.SGD_LIKE),
            5));
  }

  private static RegimeStudy.Case bp(Scheme scheme, double shift) {
    return of("bp", new BackPropagation(), scheme, shift);
  }

  private static RegimeStudy.Case dtp(Scheme scheme) {
    return of(
        "dtp", new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(1e-3), 1), scheme, 0);
  }

  private static RegimeStudy.Result run(RegimeStudy.Case... cases) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      return new RegimeStudy(List.of(cases))
          .run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal())
          .orElseThrow();
    }
  }

  /** Output weights of variance 1/M: lazy with gradients, not with targets from data. */
  @Test
  void targetPropagationHasNoKernelRegime() {
    RegimeStudy.Case lazy = bp(Scheme.NTK, 0);
    RegimeStudy.Case rich = dtp(Scheme.NTK);
    RegimeStudy.Result result = run(lazy, rich);
    assertThat(result.slopes()).filteredOn(RegimeStudy.Slope::misses).isEmpty();
    assertThat(result.regime(lazy, 4)).isEqualTo(Regime.LAZY);
    assertThat(result.regime(rich, 4)).isEqualTo(Regime.FEATURE_LEARNING);
    RegimeStudy.Slope features = result.slope(lazy, Quantity.FEATURE_CHANGE, 4);
    assertThat(features.expected().exponent()).isEqualTo(-0.5);
    assertThat(features.layer()).isEqualTo(2);
    assertThat(result.slope(rich, Quantity.FEATURE_CHANGE, 4).expected().exponent()).isZero();
    // Tangents of lazy networks stay as they were, the wider the more; at least by 1/√M.
    assertThat(result.slope(lazy, Quantity.NTK_CHANGE, 4).slope()).isLessThan(-0.4);
    assertThat(result.slope(lazy, Quantity.LINEARISED_GAP, 4).slope()).isLessThan(-0.4);
    assertThat(result.slope(rich, Quantity.NTK_CHANGE, 4).slope()).isGreaterThan(-0.3);
    assertThat(result.slope(rich, Quantity.LINEARISED_GAP, 4).slope()).isGreaterThan(-0.3);
    // Aligned with the last weight, and independent of it.
    assertThat(result.slope(lazy, Quantity.OMEGA, 4).slope()).isCloseTo(1, within(0.1));
    assertThat(result.slope(rich, Quantity.OMEGA, 4).slope()).isCloseTo(0.5, within(0.2));
  }

  /** NTK made feature learning by learning rates that grow with √M is no longer lazy. */
  @Test
  void wrongExponentFails() {
    RegimeStudy.Case wrong = bp(Scheme.NTK, -0.5);
    RegimeStudy.Result result = run(wrong);
    assertThat(result.judgement()).isEqualTo(Judgement.FAIL);
    assertThat(result.regime(wrong, 1)).isEqualTo(Regime.FEATURE_LEARNING);
  }

  @Test
  void tablesHoldEverything() {
    RegimeStudy.Result result = run(bp(Scheme.MUP, 0));
    // 2 layers of features and 4 other quantities, after 2 numbers of steps.
    assertThat(result.slopesCsv().lines()).hasSize(1 + 6 * 2);
    // The same for 4 widths and 4 seeds.
    assertThat(result.measurementsCsv().lines()).hasSize(1 + 6 * 2 * 16);
    assertThat(result.measurementsCsv().lines().skip(1)).noneMatch(line -> line.contains("NaN"));
    assertThat(
            result.values(
                result.slopes().getFirst().of(), Quantity.LINEARISED_GAP, 3, 4, WIDTHS.getLast()))
        .hasSize(4);
  }

  @ParameterizedTest
  @CsvSource({
    "-0.5, LAZY",
    "-0.26, LAZY",
    "-0.24, FEATURE_LEARNING",
    "0, FEATURE_LEARNING",
    "0.24, FEATURE_LEARNING",
    "0.5, UNSTABLE",
    "NaN, UNKNOWN"
  })
  void regimeIsThatOfTheNearestPower(double slope, Regime regime) {
    assertThat(Regime.of(slope)).isEqualTo(regime);
  }

  @Test
  void refusesNothingAndTheSameTwice() {
    assertThatThrownBy(() -> new RegimeStudy(List.of()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("name at least one");
    assertThatThrownBy(() -> new RegimeStudy(List.of(dtp(Scheme.SP), dtp(Scheme.SP))))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("dtp under sp is named twice");
  }
}
