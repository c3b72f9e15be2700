package lemniscate.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.contract.OpensBackend;
import lemniscate.golden.Golden;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.bp.BackPropagationStep;
import lemniscate.rule.feedback.FeedbackAlignment;
import lemniscate.rule.feedback.FeedbackRoute;
import lemniscate.rule.feedback.FeedbackStep;
import lemniscate.rule.gnt.GaussNewtonTargets;
import lemniscate.rule.pc.Convention;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.PcStep;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.rule.pepita.Pepita;
import lemniscate.rule.pepita.PepitaStep;
import lemniscate.rule.pepita.Projection;
import lemniscate.rule.pepita.Variant;
import lemniscate.rule.tp.Feedback;
import lemniscate.rule.tp.Pathway;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.rule.tp.TpStep;
import lemniscate.tensor.DType;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every rule against the golden vectors of {@code golden.json}, in both precisions. A backend's
 * test extends this class and says how the backend is opened, in core's own modules as in others.
 *
 * <p>Tolerances. float64: 1e-10 absolute on numbers of order 1, which leaves room for the order of
 * sums and none for a wrong term; 1e-8 where an iteration was stopped at its own tolerance.
 * float32: 1e-5 relative to the largest entry of the array: 24 bits, sums of at most 5 terms, 10
 * inference steps.
 */
@ParameterizedClass
@EnumSource(DType.class)
public abstract class GoldenRules implements OpensBackend {

  private static final String TANH = "tanh_3_5_4_2";
  private static final String RELU = "relu_3_5_4_2";
  private static final String LINEAR = "linear_3_5_4_2";

  @Parameter DType dtype;

  private final Golden golden = Golden.load();
  private final List<AutoCloseable> resources = new ArrayList<>();
  private Backend backend;

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

  private RuleFixture fixture(String net, Loss loss, LearningRule rule) {
    NetworkSpec spec =
        new NetworkSpec(
            Arrays.stream(golden.integers(net, "net", "sizes")).boxed().toList(),
            Activation.valueOf(golden.texts(net, "net", "acts").getFirst().toUpperCase()),
            true);
    double[] x = golden.flat(net, "net", "X");
    double[] y = golden.flat(net, "net", loss == Loss.MSE ? "Y" : "Y_onehot");
    RuleFixture fixture =
        RuleFixture.plain(backend, spec, loss, golden.matrix(net, "net", "X").length)
            .parameters(
                flatten(golden.layers(net, "net", "W")), golden.layerVectors(net, "net", "b"))
            .rule(rule)
            .batch(x, y);
    resources.add(fixture);
    return fixture;
  }

  private static List<double[]> flatten(List<double[][]> layers) {
    return layers.stream().map(GoldenRules::flatten).toList();
  }

  private static double[] flatten(double[][] matrix) {
    return Stream.of(matrix).flatMapToDouble(Arrays::stream).toArray();
  }

