package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.gnt.GaussNewtonTargets;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Maps;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.Reconstruction;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.Judgement;
import lemniscate.study.MeasurementStore;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariants V16 and V19 for rules with targets: coordinate checks at widths 128 to 512, and the
 * exponent omega of W_L Δh_{L−1}, 1 where targets come through the weights and ½ where they come
 * from data.
 *
 * <p>Tolerance 0.25: at these widths f_0 ~ M^-½ still adds to the output error, ridge damping to
 * the maps, and three outputs make omega itself noisy; a wrong exponent is off by ½ or more.
 */
final class TargetCoordinateTest {

  private static final List<Integer> WIDTHS = List.of(128, 256, 512);
  private static final double TOLERANCE = 0.25;
  private static final int SEEDS = 6;

  private static LearningRule tp(Feedback feedback) {
    return new TargetPropagation(Pathway.DIFFERENCE, feedback, 1);
  }

  private static CoordinateStudy study(
      LearningRule rule, CreditRule exponents, Optimizer optimizer, double learningRate) {
    Parameterization claimed =
        Parameterization.relative(Scheme.MUP, 64, rule.creditRule(), optimizer.kind());
    Parameterization trained =
        Parameterization.relative(Scheme.MUP, 64, exponents, optimizer.kind());
    return new CoordinateStudy(
        WIDTHS,
        List.of(1),
        SEEDS,
        TOLERANCE,
        CoordinateStudy.Networks.perceptron(3, Activation.TANH, false, 8),
        rule,
        claimed,
        trained,
        optimizer,
        learningRate,
        5);
  }

  private static CoordinateStudy.Result run(CoordinateStudy study) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      return study
          .run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal())
          .orElseThrow();
    }
  }

  static Stream<Arguments> rules() {
    Feedback learned =
        new Feedback.Learned(
            Maps.of(Activation.TANH),
            Reconstruction.OUTPUT_NOISE,
            0.1,
            3,
            0,
            0.05,
            new Optimizer.Sgd(),
            0);
    return Stream.of(
        Arguments.of(new GaussNewtonTargets(0, 1), 1.0),
        Arguments.of(new GaussNewtonTargets(0.1, 1), 1.0),
        Arguments.of(tp(new Feedback.PseudoInverse(0.1)), 1.0),
        Arguments.of(tp(new Feedback.Transpose()), 1.0),
        Arguments.of(tp(new Feedback.Ridge(0.01)), 0.5),
        Arguments.of(new TargetPropagation(Pathway.PLAIN, new Feedback.Ridge(0.01), 1), 0.5),
        Arguments.of(new TargetPropagation(Pathway.DIRECT, new Feedback.Ridge(0.01), 1), 0.5),
        Arguments.of(tp(new Feedback.Random(Maps.of(Activation.LINEAR))), 0.5),
        Arguments.of(tp(learned), 0.5));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void coordinatesAreOfOneSize(LearningRule rule, double omega) {
    CoordinateStudy.Result result = run(study(rule, rule.creditRule(), new Optimizer.Sgd(), 0.05));
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
    // A sum of independent terms is too noisy for a verdict with few seeds; these are enough.
    assertThat(slope(result, "omega")).isCloseTo(omega, within(TOLERANCE));
    assertThat(slope(result, "WLdH")).isCloseTo(0, within(TOLERANCE));
  }

  private static double slope(CoordinateStudy.Result result, String quantity) {
    return result.slopes().stream()
        .filter(slope -> slope.quantity().equals(quantity))
        .mapToDouble(CoordinateStudy.Slope::slope)
        .sum();
  }

  @Test
  void adamToo() {
    LearningRule rule = tp(new Feedback.Ridge(0.01));
    CoordinateStudy.Result result =
        run(study(rule, rule.creditRule(), new Optimizer.Adam(), 0.002));
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
  }

  /** Target propagation with the exponents of Gauss-Newton targets, b_L = 1: the check can fail. */
  @Test
  void exponentsOfAnotherColumnFail() {
    // The hidden layers do not reach the output: the paths through them fade like m^-½.
    LearningRule rule = tp(new Feedback.Random(Maps.of(Activation.LINEAR)));
    CoordinateStudy.Result faded =
        run(study(rule, new CreditRule.GaussNewtonTarget(), new Optimizer.Sgd(), 0.05));
    assertThat(slope(faded, "WLdH")).isLessThan(-TOLERANCE);
    LearningRule pseudoInverse = tp(new Feedback.PseudoInverse(0.1));
    assertThat(
            run(study(pseudoInverse, new CreditRule.TargetPropagation(), new Optimizer.Sgd(), 0.05))
                .judgement())
        .isEqualTo(Judgement.FAIL);
  }
}
