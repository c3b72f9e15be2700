package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.mup.Form;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.ActivityNorm;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.layer.Preset;
import lemniscate.optim.Muon;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.Projection;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.ResidualFeedback;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.Judgement;
import lemniscate.study.MeasurementStore;
import lemniscate.tensor.ExampleShape;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariants V51, V52 and V54: coordinate checks of residual and convolutional networks, over
 * widths, over depths, and over depths with branches alone.
 *
 * <p>Tolerance 0.2: terms of relative size 1/L at L = 4 add up to 0.15 to a slope over L = 4 … 32,
 * and few channels as much over widths; a wrong exponent is off by ½ or more.
 */
@Order(1)
final class DepthCoordinateTest {

  static final double TOLERANCE = 0.2;
  private static final int BATCH = 8;
  static final List<Integer> DEPTHS = List.of(4, 8, 16, 32);

  private static NetworkSpec network(Preset preset, ExampleShape input, int width, int depth) {
    return new NetworkSpec(
        new Features(input, false),
        preset.units(
            new Preset.Settings(
                width,
                depth,
                CoordinateStudy.OUTPUTS,
                Activation.TANH,
                false,
                ActivityNorm.NONE,
                InitialDistribution.NORMAL)));
  }

  static CoordinateStudy.Networks depths() {
    SortedMap<Integer, NetworkSpec> networks = new TreeMap<>();
    for (int depth : DEPTHS) {
      ExampleShape input = ExampleShape.flat(CoordinateStudy.INPUTS);
      networks.put(depth, network(Preset.RESMLP, input, 64, depth));
    }
    return CoordinateStudy.Networks.ofDepths(networks, BATCH);
  }

  static Parameterization parameterization(LearningRule rule, Optimizer optimizer) {
    return new Parameterization(
        Scheme.MUP, Form.RELATIVE, 64, 1, 1.0 / 8, rule.creditRule(), optimizer.kind());
  }

