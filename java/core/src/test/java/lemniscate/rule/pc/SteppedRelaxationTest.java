package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.StepwiseInference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps taken one by one leave what a recording of them leaves. */
final class SteppedRelaxationTest {

  private static Inference inference(String scheme, int steps) {
    return switch (scheme) {
      case "jacobi" -> new Inference.Jacobi(steps, 0.15);
      case "si" -> new Inference.Sequential(steps, 0.15);
      default ->
          new Inference.AugmentedLagrangian(
              steps,
              0.15,
              0.7,
              scheme.equals("alm")
                  ? Inference.AugmentedLagrangian.Order.JACOBI
                  : Inference.AugmentedLagrangian.Order.GAUSS_SEIDEL,
              1.5);
    };
  }

  private static RuleFixture fixture(Backend backend, PredictiveCoding rule) {
    return RuleFixture.plain(
            backend, RuleFixture.spec(Activation.TANH, true, 3, 7, 5, 6, 2), Loss.MSE, 4)
        .drawBiases(0.3, 2)
        .rule(rule)
        .drawBatch(9);
  }

  static Stream<Arguments> cases() {
    return RuleFixture.backends()
        .flatMap(
            backend ->
                Stream.of("jacobi", "si", "alm", "alm gauss-seidel")
                    .flatMap(
                        scheme ->
                            Stream.of(Convention.values())
                                .map(convention -> Arguments.of(backend, scheme, convention))));
  }

  /** Products with states that have not moved are made rather than left out: the same numbers. */
  @ParameterizedTest
  @MethodSource("cases")
  void isTheRecordingStepByStep(String backendName, String scheme, Convention convention) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture stepped =
            fixture(backend, PredictiveCoding.of(inference(scheme, 1)).withConvention(convention));
        StepwiseInference inference = stepped.step().stepwise()) {
      assertThat(inference).isNotNull();
      // Twice: nothing of the first batch stays.
      for (int repetition = 0; repetition < 2; repetition++) {
        inference.start();
        for (int steps = 1; steps <= 5; steps++) {
          inference.advance();
          inference.computeGradients();
          List<double[]> found = stepped.parameterGradients();
          PredictiveCoding rule =
              PredictiveCoding.of(inference(scheme, steps)).withConvention(convention);
          try (RuleFixture recorded = fixture(backend, rule).gradients()) {
            Oracle.close(found, recorded.parameterGradients(), 1e-15, scheme + " " + steps);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Convention.class)
  void otherSchemesHaveNone(Convention convention) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            fixture(
                backend,
                PredictiveCoding.of(new Inference.FixedPrediction(3, 1))
                    .withConvention(convention))) {
      assertThat(fixture.step().stepwise()).isNull();
    }
  }
}