  private void matches(double[] found, double[] expected, double tolerance64, String what) {
    double scale = 0;
    for (double value : expected) {
      scale = Math.max(scale, Math.abs(value));
    }
    double tolerance = dtype == DType.FLOAT64 ? tolerance64 : 1e-5 * Math.max(scale, 1e-3);
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).as("%s[%d]", what, i).isCloseTo(expected[i], Offset.offset(tolerance));
    }
  }

  private void gradientsMatch(RuleFixture fixture, String net, String entry, String weights) {
    gradientsMatch(fixture, net, entry, weights, 1e-10);
  }

  private void gradientsMatch(
      RuleFixture fixture, String net, String entry, String weights, double tolerance) {
    List<double[][]> gradW = golden.layers(net, entry, weights);
    for (int l = 1; l <= gradW.size(); l++) {
      matches(fixture.weightGradient(l), flatten(gradW.get(l - 1)), tolerance, weights + l);
    }
    if (golden.has(net, entry, "gradb") && weights.equals("gradW")) {
      List<double[]> gradb = golden.layerVectors(net, entry, "gradb");
      for (int l = 1; l <= gradb.size(); l++) {
        matches(fixture.biasGradient(l), gradb.get(l - 1), tolerance, "gradb" + l);
      }
    }
  }

  private void statesAndErrorsMatch(PcStep step, String net, String entry, double tolerance) {
    if (golden.has(net, entry, "v")) {
      List<double[][]> v = golden.layers(net, entry, "v");
      for (int l = 1; l <= v.size(); l++) {
        matches(step.state(l), flatten(v.get(l - 1)), tolerance, "v" + l);
      }
    }
    List<double[][]> e = golden.layers(net, entry, "e");
    for (int l = 1; l <= e.size(); l++) {
      matches(step.error(l), flatten(e.get(l - 1)), tolerance, "e" + l);
    }
  }

  private void energiesMatch(PcStep step, String net, String entry) {
    matches(
        step.energies().stream().mapToDouble(Double::doubleValue).toArray(),
        golden.vector(net, entry, "energies"),
        1e-10,
        "energies");
  }

  private PredictiveCoding weighted(String net, Inference inference) {
    List<Double> gamma = Arrays.stream(golden.vector(net, "net", "gamma")).boxed().toList();
    return PredictiveCoding.of(inference)
        .withPrecisions(new Precisions(gamma.subList(0, gamma.size() - 1), gamma.getLast()))
        .withWeighting(Weighting.ENERGY)
        .withEnergyTrace();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mse", "ce"})
  void forwardAndBackpropagation(String lossName) {
    Loss loss = lossName.equals("mse") ? Loss.MSE : Loss.CROSS_ENTROPY;
    RuleFixture fixture = fixture(TANH, loss, new BackPropagation()).gradients();
    BackPropagationStep step = (BackPropagationStep) fixture.step();
    for (int l = 1; l <= 3; l++) {
      matches(
          backend.read(step.forward().preActivation(l)),
          flatten(golden.layers(TANH, "forward", "u").get(l - 1)),
          1e-12,
          "u" + l);
      matches(
          backend.read(step.forward().activity(l)),
          flatten(golden.layers(TANH, "forward", "h").get(l - 1)),
          1e-12,
          "h" + l);
      matches(
          backend.read(step.delta(l)),
          flatten(golden.layers(TANH, "bp_" + lossName, "delta").get(l - 1)),
          1e-12,
          "delta" + l);
    }
    matches(
        new double[] {step.loss() * 3},
        new double[] {golden.number(TANH, "forward", "loss_" + lossName + "_sum")},
        1e-12,
        "loss");
    gradientsMatch(fixture, TANH, "bp_" + lossName, "gradW");
  }

  @Test
  void backpropagationThroughRectifiersAndLinearLayers() {
    gradientsMatch(fixture(RELU, Loss.MSE, new BackPropagation()).gradients(), RELU, "bp", "gradW");
    gradientsMatch(
        fixture(LINEAR, Loss.MSE, new BackPropagation()).gradients(), LINEAR, "bp", "gradW");
  }

  @Test
  void fixedPredictionWithUnitRate() {
    RuleFixture fixture =
        fixture(TANH, Loss.MSE, PredictiveCoding.of(new Inference.FixedPrediction(2, 1)))
            .gradients();
    gradientsMatch(fixture, TANH, "pc_fpa_unit", "gradW");
    statesAndErrorsMatchErrorsOnly(fixture, "pc_fpa_unit");
  }

  @Test
  void fixedPredictionPartial() {
    RuleFixture fixture =
        fixture(TANH, Loss.MSE, weighted(TANH, new Inference.FixedPrediction(7, 0.3))).gradients();
    gradientsMatch(fixture, TANH, "pc_fpa_partial", "gradW");
    statesAndErrorsMatchErrorsOnly(fixture, "pc_fpa_partial");
  }

  private void statesAndErrorsMatchErrorsOnly(RuleFixture fixture, String entry) {
    List<double[][]> e = golden.layers(TANH, entry, "e");
    for (int l = 1; l <= e.size(); l++) {
      matches(fixture.pc().error(l), flatten(e.get(l - 1)), 1e-10, "e" + l);
    }
  }

  static Stream<Arguments> relaxations() {
    return Stream.of("mse", "ce")
        .flatMap(
            loss ->
                Stream.of(
                    Arguments.of("pc_jacobi_" + loss, loss, new Inference.Jacobi(10, 0.1)),
                    Arguments.of("pc_si1_" + loss, loss, new Inference.Sequential(1, 1)),
                    Arguments.of("pc_si3_" + loss, loss, new Inference.Sequential(3, 0.3))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("relaxations")
  void relaxation(String entry, String lossName, Inference inference) {
    Loss loss = lossName.equals("mse") ? Loss.MSE : Loss.CROSS_ENTROPY;
    RuleFixture traced = fixture(TANH, loss, weighted(TANH, inference)).gradients();
    gradientsMatch(traced, TANH, entry, "gradW");
    statesAndErrorsMatch(traced.pc(), TANH, entry, 1e-10);
    energiesMatch(traced.pc(), TANH, entry);
    matches(
        new double[] {traced.pc().energy()},
        new double[] {golden.number(TANH, entry, "energy_final")},
        1e-10,
        "energy");

    // Without the trace other recordings run: the same gradients, here without the precisions.
    PredictiveCoding rule = weighted(TANH, inference).withWeighting(Weighting.UNWEIGHTED);
    PredictiveCoding untraced =
        new PredictiveCoding(
            inference, rule.precisions(), 0, 0, Weighting.UNWEIGHTED, Convention.B, false);
    RuleFixture plain = fixture(TANH, loss, untraced).gradients();
    gradientsMatch(plain, TANH, entry, "gradW_unweighted");
    statesAndErrorsMatch(plain.pc(), TANH, entry, 1e-10);
  }

  @Test
  void rectifiedJacobi() {
    RuleFixture fixture =
        fixture(RELU, Loss.MSE, weighted(RELU, new Inference.Jacobi(10, 0.1))).gradients();
    gradientsMatch(fixture, RELU, "pc_jacobi", "gradW");
    statesAndErrorsMatch(fixture.pc(), RELU, "pc_jacobi", 1e-10);
    energiesMatch(fixture.pc(), RELU, "pc_jacobi");
  }

  @Test
  void zeroDivergence() {
    RuleFixture fixture =
        fixture(TANH, Loss.MSE, PredictiveCoding.of(new Inference.ZeroDivergence())).gradients();
    gradientsMatch(fixture, TANH, "pc_zil", "gradW");
  }

  @Test
  void equilibriumOfTanh() {
    double tolerance = dtype == DType.FLOAT64 ? 1e-12 : 1e-6;
    RuleFixture fixture =
        fixture(TANH, Loss.MSE, weighted(TANH, new Inference.Equilibrium(20_000, 0.2, tolerance)))
            .gradients();
    assertThat(fixture.pc().equilibrium().residual()).isLessThan(1e-4);
    gradientsMatch(fixture, TANH, "pc_equilibrium_tanh", "gradW", 1e-8);
    statesAndErrorsMatch(fixture.pc(), TANH, "pc_equilibrium_tanh", 1e-8);
    matches(
        new double[] {fixture.pc().energy()},
        new double[] {golden.number(TANH, "pc_equilibrium_tanh", "energy_final")},
        1e-8,
        "energy");
  }

  @Test
  void equilibriumOfLinearNetwork() {
    double tolerance = dtype == DType.FLOAT64 ? 1e-13 : 1e-6;
    RuleFixture fixture =
        fixture(
                LINEAR,
                Loss.MSE,
                weighted(LINEAR, new Inference.Equilibrium(50_000, 0.1, tolerance)))
            .gradients();
    gradientsMatch(fixture, LINEAR, "equilibrium", "gradW", 1e-10);
    statesAndErrorsMatch(fixture.pc(), LINEAR, "equilibrium", 1e-10);
    matches(
        new double[] {fixture.pc().energy()},
        new double[] {golden.number(LINEAR, "equilibrium", "F")},
        1e-10,
        "F");
  }

  @Test
  void incremental() {
    RuleFixture fixture =
        fixture(TANH, Loss.MSE, weighted(TANH, new Inference.Incremental(4, 0.1)))
            .train(golden.vector(TANH, "ipc", "lr")[0], 1);
    List<double[][]> w = golden.layers(TANH, "ipc", "W");
    List<double[]> b = golden.layerVectors(TANH, "ipc", "b");
    List<double[][]> v = golden.layers(TANH, "ipc", "v");
    for (int l = 1; l <= 3; l++) {
      matches(
          backend.read(fixture.network().layer(l).weight().value()),
          flatten(w.get(l - 1)),
          1e-10,
          "W" + l);
      matches(
          backend.read(fixture.network().layer(l).requireBias().value()),
          b.get(l - 1),
          1e-10,
          "b" + l);
      if (l < 3) {
        matches(fixture.pc().state(l), flatten(v.get(l - 1)), 1e-10, "v" + l);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void gaussNewtonTargets(double damping) {
    String entry = damping == 0 ? "gnt_lam0" : "gnt_lam0.1";
    RuleFixture fixture = fixture(TANH, Loss.MSE, new GaussNewtonTargets(damping, 1)).gradients();
    gradientsMatch(fixture, TANH, entry, "gradW");
    displacementsMatch(fixture, golden.layers(TANH, entry, "dh"));
    if (damping == 0) {
      RuleFixture linear = fixture(LINEAR, Loss.MSE, new GaussNewtonTargets(0, 1)).gradients();
      gradientsMatch(linear, LINEAR, entry, "gradW");
      displacementsMatch(linear, golden.layers(LINEAR, entry, "dh"));
    }
  }

  static Stream<Arguments> feedback() {
    // The golden dampings are 0.05 for layer 2, of 4 units, and 0.02 for the output.
    Feedback ridge = new Feedback.Ridge(List.of(0.05 / 4, 0.02));
    return Stream.of(
        Arguments.of("tp_ridge", "difference", Pathway.DIFFERENCE, ridge),
        Arguments.of("tp_ridge", "plain", Pathway.PLAIN, ridge),
        Arguments.of("tp_pinv", "difference", Pathway.DIFFERENCE, new Feedback.PseudoInverse(0)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("feedback")
  void targetPropagation(String entry, String form, Pathway pathway, Feedback feedback) {
    double targetStep = golden.number(TANH, entry, "eta_hat");
    RuleFixture fixture =
        fixture(TANH, Loss.MSE, new TargetPropagation(pathway, feedback, targetStep)).gradients();
    Golden expected = golden.at(TANH, entry);
    targetsMatch(fixture, expected.layers(form, "targets"));
    for (int l = 1; l <= 3; l++) {
      matches(
          fixture.weightGradient(l),
          flatten(expected.layers(form, "gradW").get(l - 1)),
          1e-10,
          "gradW" + l);
      matches(
          fixture.biasGradient(l),
          expected.layerVectors(form, "gradb").get(l - 1),
          1e-10,
          "gradb" + l);
    }
  }

  private void targetsMatch(RuleFixture fixture, List<double[][]> expected) {
    TpStep step = (TpStep) fixture.step();
    for (int l = 1; l <= expected.size(); l++) {
      double[] targets = step.activity(l);
      double[] moves = step.displacement(l);
      for (int i = 0; i < targets.length; i++) {
        targets[i] += moves[i];
      }
      matches(targets, flatten(expected.get(l - 1)), 1e-10, "t" + l);
    }
  }

  private void displacementsMatch(RuleFixture fixture, List<double[][]> expected) {
    TargetStep step = (TargetStep) fixture.step();
    for (int l = 1; l <= expected.size(); l++) {
      matches(step.displacement(l), flatten(expected.get(l - 1)), 1e-10, "D" + l);
    }
  }

  @Test
  void preActivationStates() {
    RuleFixture fixture =
        fixture(
                TANH,
                Loss.MSE,
                weighted(TANH, new Inference.Jacobi(10, 0.1)).withConvention(Convention.A))
            .gradients();
    gradientsMatch(fixture, TANH, "pc_convA_jacobi", "gradW");
    statesAndErrorsMatch(fixture.pc(), TANH, "pc_convA_jacobi", 1e-10);
    energiesMatch(fixture.pc(), TANH, "pc_convA_jacobi");
  }

  @ParameterizedTest
  @CsvSource({"LAYERWISE, mse", "LAYERWISE, ce", "DIRECT, mse", "DIRECT, ce", "DIRECT_TARGET, mse"})
  void feedbackAlignment(FeedbackRoute route, String lossName) {
    Loss loss = lossName.equals("mse") ? Loss.MSE : Loss.CROSS_ENTROPY;
    RuleFixture fixture = fixture(TANH, loss, new FeedbackAlignment(route, 1));
    FeedbackStep step = (FeedbackStep) fixture.step();
    List<double[][]> maps = golden.layers(TANH, route.ruleName(), "B");
    for (int l = 1; l < 3; l++) {
      backend.upload(flatten(maps.get(l - 1)), step.map(l));
    }
    fixture.gradients();
    Golden expected = golden.at(TANH, route.ruleName(), lossName);
    for (int l = 1; l <= 3; l++) {
      matches(
          step.displacement(l), flatten(expected.layers("delta").get(l - 1)), 1e-10, "delta" + l);
      matches(
          fixture.weightGradient(l),
          flatten(expected.layers("gradW").get(l - 1)),
          1e-10,
          "gradW" + l);
      matches(
          fixture.biasGradient(l), expected.layerVectors("gradb").get(l - 1), 1e-10, "gradb" + l);
    }
  }

  private static Pepita pepita(Variant variant, int sign) {
    return new Pepita(variant, sign, new Projection(Projection.Kind.UNIFORM, 1), 0);
  }

  static Stream<Arguments> pepitaForms() {
    return Stream.of("mse", "ce")
        .flatMap(
            loss ->
                Stream.of(-1, 1)
                    .flatMap(
                        sign ->
                            Stream.of(Variant.values())
                                .map(variant -> Arguments.of(loss, sign, variant))));
  }

  /** Gradients of the time-local variant are those of the Hebbian one. */
  @ParameterizedTest
  @MethodSource("pepitaForms")
  void pepitaGradients(String lossName, int sign, Variant variant) {
    Loss loss = lossName.equals("mse") ? Loss.MSE : Loss.CROSS_ENTROPY;
    RuleFixture fixture = fixture(TANH, loss, pepita(variant, sign));
    PepitaStep step = (PepitaStep) fixture.step();
    backend.upload(golden.flat(TANH, "pepita", "F"), step.projection());
    fixture.gradients();
    Golden expected = golden.at(TANH, "pepita", lossName + (sign < 0 ? "_minus" : "_plus"));
    String name = variant == Variant.TIME_LOCAL ? "hebbian" : variant.configName();
    for (int l = 1; l <= 3; l++) {
      if (variant != Variant.FIRST_ORDER) {
        matches(
            step.displacement(l),
            flatten(expected.layers("difference").get(l - 1)),
            1e-10,
            "difference" + l);
      }
      matches(
          fixture.weightGradient(l),
          flatten(expected.layers(name, "gradW").get(l - 1)),
          1e-10,
          "gradW" + l);
      matches(
          fixture.biasGradient(l),
          expected.layerVectors(name, "gradb").get(l - 1),
          1e-10,
          "gradb" + l);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mse", "ce"})
  void timeLocalPepita(String lossName) {
    Loss loss = lossName.equals("mse") ? Loss.MSE : Loss.CROSS_ENTROPY;
    RuleFixture fixture = fixture(TANH, loss, pepita(Variant.TIME_LOCAL, -1));
    PepitaStep step = (PepitaStep) fixture.step();
    backend.upload(golden.flat(TANH, "pepita", "F"), step.projection());
    Golden expected = golden.at(TANH, "pepita", "tl_" + lossName);
    fixture.train(expected.number("lr"), 1);
    for (int l = 1; l <= 3; l++) {
      matches(
          backend.read(fixture.network().layer(l).weight().value()),
          flatten(expected.layers("W").get(l - 1)),
          1e-10,
          "W" + l);
      matches(
          backend.read(fixture.network().layer(l).requireBias().value()),
          expected.layerVectors("b").get(l - 1),
          1e-10,
          "b" + l);
    }
  }
}
