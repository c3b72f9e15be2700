package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** When the search for the equilibrium stops, and that it finds it from any rate. */
@ParameterizedClass
@MethodSource("lemniscate.rule.RuleFixture#backends")
final class EquilibriumSearchTest {

  private static final NetworkSpec SPEC = RuleFixture.spec(Activation.TANH, true, 3, 5, 7, 4, 2);
  private static final int LAST = 4;
  private static final int BATCH = 3;

  @Parameter String backendName;

  private Backend backend;

  @BeforeEach
  void open() {
    backend = RuleFixture.open(backendName, Precision.FP64);
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private RuleFixture bound(Inference inference, Convention convention) {
    return RuleFixture.plain(backend, SPEC, Loss.MSE, BATCH)
        .drawBiases(0.3, 91)
        .rule(PredictiveCoding.of(inference).withConvention(convention))
        .drawBatch(92);
  }

  @ParameterizedTest
  @EnumSource
  void stopsAtTheToleranceAndNotLongAfter(Convention convention) {
    int looseSteps = 0;
    for (double tolerance : new double[] {1e-3, 1e-6, 1e-10}) {
      try (RuleFixture fixture =
          bound(new Inference.Equilibrium(20_000, 0.2, tolerance), convention).gradients()) {
        EquilibriumSearch.Outcome outcome = fixture.pc().equilibrium();
        assertThat(outcome.converged()).isTrue();
        assertThat(outcome.steps()).isGreaterThan(looseSteps).isLessThan(5_000);
        assertThat(outcome.residual()).isPositive().isLessThanOrEqualTo(tolerance);
        assertThat(outcome.rate()).isEqualTo(0.2);
        // The states left behind are those that met the tolerance, by independent code; a step more
        // or less would change the residual by 2 %, rounding by 1e-5 at the smallest tolerance.
        assertThat(residual(fixture, convention))
            .isCloseTo(outcome.residual(), withinPercentage(0.1));
        looseSteps = outcome.steps();
      }
    }
  }

  private static double residual(RuleFixture fixture, Convention convention) {
    double[] unit = {1, 1, 1, 1, 1};
    PlainPredictiveCoding plain = PlainPredictiveCoding.of(fixture, convention, Loss.MSE, unit);
    double[][] v = plain.feedForward();
    for (int l = 1; l < LAST; l++) {
      v[l] = fixture.pc().state(l);
    }
    double worst = 0;
    for (int l = 1; l < LAST; l++) {
      worst = Math.max(worst, norm(plain.errorGradient(l, v)) / norm(plain.error(l, v)));
    }
    return worst;
  }

  private static double norm(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  /**
   * Rate 5 is 15 times beyond the stability limit. 1e-8: both searches stop at a relative gradient
   * of 1e-11, which the condition number of the states' Hessian (about 100) multiplies.
   */
  @ParameterizedTest
  @EnumSource
  void backsOffFromARateFarTooLarge(Convention convention) {
    try (RuleFixture small =
            bound(new Inference.Equilibrium(20_000, 0.1, 1e-11), convention).gradients();
        RuleFixture large =
            bound(new Inference.Equilibrium(20_000, 5, 1e-11), convention).gradients()) {
      EquilibriumSearch.Outcome outcome = large.pc().equilibrium();
      assertThat(outcome.converged()).isTrue();
      assertThat(outcome.rate()).isLessThan(1);
      assertThat(large.pc().energy()).isLessThan(BATCH * large.pc().loss());
      for (int l = 1; l < LAST; l++) {
        Oracle.close(large.pc().state(l), small.pc().state(l), 1e-8, "v" + l);
      }
      Oracle.close(large.parameterGradients(), small.parameterGradients(), 1e-8, "parameter");

      // The next batch starts from the rate of the settings again and ends in the same place.
      large.gradients();
      assertThat(large.pc().equilibrium()).isEqualTo(outcome);
    }
  }

  /**
   * Of a number of steps, those alone count that lower F; the gradients are those of the search for
   * the equilibrium that takes the same back.
   */
  @ParameterizedTest
  @EnumSource
  void takesBackStepsThatRaiseTheEnergy(Convention convention) {
    try (RuleFixture fixture = bound(new Inference.Errors(4, 5), convention).gradients()) {
      EquilibriumSearch.Outcome outcome = fixture.pc().equilibrium();
      assertThat(outcome.rate()).isLessThan(5);
      assertThat(outcome.steps()).isGreaterThan(4);
      assertThat(fixture.pc().energies())
          .hasSize(5)
          .isSortedAccordingTo((a, b) -> Double.compare(b, a));
      try (RuleFixture found =
          bound(new Inference.Equilibrium(outcome.steps(), 5, 1e-12), convention).gradients()) {
        Oracle.close(found.parameterGradients(), fixture.parameterGradients(), 1e-15, "parameter");
      }
      // The next batch is searched from the first rate again.
      double energy = fixture.pc().energy();
      fixture.gradients();
      assertThat(fixture.pc().equilibrium()).isEqualTo(outcome);
      assertThat(fixture.pc().energy()).isEqualTo(energy);
    }
  }

  /** The first step leaves the rate's part of back-propagation's deltas as errors. */
  @ParameterizedTest
  @EnumSource
  void oneStepIsInProportionToTheDeltas(Convention convention) {
    try (RuleFixture errors = bound(new Inference.Errors(1, 0.125), convention).gradients();
        RuleFixture fixed =
            bound(new Inference.FixedPrediction(1, 1, true), convention).gradients()) {
      for (int l = 1; l < LAST; l++) {
        // 1e-15: the same products.
        double[] expected = Oracle.times(0.125, fixed.pc().error(l));
        Oracle.close(errors.pc().error(l), expected, 1e-15, "e" + l);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void saysThatItRanOutOfSteps(Convention convention) {
    try (RuleFixture found =
            bound(new Inference.Equilibrium(7, 0.1, 1e-12), convention).gradients();
        RuleFixture expected = bound(new Inference.Errors(7, 0.1), convention).gradients()) {
      EquilibriumSearch.Outcome outcome = found.pc().equilibrium();
      assertThat(outcome.converged()).isFalse();
      assertThat(outcome.steps()).isEqualTo(7);
      assertThat(outcome.residual()).isGreaterThan(1e-12);
      // Seven steps that lowered F are the seven that are one recording. 1e-12: other order of
      // sums.
      Oracle.close(found.parameterGradients(), expected.parameterGradients(), 1e-12, "parameter");
    }
  }

  @ParameterizedTest
  @EnumSource
  void hasNothingToDoWithoutALoss(Convention convention) {
    try (RuleFixture fixture =
        bound(new Inference.Equilibrium(100, 0.1, 1e-9), convention).gradients()) {
      double[] output = backend.read(fixture.pc().forward().output());
      fixture.batch(backend.read(fixture.step().input()), output).gradients();
      EquilibriumSearch.Outcome outcome = fixture.pc().equilibrium();
      assertThat(outcome.converged()).isTrue();
      assertThat(outcome.steps()).isEqualTo(1);
      assertThat(fixture.step().loss()).isZero();
      assertThat(fixture.pc().energy()).isZero();
      for (double[] gradient : fixture.parameterGradients()) {
        // Zero of either sign.
        assertThat(Oracle.largest(gradient)).isZero();
      }
    }
  }
}
