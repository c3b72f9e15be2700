package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.pc.Convention;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Momentum;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariant V28: the same seed on the same backend with the same number of threads gives the same
 * bits; backends agree within rounding.
 */
final class DeterminismTest {

  private static final NetworkSpec SPEC =
      NetworkSpec.mlp(33, 65, 3, 5, Activation.TANH).withBias(true);

  private static List<LearningRule> rules() {
    return List.of(
        new BackPropagation(),
        new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Ridge(0.1), 1),
        new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1),
        Pepita.of(Variant.MODULATED),
        PredictiveCoding.of(new Inference.Sequential(1, 0.3)),
        PredictiveCoding.jacobi(5, 0.1),
        PredictiveCoding.of(new Inference.Equilibrium(50, 0.2, 1e-4)),
        PredictiveCoding.of(new Inference.Errors(3, 0.2)),
        PredictiveCoding.of(
            new Inference.AugmentedLagrangian(
                5, 0.1, 1, Inference.AugmentedLagrangian.Order.JACOBI, 1.5)));
  }

  static Stream<Arguments> trainings() {
    return rules().stream()
        .flatMap(rule -> Stream.of(1, 2).map(threads -> Arguments.of(rule, threads)));
  }

  private static List<double[]> train(
      String backendName, Precision precision, int threads, LearningRule rule, int steps) {
    try (Backend backend =
            Backends.open(backendName, new BackendOptions(precision, threads, null));
        RuleFixture fixture =
            RuleFixture.scaled(
                    backend,
                    SPEC,
                    RuleFixture.plainScaling(SPEC),
                    new Optimizer.Momentum(0.9, 1e-3),
                    Loss.CROSS_ENTROPY,
                    19,
                    101)
                .rule(rule)
                .drawBatch(102)) {
      return fixture.train(0.02, steps).parameterValues();
    }
  }

  /**
   * Between the first run and the last, hundreds of steps let the compiler replace interpreted code
   * by compiled code, which must not change a bit.
   */
  @ParameterizedTest
  @MethodSource("trainings")
  void sameSeedSameBits(LearningRule rule, int threads) {
    List<double[]> first = train("cpu", Precision.FP32, threads, rule, 20);
    train("cpu", Precision.FP32, threads, rule, 300);
    List<double[]> second = train("cpu", Precision.FP32, threads, rule, 20);
    for (int p = 0; p < first.size(); p++) {
      assertThat(second.get(p)).as("parameter %d", p).isEqualTo(first.get(p));
    }
  }

  /**
   * In C an element is the same sum whoever makes it: the same bits. With a BLAS, which may sum
   * another shape in another order, 20 steps of float32 with a momentum of 0.9 leave parameters of
   * order 0.1 within 1e-5.
   */
  @ParameterizedTest
  @MethodSource("rules")
  void threadsChangeNoBit(LearningRule rule) {
    double tolerance = productsInC() ? 0 : 1e-5;
    List<double[]> one = train("cpu", Precision.FP32, 1, rule, 20);
    for (int threads : new int[] {2, 3, 5}) {
      Oracle.close(train("cpu", Precision.FP32, threads, rule, 20), one, tolerance, "parameter");
    }
  }

  private static boolean productsInC() {
    try (Backend backend = Backends.open("cpu", new BackendOptions(Precision.FP32, 1, null))) {
      return backend.description().contains("(panels");
    }
  }

  /** Gradients of a batch do not depend on the batch before, in any scheme: the same bits. */
  @ParameterizedTest
  @MethodSource("schemes")
  void theBatchBeforeLeavesNoTrace(String backendName, Inference inference) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
      for (Convention convention : Convention.values()) {
        PredictiveCoding rule = PredictiveCoding.of(inference).withConvention(convention);
        List<double[]> fresh;
        try (RuleFixture fixture = RuleFixture.plain(backend, SPEC, Loss.MSE, 7).rule(rule)) {
          fresh = fixture.drawBatch(103).gradients().parameterGradients();
        }
        try (RuleFixture fixture = RuleFixture.plain(backend, SPEC, Loss.MSE, 7).rule(rule)) {
          fixture.drawBatch(104).gradients();
          List<double[]> second = fixture.drawBatch(103).gradients().parameterGradients();
          for (int p = 0; p < fresh.size(); p++) {
            assertThat(second.get(p)).as("%s, parameter %d", rule, p).isEqualTo(fresh.get(p));
          }
        }
      }
    }
  }

  static Stream<Arguments> schemes() {
    return RuleFixture.backends()
        .flatMap(
            backend ->
                Stream.of(
                        new Inference.Jacobi(2, 0.1),
                        new Inference.Jacobi(5, 0.1),
                        new Inference.Jacobi(5, 0.1, new Momentum(Momentum.Form.HEAVY_BALL, 0.6)),
                        Inference.Jacobi.atStableRate(4),
                        new Inference.Sequential(2, 0.3),
                        new Inference.FixedPrediction(2, 0.3),
                        new Inference.FixedPrediction(1, 0.3, true),
                        new Inference.ZeroDivergence(),
                        new Inference.Incremental(3, 0.1),
                        new Inference.Equilibrium(50, 0.2, 1e-4))
                    .map(inference -> Arguments.of(backend, inference)));
  }

  /** Ten steps in float64; 1e-10 as sums of 65 terms differ in order. */
  @ParameterizedTest
  @MethodSource("rules")
  void backendsAgree(LearningRule rule) {
    Oracle.close(
        train("cpu", Precision.FP64, 2, rule, 10),
        train("reference", Precision.FP64, 1, rule, 10),
        1e-10,
        "parameter");
  }
}
