package lemniscate.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.contract.OpensBackend;
import lemniscate.golden.Golden;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Momentum;
import lemniscate.rule.pc.Nudge;
import lemniscate.rule.pc.PcStep;
import lemniscate.rule.pc.PrecisionSchedule;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pc.WeightUpdate;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ways to relax the states of predictive coding against the golden vectors of {@code
 * relaxation.json}, on a perceptron, residual streams of two forms and convolutions, in both
 * precisions. A backend's test extends this class and says how the backend is opened.
 *
 * <p>Tolerances as in {@link GoldenArchitectures}: float64 1e-10 on numbers of order 1; float32
 * 1e-5 relative to the largest entry of the array.
 */
@ParameterizedClass
@EnumSource(DType.class)
public abstract class GoldenRelaxation implements OpensBackend {

  private static final Golden GOLDEN = Golden.load("/lemniscate/golden/relaxation.json");
  private static final Map<String, NetworkSpec> NETWORKS = GoldenArchitectures.networksOfRules();

  @Parameter DType dtype;

  private final List<AutoCloseable> resources = new ArrayList<>();
  private Backend backend;

  static Stream<String> names() {
    return NETWORKS.keySet().stream().sorted();
  }

  /** Whether the backend takes thousands of steps of a small network in seconds. */
  protected boolean relaxesQuickly() {
    return true;
  }

