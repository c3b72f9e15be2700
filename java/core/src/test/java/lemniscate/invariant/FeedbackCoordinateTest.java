package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.ActivityNorm;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackMode;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.ff.ForwardForward;
import lemniscate.rule.ff.Goodness;
import lemniscate.rule.ff.InputLength;
import lemniscate.rule.ff.Prediction;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Projection;
import lemniscate.rule.pepita.Variant;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.Judgement;
import lemniscate.study.MeasurementStore;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Coordinate checks of rules whose errors do not come through the weights, at widths 128 to 512:
 * with the exponents of target propagation nothing depends on the width, and W_L Δh_{L−1} is a sum
 * of independent terms (omega ½).
 *
 * <p>Tolerance 0.25, as three outputs and three widths make omega noisy; a wrong exponent is off by
 * ½ or more.
 */
@Order(1)
final class FeedbackCoordinateTest {

  private static final double TOLERANCE = 0.25;
  private static final int SEEDS = 8;

  static Stream<LearningRule> rules() {
    return Stream.of(
            Stream.of(FeedbackRoute.values()).map(route -> new FeedbackAlignment(route, 1)),
            Stream.of(
                FeedbackAlignment.of(FeedbackRoute.LAYERWISE, FeedbackMode.KOLEN_POLLACK),
                new FeedbackAlignment(
                    FeedbackRoute.DIRECT, 1, false, FeedbackMode.KOLEN_POLLACK, 1)),
            Stream.of(PredictiveCoding.of(new Inference.DirectStart(1, 0.1))),
            Stream.of(Variant.MODULATED, Variant.FORWARD, Variant.HEBBIAN, Variant.FIRST_ORDER)
                .map(FeedbackCoordinateTest::pepita),
            Stream.of(Goodness.values())
                .flatMap(
                    goodness ->
                        Stream.of(InputLength.values())
                            .map(length -> forwardForward(goodness, length))))
        .flatMap(Function.identity());
  }

  // The inputs are normals: a label of 3 stands out from them.
  private static LearningRule forwardForward(Goodness goodness, InputLength length) {
    return new ForwardForward(goodness, 0.5, length, 0.3, 0, Prediction.PROBE, 3, 1);
  }

  private static LearningRule pepita(Variant variant) {
    return new Pepita(variant, -1, new Projection(Projection.Kind.UNIFORM, 0.5), 0);
  }

  private static CoordinateStudy.Result run(
      LearningRule rule, Scheme scheme, CreditRule exponents, Optimizer optimizer, double rate) {
    return run(rule, scheme, exponents, optimizer, rate, ActivityNorm.NONE);
  }

  private static CoordinateStudy.Result run(
      LearningRule rule,
      Scheme scheme,
      CreditRule exponents,
      Optimizer optimizer,
      double rate,
      ActivityNorm norm) {
    CoordinateStudy study =
        new CoordinateStudy(
            List.of(128, 256, 512),
            List.of(1),
            SEEDS,
            TOLERANCE,
            CoordinateStudy.Networks.ofWidths(
                NetworkSpec.mlp(
                        CoordinateStudy.INPUTS, 1, 3, CoordinateStudy.OUTPUTS, Activation.TANH)
                    .withBias(true)
                    .withNorm(norm),
                8),
            rule,
            Parameterization.relative(scheme, 64, rule.creditRule(), optimizer.kind()),
            Parameterization.relative(scheme, 64, exponents, optimizer.kind()),
            optimizer,
            rate,
            5);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      return study
          .run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal())
          .orElseThrow();
    }
  }

  @ParameterizedTest
  @MethodSource("rules")
  void coordinatesAreOfOneSize(LearningRule rule) {
    CoordinateStudy.Result result =
        run(rule, Scheme.MUP, rule.creditRule(), new Optimizer.Sgd(), 0.05);
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
    assertThat(result.slopes())
        .filteredOn(slope -> List.of("omega", "dh", "df").contains(slope.quantity()))
        .extracting(slope -> slope.expected().exponent())
        .containsExactlyInAnyOrder(0.0, 0.0, 0.0, 0.0, 0.5);
  }

  /** Norms that grow as √m leave every exponent where it is; base width 64 makes h of order 1/8. */
  @ParameterizedTest
  @EnumSource(value = ActivityNorm.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void withNormsToo(ActivityNorm norm) {
    LearningRule rule = pepita(Variant.MODULATED);
    double rate = norm == ActivityNorm.BATCH ? 5 : 1;
    CoordinateStudy.Result result =
        run(rule, Scheme.MUP, rule.creditRule(), new Optimizer.Sgd(), rate, norm);
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
  }

  /** Signs of the weights are aligned with them at every width (V79, V84). */
  @ParameterizedTest
  @EnumSource(
      value = FeedbackMode.class,
      names = {"UNIFORM_SIGNS", "FIXED_MAGNITUDES", "DRAWN_MAGNITUDES"})
  void signsOfTheWeightsAreAligned(FeedbackMode mode) {
    LearningRule rule = FeedbackAlignment.of(FeedbackRoute.LAYERWISE, mode);
    CoordinateStudy.Result result =
        run(rule, Scheme.MUP, rule.creditRule(), new Optimizer.Sgd(), 0.05);
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
    assertThat(result.slopes())
        .filteredOn(slope -> slope.quantity().equals("omega"))
        .singleElement()
        .extracting(slope -> slope.expected().exponent())
        .isEqualTo(1.0);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void withAdamToo(LearningRule rule) {
    CoordinateStudy.Result result =
        run(rule, Scheme.MUP, rule.creditRule(), new Optimizer.Adam(), 0.002);
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
  }

  /** The check can fail: with backpropagation's exponents moves grow with the width. */
  @Test
  void exponentsOfBackpropagationFail() {
    LearningRule rule = new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1);
    assertThat(
            run(rule, Scheme.MUP, new CreditRule.BackPropagation(), new Optimizer.Sgd(), 0.005)
                .judgement())
        .isEqualTo(Judgement.FAIL);
  }
}
