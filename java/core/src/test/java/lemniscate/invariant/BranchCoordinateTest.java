package lemniscate.invariant;

import static lemniscate.invariant.DepthCoordinateTest.DEPTHS;
import static lemniscate.invariant.DepthCoordinateTest.TOLERANCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Muon;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackMode;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.pc.Convention;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.Judgement;
import lemniscate.study.MeasurementStore;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariants V85 and V86: how branches alone move over depths under the rules of 2025 and 2026, and
 * what wrong exponents do. Networks and tolerance are those of {@link DepthCoordinateTest}.
 */
@Order(1)
final class BranchCoordinateTest {

  private static final Inference MULTIPLIERS =
      new Inference.AugmentedLagrangian(0, 0.2, 1, Inference.AugmentedLagrangian.Order.JACOBI, 1.5);

  private static PredictiveCoding pc(Inference inference) {
    return PredictiveCoding.of(inference);
  }

  private static FeedbackAlignment layerwise(FeedbackMode mode) {
    return FeedbackAlignment.of(FeedbackRoute.LAYERWISE, mode);
  }

  static Stream<Arguments> rules() {
    Optimizer sgd = new Optimizer.Sgd();
    // γ_N = M/L, with which errors are of order 1/L at every width.
    PredictiveCoding strong =
        new PredictiveCoding(
            MULTIPLIERS, Precisions.UNIT, -1, 1, Weighting.UNWEIGHTED, Convention.B, false);
    return Stream.of(
        Arguments.of(pc(MULTIPLIERS), sgd, 0.05, 0.0),
        Arguments.of(strong, sgd, 0.05, 0.0),
        Arguments.of(pc(MULTIPLIERS), new Muon(), 0.02, 0.0),
        Arguments.of(pc(new Inference.Errors(3, 0.5)), sgd, 0.05, 0.0),
        Arguments.of(layerwise(FeedbackMode.KOLEN_POLLACK), sgd, 0.05, 0.0),
        Arguments.of(layerwise(FeedbackMode.UNIFORM_SIGNS), sgd, 0.05, 0.0),
        Arguments.of(layerwise(FeedbackMode.FIXED_MAGNITUDES), sgd, 0.05, 0.0),
        Arguments.of(
            new FeedbackAlignment(FeedbackRoute.DIRECT, 1, false, FeedbackMode.KOLEN_POLLACK, 1),
            sgd,
            0.05,
            -0.5),
        Arguments.of(pc(new Inference.DirectStart(1, 0.1, 1, 1, 1)), sgd, 0.01, -0.5),
        // V86: nor does Muon make one direction of many.
        Arguments.of(
            new FeedbackAlignment(FeedbackRoute.DIRECT, 1, false), new Muon(), 0.02, -0.5));
  }

  /** V85: as the rule says itself, 0 or, where every branch has a direction of its own, −½. */
  @ParameterizedTest
  @MethodSource("rules")
  void branchesAddUp(LearningRule rule, Optimizer optimizer, double rate, double expected) {
    Parameterization claimed =
        DepthCoordinateTest.parameterization(rule, optimizer).withBranchesAlone();
    CoordinateStudy.Result result =
        DepthCoordinateTest.run(
            DepthCoordinateTest.study(
                DEPTHS, DepthCoordinateTest.depths(), rule, claimed, claimed, optimizer, rate));
    assertThat(DepthCoordinateTest.lastHiddenMove(result)).isCloseTo(expected, within(TOLERANCE));
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
    assertThat(result.slopes())
        .filteredOn(slope -> slope.quantity().equals("e"))
        .isNotEmpty()
        .allMatch(slope -> slope.expected().judged() != rule.errorsAreMoves());
  }

  /** V84: PC-ALM over widths. 0.2, as what a wave leaves of the output error settles late. */
  @Test
  void multipliersMoveAlikeOverWidths() {
    LearningRule rule = pc(MULTIPLIERS);
    Optimizer sgd = new Optimizer.Sgd();
    Parameterization claimed =
        Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), sgd.kind());
    assertThat(overWidths(rule, claimed, claimed, sgd, 0.05, 0.2).slopes())
        .filteredOn(CoordinateStudy.Slope::misses)
        .isEmpty();
  }

  private static CoordinateStudy.Result overWidths(
      LearningRule rule,
      Parameterization claimed,
      Parameterization trained,
      Optimizer optimizer,
      double rate,
      double tolerance) {
    NetworkSpec network =
        NetworkSpec.mlp(CoordinateStudy.INPUTS, 1, 3, CoordinateStudy.OUTPUTS, Activation.TANH);
    CoordinateStudy study =
        new CoordinateStudy(
            List.of(64, 128, 256),
            List.of(1),
            8,
            tolerance,
            CoordinateStudy.Networks.ofWidths(network, 8),
            rule,
            claimed,
            trained,
            optimizer,
            rate,
            3);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      return study
          .run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal())
          .orElseThrow();
    }
  }

  /**
   * V86: one rate η √M for all of Adam's weights, as upstream of PC-ALM has it, is off by M^½ at
   * the first and by M at the hidden weights: moves grow as √M and M. 0.15, as the hidden ones have
   * yet to outgrow what comes from below.
   */
  @Test
  void oneRateForAllOfAdamGrows() {
    LearningRule rule = new BackPropagation();
    Optimizer adam = new Optimizer.Adam();
    Parameterization claimed =
        Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), adam.kind());
    Parameterization upstream =
        claimed
            .withLearningRateShift(ParameterRole.INPUT_WEIGHT, -0.5)
            .withLearningRateShift(ParameterRole.HIDDEN_WEIGHT, -1)
            .withLearningRateShift(ParameterRole.OUTPUT_WEIGHT, -0.5);
    CoordinateStudy.Result result = overWidths(rule, claimed, upstream, adam, 1e-6, 0.15);
    assertThat(result.judgement()).isEqualTo(Judgement.FAIL);
    assertThat(move(result, 1)).isCloseTo(0.5, within(0.15));
    assertThat(move(result, 3)).isCloseTo(1, within(0.15));
  }

  private static double move(CoordinateStudy.Result result, int layer) {
    return result.slopes().stream()
        .filter(slope -> slope.quantity().equals("dh") && slope.layer() == layer)
        .findFirst()
        .orElseThrow()
        .slope();
  }
}
