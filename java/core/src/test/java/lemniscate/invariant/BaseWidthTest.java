package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariant V14 at the base width: there every parameterisation is the same ordinary network, so
 * ten training steps leave the same bits. No tolerance: every factor is a power of 1.
 */
final class BaseWidthTest {

  private static final int WIDTH = 9;

  static Stream<Arguments> trainings() {
    List<LearningRule> rules =
        List.of(
            new BackPropagation(),
            predictiveCoding(new Inference.Sequential(1, 0.3), 0, Weighting.UNWEIGHTED),
            predictiveCoding(new Inference.Jacobi(5, 0.1), -1, Weighting.ENERGY),
            predictiveCoding(new Inference.Incremental(3, 0.1), -1, Weighting.ENERGY),
            predictiveCoding(new Inference.FixedPrediction(3, 0.5), 0.5, Weighting.UNWEIGHTED));
    List<Optimizer> optimizers =
        List.of(new Optimizer.Sgd(0.01), new Optimizer.Momentum(0.9, 0.01), new Optimizer.Adam());
    return RuleFixture.backends()
        .flatMap(
            backend ->
                rules.stream()
                    .flatMap(
                        rule ->
                            optimizers.stream()
                                .map(optimizer -> Arguments.of(backend, rule, optimizer))));
  }

  private static PredictiveCoding predictiveCoding(
      Inference inference, double gammaExponent, Weighting weighting) {
    return PredictiveCoding.of(inference)
        .withPrecisions(new Precisions(List.of(0.9), 1.2))
        .withGammaExponent(gammaExponent)
        .withWeighting(weighting);
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void everySchemeIsTheSameNetwork(String backendName, LearningRule rule, Optimizer optimizer) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
      List<double[]> standard = train(backend, Scheme.SP, WIDTH, rule, optimizer);
      for (Scheme scheme : List.of(Scheme.NTK, Scheme.MUP)) {
        List<double[]> found = train(backend, scheme, WIDTH, rule, optimizer);
        for (int p = 0; p < standard.size(); p++) {
          assertThat(found.get(p)).as("%s, parameter %d", scheme, p).isEqualTo(standard.get(p));
        }
        // And at another width they differ, so that the comparison above could have failed.
        assertThat(train(backend, scheme, 3, rule, optimizer).getFirst())
            .isNotEqualTo(standard.getFirst());
      }
    }
  }

  private static List<double[]> train(
      Backend backend, Scheme scheme, int baseWidth, LearningRule rule, Optimizer optimizer) {
    StepClass kind = optimizer.kind();
    Parameterization parameterization =
        Parameterization.relative(scheme, baseWidth, rule.creditRule(), kind);
    NetworkSpec spec = NetworkSpec.mlp(5, WIDTH, 3, 3, Activation.TANH).withBias(true);
    try (RuleFixture fixture =
        RuleFixture.scaled(backend, spec, parameterization, optimizer, Loss.MSE, 4, 95)
            .rule(rule)
            .drawBatch(96)) {
      return fixture.train(kind == StepClass.SIGN_LIKE ? 0.01 : 0.05, 10).parameterValues();
    }
  }
}