  @BeforeEach
  void openBackend() {
    backend = open(dtype);
    resources.add(backend);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : resources.reversed()) {
      resource.close();
    }
  }

  // ---------------------------------------------------------------- plumbing

  private RuleFixture fixture(String name, LearningRule rule) {
    Golden net = GOLDEN.at(name);
    RuleFixture fixture =
        RuleFixture.plain(backend, NETWORKS.get(name), Loss.MSE, net.shape("X")[0])
            .parameters(GoldenArchitectures.arrays(net.at("params")))
            .rule(rule)
            .batch(net.flat("X"), net.flat("Y"));
    resources.add(fixture);
    return fixture;
  }

  private static Precisions precisions(double[] gamma) {
    List<Double> values = Arrays.stream(gamma).boxed().toList();
    return new Precisions(values.subList(0, values.size() - 1), values.getLast());
  }

  private static PredictiveCoding weighted(Golden given, Inference inference) {
    return PredictiveCoding.of(inference)
        .withPrecisions(precisions(given.vector("gamma")))
        .withWeighting(Weighting.ENERGY);
  }

  private void match(
      List<double[]> found, List<double[]> expected, double tolerance64, String what) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      double tolerance =
          dtype == DType.FLOAT64
              ? tolerance64
              : 1e-5 * Math.max(Oracle.largest(expected.get(i)), 1e-3);
      Oracle.close(found.get(i), expected.get(i), tolerance, what + " " + (i + 1));
    }
  }

  private void statesMatch(PcStep step, Golden expected) {
    List<double[]> v = GoldenArchitectures.perUnit(expected.at("v"));
    List<double[]> states = new ArrayList<>();
    for (int l = 1; l <= v.size(); l++) {
      states.add(step.state(l));
    }
    match(states, v, 1e-10, "v");
  }

  private void gradientsMatch(RuleFixture fixture, Golden expected, String key) {
    gradientsMatch(fixture, expected, key, 1e-10);
  }

  private void gradientsMatch(RuleFixture fixture, Golden expected, String key, double tolerance) {
    match(
        fixture.parameterGradients(), GoldenArchitectures.arrays(expected.at(key)), tolerance, key);
  }

  // ---------------------------------------------------------------- momentum

  @ParameterizedTest
  @MethodSource("names")
  void momentum(String name) {
    for (Momentum.Form form : Momentum.Form.values()) {
      Golden expected = GOLDEN.at(name, form == Momentum.Form.NESTEROV ? "nesterov" : "heavy_ball");
      Inference inference =
          new Inference.Jacobi(
              expected.integer("T"),
              expected.number("alpha"),
              new Momentum(form, expected.number("mom")));
      RuleFixture fixture = fixture(name, weighted(expected, inference)).gradients();
      statesMatch(fixture.pc(), expected);
      gradientsMatch(fixture, expected, "grad_weighted");
    }
  }

  // ---------------------------------------------------------------- the measured rate

  @ParameterizedTest
  @MethodSource("names")
  void largestEigenvalue(String name) {
    Golden expected = GOLDEN.at(name, "lambda_max");
    PcStep step = fixture(name, weighted(expected, Inference.Jacobi.atStableRate(3))).pc();
    double[] found =
        step.largestEigenvalues(
            GoldenArchitectures.perUnit(expected.at("D0")), expected.integer("iters"));
    double[] rayleigh = expected.vector("rayleigh_per_sample");
    match(List.of(found), List.of(rayleigh), 1e-10, "rayleigh_per_sample");
  }

  // ---------------------------------------------------------------- precisions in time

  @ParameterizedTest
  @MethodSource("names")
  void precisionSchedules(String name) {
    for (String entry : List.of("schedule_S", "schedule_D")) {
      Golden expected = GOLDEN.at(name, entry);
      PrecisionSchedule schedule =
          entry.equals("schedule_S")
              ? new PrecisionSchedule.Spiking(expected.number("kappa"))
              : new PrecisionSchedule.Decaying(expected.number("k"));
      double[][] gamma = expected.matrix("gamma_per_step");
      for (int t = 0; t < gamma.length; t++) {
        for (int l = 1; l <= gamma[t].length; l++) {
          assertThat(schedule.factor(l, gamma[t].length, t, gamma.length))
              .isCloseTo(gamma[t][l - 1], within(1e-15));
        }
      }
      PredictiveCoding rule =
          PredictiveCoding.of(
              new Inference.Jacobi(
                  expected.integer("T"),
                  expected.number("alpha"),
                  new Momentum(Momentum.Form.NESTEROV, expected.number("mom")),
                  schedule));
      RuleFixture settled = fixture(name, rule).gradients();
      statesMatch(settled.pc(), expected);
      gradientsMatch(settled, expected, "grad_settled_gamma1");
      RuleFixture forward = fixture(name, rule.withUpdate(WeightUpdate.FORWARD)).gradients();
      gradientsMatch(forward, expected, "grad_FU");
    }
  }

  // ---------------------------------------------------------------- nudging

  @ParameterizedTest
  @MethodSource("names")
  void nudging(String name) {
    for (String sign : List.of("plus", "minus")) {
      Nudge.Phase phase = sign.equals("plus") ? Nudge.Phase.POSITIVE : Nudge.Phase.NEGATIVE;
      Golden expected = GOLDEN.at(name, "nudge_clamped_" + sign);
      double strength = Math.abs(expected.number("beta"));
      RuleFixture clamped =
          fixture(
                  name,
                  weighted(
                          expected,
                          new Inference.Jacobi(expected.integer("T"), expected.number("alpha")))
                      .withNudge(new Nudge(Nudge.Form.CLAMPED, strength, phase)))
              .gradients();
      statesMatch(clamped.pc(), expected);
      List<double[]> e = GoldenArchitectures.perUnit(expected.at("e"));
      List<double[]> errors = new ArrayList<>();
      for (int l = 1; l <= e.size(); l++) {
        errors.add(clamped.pc().error(l));
      }
      match(errors, e, 1e-10, "e");
      gradientsMatch(clamped, expected, "grad_weighted_over_beta");
    }
  }

  /** At its fixed point, which the vectors hold within 1e-9; float64, which gets there. */
  @ParameterizedTest
  @MethodSource("names")
  void weakNudging(String name) {
    assumeTrue(dtype == DType.FLOAT64 && relaxesQuickly());
    for (String sign : List.of("plus", "minus")) {
      Golden expected = GOLDEN.at(name, "nudge_weak_" + sign);
      List<Double> hidden = Arrays.stream(expected.vector("gamma_hidden")).boxed().toList();
      Nudge.Phase phase = sign.equals("plus") ? Nudge.Phase.POSITIVE : Nudge.Phase.NEGATIVE;
      RuleFixture weak =
          fixture(
                  name,
                  PredictiveCoding.of(
                          new Inference.Jacobi(
                              3000, 0.2, new Momentum(Momentum.Form.HEAVY_BALL, 0.9)))
                      .withPrecisions(new Precisions(hidden, 1))
                      .withWeighting(Weighting.ENERGY)
                      .withNudge(
                          new Nudge(Nudge.Form.WEAK, Math.abs(expected.number("beta")), phase)))
              .gradients();
      gradientsMatch(weak, expected, "grad_weighted_over_beta", 1e-9);
    }
  }
}
