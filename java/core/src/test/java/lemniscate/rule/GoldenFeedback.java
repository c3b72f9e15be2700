package lemniscate.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.contract.OpensBackend;
import lemniscate.golden.Golden;
import lemniscate.network.Network;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackMode;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.feedback.FeedbackStep;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PcStep;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Feedback that learns or copies signs, on fully connected, residual and convolutional networks,
 * against the golden vectors of {@code feedback.json}, in both precisions. A backend's test extends
 * this class.
 *
 * <p>float64: 1e-10 absolute on numbers of order 1. float32: 1e-5 relative to the largest entry of
 * the array, as sums have at most 36 products and three steps are taken.
 */
@ParameterizedClass
@EnumSource(DType.class)
public abstract class GoldenFeedback implements OpensBackend {

  private static final Golden GOLDEN = Golden.load("/lemniscate/golden/feedback.json");
  private static final Map<String, NetworkSpec> NETWORKS = GoldenArchitectures.networksOfRules();

  @Parameter DType dtype;

  private final List<AutoCloseable> resources = new ArrayList<>();
  private Backend backend;

  static List<String> names() {
    return NETWORKS.keySet().stream().sorted().toList();
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

  private RuleFixture fixture(String name, double decay, LearningRule rule) {
    Golden net = GOLDEN.at(name);
    NetworkSpec spec = NETWORKS.get(name);
    RuleFixture fixture =
        RuleFixture.scaled(
            backend,
            spec,
            RuleFixture.plainScaling(spec),
            new Optimizer.Sgd(decay),
            Loss.MSE,
            net.shape("X")[0],
            1);
    resources.add(fixture);
    return fixture
        .parameters(GoldenArchitectures.arrays(net.at("params")))
        .rule(rule)
        .batch(net.flat("X"), net.flat("Y"));
  }

  private void match(List<double[]> found, List<double[]> expected, String what) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      double[] right = expected.get(i);
      double tolerance =
          dtype == DType.FLOAT64 ? 1e-10 : 1e-5 * Math.max(Oracle.largest(right), 1e-3);
      Oracle.close(found.get(i), right, tolerance, what + " " + (i + 1));
    }
  }

  private static FeedbackStep step(RuleFixture fixture) {
    return (FeedbackStep) fixture.step();
  }

  /** Weights of all units but the first, as feedback has them. */
  private static List<Tensor> weights(Network network) {
    return network.units().stream()
        .skip(1)
        .flatMap(unit -> unit.parameters().stream())
        .filter(parameter -> !parameter.kind().isVector())
        .map(lemniscate.network.Parameter::value)
        .toList();
  }

  private static List<double[]> aboveFirst(Golden units) {
    List<double[]> arrays = new ArrayList<>();
    for (int l = 1; l < units.size(); l++) {
      arrays.addAll(GoldenArchitectures.arraysOfUnit(units.at(Integer.toString(l))));
    }
    return arrays;
  }

  private List<double[]> displacements(RuleFixture fixture) {
    List<double[]> found = new ArrayList<>();
    for (int l = 1; l <= fixture.network().spec().layers(); l++) {
      found.add(step(fixture).displacement(l));
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("names")
  void kolenPollack(String name) {
    Golden expected = GOLDEN.at(name, "kp");
    RuleFixture fixture =
        fixture(
            name,
            expected.number("lam"),
            FeedbackAlignment.of(FeedbackRoute.LAYERWISE, FeedbackMode.KOLEN_POLLACK));
    List<double[]> start = aboveFirst(expected.at("B"));
    List<Tensor> weights = weights(fixture.network());
    int i = 0;
    for (Tensor difference : step(fixture).state().values()) {
      backend.upload(Oracle.sum(backend.read(weights.get(i)), -1, start.get(i)), difference);
      i++;
    }
    fixture.gradients();
    match(
        displacements(fixture),
        GoldenArchitectures.perUnit(expected.at("delta_first")),
        "delta_first");
    match(
        fixture.parameterGradients(),
        GoldenArchitectures.arrays(expected.at("grad_first")),
        "grad_first");
    fixture.train(expected.number("eta"), expected.integer("T"));
    match(fixture.parameterValues(), GoldenArchitectures.arrays(expected.at("params")), "params");
    // The next step makes B of what the last one left.
    fixture.gradients();
    List<double[]> feedback = new ArrayList<>();
    for (int l = 1; l < fixture.network().spec().layers(); l++) {
      step(fixture).maps(l).forEach(map -> feedback.add(backend.read(map)));
    }
    match(feedback, aboveFirst(expected.at("B_final")), "B_final");
  }

  @ParameterizedTest
  @MethodSource("names")
  void directKolenPollack(String name) {
    Golden expected = GOLDEN.at(name, "dkp");
    double rate = expected.number("eta_psi") / expected.number("eta");
    FeedbackAlignment rule =
        new FeedbackAlignment(FeedbackRoute.DIRECT, 0, false, FeedbackMode.KOLEN_POLLACK, rate);
    RuleFixture fixture = fixture(name, expected.number("lam"), rule);
    List<double[]> start = GoldenArchitectures.perUnit(expected.at("Psi"));
    for (int l = 1; l <= start.size(); l++) {
      backend.upload(start.get(l - 1), step(fixture).map(l));
    }
    fixture.train(expected.number("eta"), expected.integer("T"));
    match(fixture.parameterValues(), GoldenArchitectures.arrays(expected.at("params")), "params");
    List<double[]> maps = new ArrayList<>();
    for (int l = 1; l <= start.size(); l++) {
      maps.add(backend.read(step(fixture).map(l)));
    }
    match(maps, GoldenArchitectures.perUnit(expected.at("Psi_final")), "Psi_final");
  }

  /** Predictive coding that starts from the same maps. */
  @ParameterizedTest
  @MethodSource("names")
  void directStart(String name) {
    Golden expected = GOLDEN.at(name, "dkp_pc");
    double rate = expected.number("eta2");
    Inference.DirectStart scheme =
        new Inference.DirectStart(
            expected.integer("T"),
            expected.number("alpha"),
            expected.number("eta1") / rate,
            expected.number("eta_psi") / rate,
            0);
    RuleFixture fixture = fixture(name, 0, PredictiveCoding.of(scheme));
    PcStep step = fixture.pc();
    List<double[]> start = GoldenArchitectures.perUnit(expected.at("Psi"));
    for (int l = 1; l <= start.size(); l++) {
      backend.upload(start.get(l - 1), step.feedback(l));
    }
    fixture.train(rate, 1);
    match(fixture.parameterValues(), GoldenArchitectures.arrays(expected.at("params")), "params");
    List<double[]> states = new ArrayList<>();
    List<double[]> errors = new ArrayList<>();
    List<double[]> maps = new ArrayList<>();
    for (int l = 1; l <= start.size(); l++) {
      states.add(step.state(l));
      errors.add(step.error(l));
      maps.add(backend.read(step.feedback(l)));
    }
    errors.add(step.error(start.size() + 1));
    match(states, GoldenArchitectures.perUnit(expected.at("v")), "v");
    // Of differences of states of order 1.
    match(errors, GoldenArchitectures.perUnit(expected.at("e")), "e");
    match(maps, GoldenArchitectures.perUnit(expected.at("Psi_final")), "Psi_final");
  }

  @ParameterizedTest
  @MethodSource("names")
  void uniformSigns(String name) {
    signs(name, "usf", FeedbackMode.UNIFORM_SIGNS);
  }

  @ParameterizedTest
  @MethodSource("names")
  void fixedMagnitudes(String name) {
    signs(name, "frsf", FeedbackMode.FIXED_MAGNITUDES);
  }

  private void signs(String name, String entry, FeedbackMode mode) {
    Golden expected = GOLDEN.at(name, "sign_symmetric", entry);
    RuleFixture fixture = fixture(name, 0, FeedbackAlignment.of(FeedbackRoute.LAYERWISE, mode));
    List<double[]> magnitudes = aboveFirst(GOLDEN.at(name, "sign_symmetric", "mag"));
    int i = 0;
    for (Tensor magnitude : step(fixture).state().values()) {
      backend.upload(magnitudes.get(i), magnitude);
      i++;
    }
    fixture.gradients();
    List<double[]> feedback = new ArrayList<>();
    for (int l = 1; l < fixture.network().spec().layers(); l++) {
      step(fixture).maps(l).forEach(map -> feedback.add(backend.read(map)));
    }
    match(feedback, aboveFirst(expected.at("B")), "B");
    match(displacements(fixture), GoldenArchitectures.perUnit(expected.at("delta")), "delta");
    match(fixture.parameterGradients(), GoldenArchitectures.arrays(expected.at("grad")), "grad");
  }
}