  static CoordinateStudy.Result run(CoordinateStudy study) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      return study
          .run(backend, MeasurementStore.unsaved(), (_, _, _) -> {}, new StopSignal())
          .orElseThrow();
    }
  }

  static CoordinateStudy study(
      List<Integer> sizes,
      CoordinateStudy.Networks networks,
      LearningRule rule,
      Parameterization claimed,
      Parameterization trained,
      Optimizer optimizer,
      double learningRate) {
    return new CoordinateStudy(
        sizes,
        List.of(1),
        4,
        TOLERANCE,
        networks,
        rule,
        claimed,
        trained,
        optimizer,
        learningRate,
        7);
  }

  private static TargetPropagation targets() {
    Feedback ridge = new Feedback.Ridge(List.of(0.01), false, ResidualFeedback.IDENTITY_PRIOR);
    return new TargetPropagation(Pathway.DIFFERENCE, ridge, 1);
  }

  private static Pepita pepita() {
    Projection projection = new Projection(Projection.Kind.UNIFORM, 0.5);
    return new Pepita(Variant.MODULATED, -1, projection, 0);
  }

  private static LearningRule fixedPrediction() {
    return PredictiveCoding.of(new Inference.FixedPrediction(40, 1));
  }

  static Stream<Arguments> rules() {
    Optimizer sgd = new Optimizer.Sgd();
    Optimizer adam = new Optimizer.Adam();
    return Stream.of(
        Arguments.of(new BackPropagation(), sgd, 0.05),
        Arguments.of(new BackPropagation(), adam, 0.002),
        Arguments.of(new BackPropagation(), new Muon(), 0.02),
        Arguments.of(fixedPrediction(), new Muon(), 0.02),
        Arguments.of(fixedPrediction(), sgd, 0.05),
        Arguments.of(targets(), sgd, 0.05),
        Arguments.of(new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1), sgd, 0.05),
        Arguments.of(new FeedbackAlignment(FeedbackRoute.DIRECT, 1), sgd, 0.05),
        Arguments.of(pepita(), sgd, 0.05));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void depthsMoveAlike(LearningRule rule, Optimizer optimizer, double learningRate) {
    Parameterization right = parameterization(rule, optimizer);
    CoordinateStudy.Result result =
        run(study(DEPTHS, depths(), rule, right, right, optimizer, learningRate));
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
  }

  /** The change of the last hidden unit where branches alone are trained, by L to a power. */
  @ParameterizedTest
  @CsvSource({"0.5, 0, 0", "0.5, 1, -1", "1, 0, 0", "1, 1, -1"})
  void branchesShowAWrongExponent(double depthExponent, double shift, double expected) {
    LearningRule rule = new BackPropagation();
    Optimizer sgd = new Optimizer.Sgd();
    Parameterization claimed =
        parameterization(rule, sgd).withDepthExponent(depthExponent).withBranchesAlone();
    CoordinateStudy.Result result =
        run(study(DEPTHS, depths(), rule, claimed, claimed.withBranchDepthShift(shift), sgd, 0.05));
    assertThat(result.slopes().stream().noneMatch(CoordinateStudy.Slope::misses))
        .isEqualTo(shift == 0);
    assertThat(lastHiddenMove(result)).isCloseTo(expected, within(TOLERANCE));
  }

  /** Muon's cD is ½ at αD = ½ and 0 at αD = 1; without it branches add up as √L. */
  @ParameterizedTest
  @CsvSource({"0.5, 0, 0", "0.5, -0.5, 0.5", "1, 0, 0"})
  void branchesMoveAlikeByMuon(double depthExponent, double shift, double expected) {
    LearningRule rule = new BackPropagation();
    Optimizer muon = new Muon();
    Parameterization claimed =
        parameterization(rule, muon).withDepthExponent(depthExponent).withBranchesAlone();
    CoordinateStudy.Result result =
        run(
            study(
                DEPTHS, depths(), rule, claimed, claimed.withBranchDepthShift(shift), muon, 0.02));
    assertThat(result.slopes().stream().noneMatch(CoordinateStudy.Slope::misses))
        .isEqualTo(shift == 0);
    assertThat(lastHiddenMove(result)).isCloseTo(expected, within(TOLERANCE));
  }

  /**
   * V54 for rules whose errors do not come through the weights: with one map for a stream, or with
   * the stream's difference, branches move it one way; with a map each their sum is L^−½ of that.
   */
  @ParameterizedTest
  @MethodSource("localRules")
  void branchesOfLocalRulesAddUp(LearningRule rule, double expected) {
    Optimizer sgd = new Optimizer.Sgd();
    Parameterization claimed = parameterization(rule, sgd).withBranchesAlone();
    CoordinateStudy.Result result = run(study(DEPTHS, depths(), rule, claimed, claimed, sgd, 0.05));
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
    assertThat(lastHiddenMove(result)).isCloseTo(expected, within(TOLERANCE));
    Parameterization wrong = claimed.withBranchDepthShift(1);
    assertThat(run(study(DEPTHS, depths(), rule, claimed, wrong, sgd, 0.05)).judgement())
        .isEqualTo(Judgement.FAIL);
  }

  static Stream<Arguments> localRules() {
    return Stream.of(
        Arguments.of(targets(), 0.0),
        Arguments.of(new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1), 0.0),
        Arguments.of(new FeedbackAlignment(FeedbackRoute.DIRECT, 1, true), 0.0),
        Arguments.of(new FeedbackAlignment(FeedbackRoute.DIRECT, 1, false), -0.5),
        Arguments.of(new FeedbackAlignment(FeedbackRoute.DIRECT_TARGET, 1, true), 0.0),
        Arguments.of(new FeedbackAlignment(FeedbackRoute.DIRECT_TARGET, 1), -0.5),
        Arguments.of(pepita(), 0.0));
  }

  static double lastHiddenMove(CoordinateStudy.Result result) {
    return result.slopes().stream()
        .filter(s -> s.quantity().equals("dh") && s.layer() == 3)
        .findFirst()
        .orElseThrow()
        .slope();
  }

  @Test
  void residualWidthsMoveAlike() {
    LearningRule rule = new BackPropagation();
    Optimizer sgd = new Optimizer.Sgd();
    Parameterization right = parameterization(rule, sgd);
    NetworkSpec base = network(Preset.RESMLP, ExampleShape.flat(CoordinateStudy.INPUTS), 32, 8);
    CoordinateStudy.Networks networks = CoordinateStudy.Networks.ofWidths(base, BATCH);
    CoordinateStudy.Result result =
        run(study(List.of(32, 64, 128, 256), networks, rule, right, right, sgd, 0.05));
    assertThat(result.slopes()).filteredOn(CoordinateStudy.Slope::misses).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0", "-1"})
  void channelsMoveAlikeUnlessTheExponentIsWrong(double shift) {
    LearningRule rule = new BackPropagation();
    Optimizer sgd = new Optimizer.Sgd();
    Parameterization right = parameterization(rule, sgd);
    Parameterization trained = right.withLearningRateShift(ParameterRole.HIDDEN_WEIGHT, shift);
    NetworkSpec base = network(Preset.LENET, new ExampleShape(8, 8, 2), 8, 1);
    CoordinateStudy.Networks networks = CoordinateStudy.Networks.ofWidths(base, BATCH);
    CoordinateStudy.Result result =
        run(study(List.of(8, 16, 32, 64), networks, rule, right, trained, sgd, 0.05));
    assertThat(result.slopes().stream().noneMatch(CoordinateStudy.Slope::misses))
        .isEqualTo(shift == 0);
  }
}
