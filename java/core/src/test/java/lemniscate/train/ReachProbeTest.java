package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.config.Config;
import lemniscate.golden.Golden;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.CreditReach;
import lemniscate.rule.CreditReach.OfUnit;
import lemniscate.rule.GoldenArchitectures;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Credit reach against golden vectors ({@code reach.py}), and invariant V83. */
final class ReachProbeTest {

  private static final Golden GOLDEN = Golden.load("/lemniscate/golden/reach.json");

  /** Numbers of order 1 from sums of at most 100 products in double precision. */
  private static final double TOLERANCE = 1e-10;

  // ---------------------------------------------------------------- golden vectors

  static Stream<Arguments> goldenNetworks() {
    return RuleFixture.backends()
        .flatMap(backend -> GOLDEN.keys().stream().map(network -> Arguments.of(backend, network)));
  }

  @ParameterizedTest
  @MethodSource("goldenNetworks")
  void matchesGoldenVectors(String backendName, String name) {
    Golden net = GOLDEN.at(name);
    Golden expected = net.at("credit_reach");
    PredictiveCoding rule =
        PredictiveCoding.jacobi(expected.integer("T"), expected.number("alpha"))
            .withWeighting(Weighting.ENERGY);
    AdamCoefficients coefficients = new AdamCoefficients(0.9, 0.999, expected.number("eps"));
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            RuleFixture.plain(
                    backend,
                    GoldenArchitectures.networksOfRules().get(name),
                    Loss.MSE,
                    net.shape("X")[0])
                .parameters(GoldenArchitectures.arrays(net.at("params")))
                .rule(rule)
                .batch(net.flat("X"), net.flat("Y"))) {
      CreditReach adam = measure(fixture, new Optimizer.Adam(coefficients, 0));
      CreditReach sgd = measure(fixture, new Optimizer.Sgd());
      matches(adam, OfUnit::ratio, expected, "ratio");
      matches(adam, OfUnit::relative, expected, "rel");
      matches(adam, OfUnit::cosine, expected, "cos");
      matches(adam, OfUnit::share, expected, "share");
      assertThat(adam.reach()).isCloseTo(expected.number("reach_adam"), within(TOLERANCE));
      assertThat(sgd.reach()).isCloseTo(expected.number("reach_sgd"), within(TOLERANCE));
    }
  }

  private static void matches(
      CreditReach found, ToDoubleFunction<OfUnit> number, Golden expected, String what) {
    double[] numbers = found.units().stream().mapToDouble(number).toArray();
    Oracle.close(numbers, expected.vector(what), TOLERANCE, what);
  }

  private static CreditReach measure(RuleFixture fixture, Optimizer optimizer) {
    try (ReachProbe probe = new ReachProbe(fixture.context(), optimizer, fixture.step())) {
      return probe.measure();
    }
  }

  // ---------------------------------------------------------------- V83

  private static CreditReach onResidualNetwork(
      LearningRule rule, Optimizer optimizer, int width, int depth) {
    Config config =
        Config.defaults()
            .with("net.preset", "resmlp", "test")
            .with("net.width", Integer.toString(width), "test")
            .with("net.depth", Integer.toString(depth), "test");
    NetworkSpec spec = Architecture.of(config, ExampleShape.flat(10), 3);
    Parameterization scaling =
        new Parameterization(
            Scheme.MUP, Form.RELATIVE, 64, 1, 1.0 / 8, rule.creditRule(), optimizer.kind());
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(backend, spec, scaling, optimizer, Loss.MSE, 8, 3)
                .rule(rule)
                .drawBatch(5)) {
      return measure(fixture, optimizer);
    }
  }

  /** With errors of backpropagation nothing is lost at any depth: rounding alone is left. */
  @ParameterizedTest
  @CsvSource({"4", "17"})
  void fixedPredictionsReachEveryUnit(int depth) {
    PredictiveCoding rule = PredictiveCoding.of(new Inference.FixedPrediction(1, 1, true));
    CreditReach reach = onResidualNetwork(rule, new Optimizer.Sgd(), 23, depth);
    assertThat(reach.reach()).isEqualTo(1);
    assertThat(reach.units()).hasSize(depth + 2);
    for (OfUnit unit : reach.units()) {
      assertThat(unit.relative()).isCloseTo(1, within(1e-12));
      assertThat(unit.cosine()).isCloseTo(1, within(1e-12));
    }
    assertThat(reach.warning(rule, 0)).isEmpty();
  }

  /** 30 steps of rate 0.5/64, as in the public example of 30 layers: ten units get credit. */
  @Test
  void slowRelaxationsLeaveDeepNetworksUntrained() {
    PredictiveCoding rule = PredictiveCoding.jacobi(30, 0.5 / 64);
    CreditReach sgd = onResidualNetwork(rule, new Optimizer.Sgd(), 64, 32);
    CreditReach adam = onResidualNetwork(rule, new Optimizer.Adam(), 64, 32);
    assertThat(sgd.reach()).isLessThanOrEqualTo(0.3);
    assertThat(adam.reach()).isLessThanOrEqualTo(0.3);
    assertThat(sgd.units().getFirst().dead()).isTrue();
    assertThat(sgd.units().getLast().dead()).isFalse();
    assertThat(sgd.warning(rule, 10))
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .startsWith("most of the network does not learn: credit reach 0.2")
                    .contains("after 10 steps", "units 1–2", "of 34 get no gradient")
                    .contains("pc.scheme error", "pc.steps"));
  }

  // ---------------------------------------------------------------- judgement

  private static CreditReach of(double... cosines) {
    List<CreditReach.Sums> sums =
        IntStream.range(0, cosines.length)
            .mapToObj(
                i -> {
                  CreditReach.Sums unit = new CreditReach.Sums(i + 1);
                  double sine = Math.sqrt(1 - cosines[i] * cosines[i]);
                  unit.add(new double[] {cosines[i], sine}, new double[] {1, 0}, 0);
                  return unit;
                })
            .toList();
    return CreditReach.of(sums, false);
  }

  /** Feedback that aligns while it trains is given its time; what should point right is not. */
  @Test
  void directionsAreJudgedOnceTheyCanBeRight() {
    LearningRule feedback = new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1);
    LearningRule pc = PredictiveCoding.jacobi(3, 0.1);
    CreditReach blind = of(0.05, 0.9, -0.5, 0.9);
    assertThat(blind.reach()).isEqualTo(0.75);
    assertThat(blind.warning(feedback, 99)).isEmpty();
    assertThat(blind.warning(feedback, 100)).isPresent();
    assertThat(blind.warning(pc, 0))
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .startsWith("credit reach 0.75 at the start: unit 1 of 4 gets one of no use")
                    .contains("unit 3 of 4 gets one that climbs the loss"));
    assertThat(of(0.5, 0.9).warning(pc, 0)).isEmpty();
  }

  @Test
  void whatIsNoNumberCountsAsMissing() {
    CreditReach.Sums broken = new CreditReach.Sums(1);
    broken.add(new double[] {Double.NaN}, new double[] {1}, 0);
    CreditReach.Sums whole = new CreditReach.Sums(2);
    whole.add(new double[] {2}, new double[] {1}, 0);
    assertThat(CreditReach.of(List.of(broken, whole), false).reach()).isEqualTo(0.5);
  }

  @Test
  void nothingIsMissingWhereThereIsNoGradient() {
    CreditReach.Sums still = new CreditReach.Sums(1);
    still.add(new double[] {0}, new double[] {0}, 0);
    CreditReach.Sums moving = new CreditReach.Sums(2);
    moving.add(new double[] {1}, new double[] {1}, 0);
    assertThat(CreditReach.of(List.of(still, moving), false).reach()).isEqualTo(1);
  }
}
