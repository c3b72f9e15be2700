package lemniscate.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Window;
import lemniscate.contract.OpensBackend;
import lemniscate.golden.Golden;
import lemniscate.mup.Weighting;
import lemniscate.network.ActivityNorm;
import lemniscate.network.DenseSpec;
import lemniscate.network.Features;
import lemniscate.network.ForwardPass;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Products;
import lemniscate.network.Unit;
import lemniscate.network.UnitPass;
import lemniscate.network.UnitSpec;
import lemniscate.network.layer.Convolution;
import lemniscate.network.layer.Dense;
import lemniscate.network.layer.Flatten;
import lemniscate.network.layer.Layer;
import lemniscate.network.layer.Norm;
import lemniscate.network.layer.Pointwise;
import lemniscate.network.layer.Pool;
import lemniscate.network.layer.Residual;
import lemniscate.network.layer.StackSpec;
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
import lemniscate.rule.tp.ResidualFeedback;
import lemniscate.rule.tp.TargetPropagation;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
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
 * Rules on convolutional and residual networks, and the operations these are made of, against the
 * golden vectors of {@code architectures.json}, in both precisions. A backend's test extends this
 * class and says how the backend is opened, in core's own modules as in others.
 *
 * <p>Tolerances as in {@link GoldenRules}. float64: 1e-10 absolute on numbers of order 1; 1e-8
 * where an iteration was stopped at its own tolerance. float32: 1e-5 relative to the largest entry
 * of the array: 24 bits, sums of at most 36 products and 72 terms, 5 units, 5 inference steps.
 */
@ParameterizedClass
@EnumSource(DType.class)
public abstract class GoldenArchitectures implements OpensBackend {

  private static final Golden GOLDEN = Golden.loadArchitectures();
  private static final Golden MULTIPLIERS = Golden.load("/lemniscate/golden/alm.json");
  private static final Map<String, NetworkSpec> NETWORKS = networks();
  private static final Map<String, NetworkSpec> NETWORKS_OF_RULES = networksOfRules();

  @Parameter DType dtype;

  private final List<AutoCloseable> resources = new ArrayList<>();
  private Backend backend;

  // ---------------------------------------------------------------- the networks

  static UnitSpec unit(Activation activation, Layer... layers) {
    return new StackSpec(List.of(layers), activation, InitialDistribution.NORMAL);
  }

  static UnitSpec linear(Layer... layers) {
    return unit(Activation.LINEAR, layers);
  }

  static UnitSpec dense(int units, Activation activation, boolean bias) {
    return new DenseSpec(
        units, true, activation, bias, ActivityNorm.NONE, InitialDistribution.NORMAL);
  }

  static Convolution conv(int stride, boolean bias) {
    return new Convolution(3, true, 3, stride, 1, bias);
  }

  static Pool pool(Pool.How how) {
    return new Pool(how, 2, 2);
  }

  static Pointwise phi(Activation activation) {
    return new Pointwise(activation);
  }

  static Layer block(double factor, Layer... body) {
    return new Residual(List.of(body), List.of(), factor);
  }

  static Dense out(boolean bias) {
    return new Dense(2, false, bias);
  }

  static NetworkSpec network(ExampleShape input, UnitSpec... units) {
    return new NetworkSpec(new Features(input, false), List.of(units));
  }

  private static NetworkSpec residual(Activation activation) {
    UnitSpec block = linear(block(1 / Math.sqrt(3), new Dense(5, true, true), phi(activation)));
    return network(
        ExampleShape.flat(4),
        dense(5, activation, true),
        block,
        block,
        block,
        new DenseSpec(
            2, false, Activation.LINEAR, true, ActivityNorm.NONE, InitialDistribution.NORMAL));
  }

  private static NetworkSpec residualImages(Activation activation, boolean bias) {
    double beta = 1 / Math.sqrt(3);
    UnitSpec block = linear(block(beta, conv(1, bias), phi(activation)));
    return network(
        new ExampleShape(6, 6, 2),
        unit(activation, conv(1, bias)),
        block,
        block,
        linear(
            new Residual(
                List.of(conv(2, bias), phi(activation)),
                List.of(new Convolution(3, true, 1, 2, 0, false)),
                beta)),
        linear(Pool.global(), out(bias)));
  }

  private static NetworkSpec normed(Norm norm) {
    return network(
        ExampleShape.flat(4),
        dense(5, Activation.LINEAR, true),
        linear(block(0.6, norm, new Dense(5, true, true), phi(Activation.TANH))),
        linear(norm, out(false)));
  }

  static Map<String, NetworkSpec> networks() {
    ExampleShape image = new ExampleShape(6, 6, 2);
    UnitSpec preActivated =
        linear(block(1 / Math.sqrt(3), phi(Activation.RELU), new Dense(5, true, false)));
    UnitSpec twoLayers =
        linear(
            block(
                Math.sqrt(0.5),
                new Dense(5, true, true),
                phi(Activation.TANH),
                new Dense(5, true, false)));
    return Map.of(
        "conv_avg_stride",
        network(
            image,
            linear(conv(1, true), phi(Activation.TANH), pool(Pool.How.AVERAGE)),
            unit(Activation.TANH, conv(2, true)),
            linear(new Flatten(), out(true))),
        "conv_max_gap",
        network(
            image,
            linear(conv(1, true), phi(Activation.RELU), pool(Pool.How.MAX)),
            linear(conv(1, true), phi(Activation.RELU), pool(Pool.How.AVERAGE)),
            linear(Pool.global(), out(true))),
        "res_dense_B",
        residual(Activation.TANH),
        "res_dense_A",
        network(
            ExampleShape.flat(4),
            dense(5, Activation.LINEAR, false),
            preActivated,
            preActivated,
            preActivated,
            linear(phi(Activation.RELU), out(false))),
        "res_two_block",
        network(
            ExampleShape.flat(4),
            dense(5, Activation.TANH, true),
            twoLayers,
            twoLayers,
            linear(out(true))),
        "res_conv",
        residualImages(Activation.TANH, true),
        "lin_res_dense",
        residual(Activation.LINEAR),
        "lin_res_conv",
        residualImages(Activation.LINEAR, false),
        "norm_layer",
        normed(Norm.layer()),
        "norm_rms",
        normed(Norm.rootMeanSquare()));
  }

  /** The four small networks on which golden vectors of single rules stand. */
  public static Map<String, NetworkSpec> networksOfRules() {
    UnitSpec activated = linear(block(0.5, new Dense(5, true, true), phi(Activation.TANH)));
    UnitSpec preActivated = linear(block(0.5, phi(Activation.TANH), new Dense(5, true, false)));
    return Map.of(
        "dense_3_5_4_2",
        RuleFixture.spec(Activation.TANH, true, 3, 5, 4, 2),
        "res_B_L4",
        network(
            ExampleShape.flat(3),
            dense(5, Activation.TANH, true),
            activated,
            activated,
            activated,
            activated,
            linear(out(true))),
        "res_A_L4",
        network(
            ExampleShape.flat(3),
            dense(5, Activation.LINEAR, false),
            preActivated,
            preActivated,
            preActivated,
            preActivated,
            linear(phi(Activation.TANH), out(false))),
        "conv_avg_stride",
        networks().get("conv_avg_stride"));
  }

  static Stream<Arguments> multipliers() {
    return NETWORKS_OF_RULES.keySet().stream()
        .sorted()
        .flatMap(
            name ->
                MULTIPLIERS.at(name).keys().stream()
                    .filter(key -> key.startsWith("alm"))
                    .map(key -> Arguments.of(name, key)));
  }

  static Stream<String> names() {
    return NETWORKS.keySet().stream().sorted();
  }

  /** Without the one whose equilibrium lies in a kink. */
  static Stream<String> namesWithEquilibrium() {
    return names().filter(name -> GOLDEN.has(name, "pc_equilibrium"));
  }

  /** Whether the backend takes thousands of steps of a small network in seconds. */
  protected boolean relaxesQuickly() {
    return true;
  }

  // ---------------------------------------------------------------- plumbing

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

  private <T extends AutoCloseable> T closedLater(T resource) {
    resources.add(resource);
    return resource;
  }

  private RuleFixture fixture(String name, Loss loss, LearningRule rule) {
    Golden net = GOLDEN.at(name);
    double[] y = loss == Loss.MSE ? net.flat("Y") : net.flat("ce", "Y");
    return closedLater(
            RuleFixture.plain(backend, NETWORKS.get(name), loss, net.shape("X")[0])
                .parameters(arrays(net.at("params"))))
        .rule(rule)
        .batch(net.flat("X"), y);
  }

  private RuleFixture fixture(String name, LearningRule rule) {
    return fixture(name, Loss.MSE, rule);
  }

  /** Arrays of parameters, unit by unit, operation by operation, in the order of ours. */
  public static List<double[]> arrays(Golden units) {
    List<double[]> arrays = new ArrayList<>();
    for (int l = 0; l < units.size(); l++) {
      arrays.addAll(arraysOfUnit(units.at(Integer.toString(l))));
    }
    return arrays;
  }

  static List<double[]> arraysOfUnit(Golden unit) {
    List<double[]> arrays = new ArrayList<>();
    for (String operation :
        unit.keys().stream().sorted(Comparator.comparing(Integer::valueOf)).toList()) {
      for (String name : List.of("W", "g", "b")) {
        if (unit.has(operation, name)) {
          arrays.add(unit.flat(operation, name));
        }
      }
    }
    return arrays;
  }

  /** Arrays of a list over units. */
  static List<double[]> perUnit(Golden units) {
    List<double[]> arrays = new ArrayList<>();
    for (int l = 0; l < units.size(); l++) {
      arrays.add(units.flat(Integer.toString(l)));
    }
    return arrays;
  }

  private void matches(double[] found, double[] expected, double tolerance64, String what) {
    double tolerance =
        dtype == DType.FLOAT64 ? tolerance64 : 1e-5 * Math.max(Oracle.largest(expected), 1e-3);
    Oracle.close(found, expected, tolerance, what);
  }

  private void matches(double[] found, double[] expected, String what) {
    matches(found, expected, 1e-10, what);
  }

  private void match(List<double[]> found, List<double[]> expected, double tolerance, String what) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < found.size(); i++) {
      matches(found.get(i), expected.get(i), tolerance, what + " " + (i + 1));
    }
  }

  private void match(List<double[]> found, List<double[]> expected, String what) {
    match(found, expected, 1e-10, what);
  }

  private static Precisions precisions(double[] gamma) {
    List<Double> values = Arrays.stream(gamma).boxed().toList();
    return new Precisions(values.subList(0, values.size() - 1), values.getLast());
  }

  private static PredictiveCoding weighted(String name, Inference inference) {
    return PredictiveCoding.of(inference)
        .withPrecisions(precisions(GOLDEN.vector(name, "gamma")))
        .withWeighting(Weighting.ENERGY);
  }

  private static List<double[]> states(PcStep step, int hidden) {
    List<double[]> states = new ArrayList<>();
    for (int l = 1; l <= hidden; l++) {
      states.add(step.state(l));
    }
    return states;
  }

  private static List<double[]> errors(PcStep step, int units) {
    List<double[]> errors = new ArrayList<>();
    for (int l = 1; l <= units; l++) {
      errors.add(step.error(l));
    }
    return errors;
  }

  private void inferenceMatches(RuleFixture fixture, Golden expected, double tolerance) {
    if (expected.has("v")) {
      List<double[]> v = perUnit(expected.at("v"));
      match(states(fixture.pc(), v.size()), v, tolerance, "v");
    }
    List<double[]> e = perUnit(expected.at("e"));
    match(errors(fixture.pc(), e.size()), e, tolerance, "e");
    match(
        fixture.parameterGradients(),
        arrays(expected.at("grad_weighted")),
        tolerance,
        "grad_weighted");
  }

  private void energiesMatch(RuleFixture fixture, Golden expected) {
    matches(
        fixture.pc().energies().stream().mapToDouble(Double::doubleValue).toArray(),
        expected.vector("F"),
        "F");
  }

  // ---------------------------------------------------------------- rules

  @ParameterizedTest
  @MethodSource("names")
  void forwardAndBackpropagation(String name) {
    backpropagation(name, Loss.MSE, GOLDEN.number(name, "loss"), GOLDEN.at(name, "bp"));
  }

  @Test
  void crossEntropy() {
    Golden ce = GOLDEN.at("conv_avg_stride", "ce");
    backpropagation("conv_avg_stride", Loss.CROSS_ENTROPY, ce.number("loss"), ce);
    Golden jacobi = ce.at("jacobi");
    RuleFixture relaxed =
        fixture(
                "conv_avg_stride",
                Loss.CROSS_ENTROPY,
                weighted(
                    "conv_avg_stride",
                    new Inference.Jacobi(jacobi.integer("T"), jacobi.number("alpha"))))
            .gradients();
    inferenceMatches(relaxed, jacobi, 1e-10);
  }

  private void backpropagation(String name, Loss loss, double expectedLoss, Golden expected) {
    RuleFixture fixture = fixture(name, loss, new BackPropagation()).gradients();
    BackPropagationStep step = (BackPropagationStep) fixture.step();
    List<double[]> activities = new ArrayList<>();
    List<double[]> deltas = new ArrayList<>();
    for (Unit unit : fixture.network().units()) {
      activities.add(backend.read(step.forward().activity(unit.index())));
      deltas.add(backend.read(step.delta(unit.index())));
    }
    match(activities, perUnit(GOLDEN.at(name, "forward")), "forward");
    match(deltas, perUnit(expected.at("delta")), "delta");
    matches(
        new double[] {step.loss() * fixture.context().batch()},
        new double[] {expectedLoss},
        "loss");
    match(fixture.parameterGradients(), arrays(expected.at("grad")), "grad");
  }

  @ParameterizedTest
  @MethodSource("names")
  void jacobi(String name) {
    Golden expected = GOLDEN.at(name, "pc_jacobi");
    PredictiveCoding rule =
        weighted(name, new Inference.Jacobi(expected.integer("T"), expected.number("alpha")));
    RuleFixture traced = fixture(name, rule.withEnergyTrace()).gradients();
    inferenceMatches(traced, expected, 1e-10);
    energiesMatch(traced, expected);

    // Without the trace other recordings run: the same gradients, here without the precisions.
    RuleFixture plain = fixture(name, rule.withWeighting(Weighting.UNWEIGHTED)).gradients();
    match(plain.parameterGradients(), arrays(expected.at("grad_unweighted")), "grad_unweighted");
    match(states(plain.pc(), expected.at("v").size()), perUnit(expected.at("v")), "v");
  }

  @ParameterizedTest
  @MethodSource("names")
  void sequential(String name) {
    Golden expected = GOLDEN.at(name, "pc_si");
    PredictiveCoding rule =
        weighted(name, new Inference.Sequential(expected.integer("n"), expected.number("alpha")));
    RuleFixture traced = fixture(name, rule.withEnergyTrace()).gradients();
    inferenceMatches(traced, expected, 1e-10);
    energiesMatch(traced, expected);
    inferenceMatches(fixture(name, rule).gradients(), expected, 1e-10);
  }

  @ParameterizedTest
  @MethodSource("names")
  void fixedPrediction(String name) {
    Golden expected = GOLDEN.at(name, "pc_fpa");
    Inference inference =
        new Inference.FixedPrediction(expected.integer("T"), expected.number("alpha"));
    inferenceMatches(fixture(name, weighted(name, inference)).gradients(), expected, 1e-10);
  }

  @ParameterizedTest
  @MethodSource("names")
  void incremental(String name) {
    Golden expected = GOLDEN.at(name, "ipc");
    Inference inference =
        new Inference.Incremental(expected.integer("T"), expected.number("alpha"));
    RuleFixture fixture = fixture(name, weighted(name, inference)).train(expected.number("lr"), 1);
    match(fixture.parameterValues(), arrays(expected.at("params")), "params");
    List<double[]> v = perUnit(expected.at("v"));
    match(states(fixture.pc(), v.size()), v, "v");
  }

  @ParameterizedTest
  @MethodSource("names")
  void errorCoordinates(String name) {
    Golden expected = GOLDEN.at(name, "pc_error_coordinates");
    Inference inference = new Inference.Errors(expected.integer("T"), expected.number("alpha"));
    RuleFixture fixture = fixture(name, weighted(name, inference)).gradients();
    inferenceMatches(fixture, expected, 1e-10);
    // No step was taken back.
    assertThat(fixture.pc().equilibrium().rate()).isEqualTo(inference.rate());
  }

  @ParameterizedTest
  @MethodSource("multipliers")
  void multipliers(String name, String key) {
    Golden net = MULTIPLIERS.at(name);
    Golden expected = net.at(key);
    boolean absorbing = expected.has("z");
    List<Double> alphas = Arrays.stream(expected.vector("alpha")).boxed().toList();
    List<Double> rho = Arrays.stream(expected.vector("rho")).boxed().toList();
    Inference inference =
        new Inference.AugmentedLagrangian(
            expected.integer("T"),
            expected.number("eta"),
            absorbing ? alphas.subList(1, 2) : alphas,
            expected.text("order").equals("jacobi")
                ? Inference.AugmentedLagrangian.Order.JACOBI
                : Inference.AugmentedLagrangian.Order.GAUSS_SEIDEL,
            absorbing ? expected.number("z") : 0,
            expected.integer("inner"),
            key.equals("alm_post"));
    PredictiveCoding rule =
        PredictiveCoding.of(inference)
            .withPrecisions(
                new Precisions(absorbing ? rho.subList(1, 2) : rho, expected.number("gamma_N")));
    Loss loss = expected.has("Y") ? Loss.CROSS_ENTROPY : Loss.MSE;
    double[] y = expected.has("Y") ? expected.flat("Y") : net.flat("Y");
    for (Weighting weighting : Weighting.values()) {
      RuleFixture fixture =
          closedLater(
                  RuleFixture.plain(backend, NETWORKS_OF_RULES.get(name), loss, net.shape("X")[0])
                      .parameters(arrays(net.at("params"))))
              .rule(rule.withWeighting(weighting))
              .batch(net.flat("X"), y)
              .gradients();
      PcStep step = fixture.pc();
      List<double[]> v = perUnit(expected.at("v"));
      List<double[]> moved = perUnit(expected.at("D"));
      List<double[]> e = perUnit(expected.at("e"));
      List<double[]> q = perUnit(expected.at("q"));
      List<double[]> lam = perUnit(expected.at("lam"));
      match(states(step, v.size()), v, "v");
      for (int l = 1; l <= v.size(); l++) {
        matches(step.displacement(l), moved.get(l - 1), "D" + l);
        matches(step.dual(l), lam.get(l - 1), "lam" + l);
        matches(step.augmentedError(l), q.get(l - 1), "q" + l);
      }
      match(errors(step, e.size()), e, "e");
      List<double[]> gradients = arrays(expected.at("grad_weighted"));
      if (weighting == Weighting.UNWEIGHTED) {
        List<double[]> output = arraysOfUnit(expected.at("grad_unweighted_output"));
        gradients = new ArrayList<>(gradients.subList(0, gradients.size() - output.size()));
        gradients.addAll(output);
      }
      match(fixture.parameterGradients(), gradients, "gradients " + weighting);
      assertThat(step.halvings()).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("namesWithEquilibrium")
  void equilibrium(String name) {
    assumeTrue(
        relaxesQuickly(),
        "thousands of steps of small operations, each of which takes its time here");
    Golden expected = GOLDEN.at(name, "pc_equilibrium");
    double tolerance = dtype == DType.FLOAT64 ? 1e-11 : 1e-6;
    PredictiveCoding rule =
        PredictiveCoding.of(new Inference.Equilibrium(20_000, 0.2, tolerance))
            .withPrecisions(precisions(expected.vector("gamma")))
            .withWeighting(Weighting.ENERGY);
    RuleFixture fixture = fixture(name, rule).gradients();
    inferenceMatches(fixture, expected, 1e-8);
    matches(new double[] {fixture.pc().energy()}, new double[] {expected.number("F")}, 1e-8, "F");
  }

  /**
   * Chains of units, whatever is in them and wherever the states are: Z-IL, one sweep and as many
   * synchronous steps as there are hidden units give backpropagation's gradients. 1e-12: the same
   * sums in another order.
   */
  @ParameterizedTest
  @MethodSource("names")
  void backpropagationByPredictiveCoding(String name) {
    List<double[]> expected = fixture(name, new BackPropagation()).gradients().parameterGradients();
    int hidden = NETWORKS.get(name).layers() - 1;
    for (Inference inference :
        List.of(
            new Inference.ZeroDivergence(),
            new Inference.FixedPrediction(1, 1, true),
            new Inference.FixedPrediction(hidden, 1))) {
      for (Convention convention : Convention.values()) {
        PredictiveCoding rule = PredictiveCoding.of(inference).withConvention(convention);
        RuleFixture fixture = fixture(name, rule).gradients();
        match(fixture.parameterGradients(), expected, 1e-12, rule.toString());
      }
    }
  }

  @Test
  void directFeedbackAlignment() {
    Golden expected = GOLDEN.at("conv_avg_stride", "dfa");
    RuleFixture fixture =
        fixture("conv_avg_stride", new FeedbackAlignment(FeedbackRoute.DIRECT, 1));
    FeedbackStep step = (FeedbackStep) fixture.step();
    for (int l = 1; l < 3; l++) {
      backend.upload(expected.flat("B", Integer.toString(l - 1)), step.map(l));
    }
    fixture.gradients();
    List<double[]> delta = perUnit(expected.at("delta"));
    for (int l = 1; l <= 3; l++) {
      matches(step.displacement(l), delta.get(l - 1), "delta" + l);
    }
    match(fixture.parameterGradients(), arrays(expected.at("grad")), "grad");
  }

  /** Other weights in the place of a unit's own on the way down. */
  @ParameterizedTest
  @ValueSource(strings = {"conv_avg_stride", "res_dense_B"})
  void feedbackThroughUnits(String name) {
    Golden expected = GOLDEN.at(name, "fa");
    List<double[]> delta = perUnit(expected.at("delta"));
    RuleFixture fixture = fixture(name, new BackPropagation());
    int batch = fixture.context().batch();
    Arena arena = closedLater(backend.newArena());
    ForwardPass forward = new ForwardPass(arena, fixture.network(), batch);
    backend.upload(GOLDEN.flat(name, "X"), forward.input());
    backend.run(forward::record);
    for (int l = delta.size(); l > 1; l--) {
      UnitPass pass = forward.pass(l);
      if (pass.unit().spec().hasWeightMatrix()) {
        continue;
      }
      List<double[]> feedback = arraysOfUnit(expected.at("B", Integer.toString(l - 1)));
      List<Tensor> weights = new ArrayList<>();
      for (Shape shape : pass.unit().feedbackShapes()) {
        weights.add(arena.allocate(shape));
        backend.upload(feedback.get(weights.size() - 1), weights.getLast());
      }
      Tensor error = arena.allocate(pass.output().shape());
      Tensor gated = arena.allocate(pass.output().shape());
      Tensor back = arena.allocate(pass.input().shape());
      backend.upload(delta.get(l - 1), error);
      backend.run(
          ops -> {
            pass.gate(ops, error, gated);
            Products.record(ops, p -> pass.pullbackThrough(p, weights, gated, back));
          });
      matches(backend.read(back), delta.get(l - 2), "delta" + (l - 1));
    }
  }

  private static double[] transposed(double[] values, int rows) {
    int columns = values.length / rows;
    double[] t = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      t[i % columns * rows + i / columns] = values[i];
    }
    return t;
  }

  @ParameterizedTest
  @ValueSource(strings = {"conv_avg_stride", "res_dense_B"})
  void feedbackAlignment(String name) {
    Golden expected = GOLDEN.at(name, "fa");
    RuleFixture fixture = fixture(name, new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1));
    FeedbackStep step = (FeedbackStep) fixture.step();
    List<double[]> delta = perUnit(expected.at("delta"));
    for (int l = 1; l < delta.size(); l++) {
      List<double[]> feedback = arraysOfUnit(expected.at("B", Integer.toString(l)));
      for (int k = 0; k < feedback.size(); k++) {
        boolean matrix = fixture.network().spec().unit(l + 1).hasWeightMatrix();
        Tensor map = step.maps(l).get(k);
        double[] b = feedback.get(k);
        backend.upload(matrix ? transposed(b, map.columns()) : b, map);
      }
    }
    fixture.gradients();
    for (int l = 1; l <= delta.size(); l++) {
      matches(step.displacement(l), delta.get(l - 1), "delta" + l);
    }
    match(fixture.parameterGradients(), arrays(expected.at("grad")), "grad");
  }

  /**
   * Plain units learn from the difference behind their activation, residual ones from that of the
   * stream, whose factor the golden gradients leave out.
   */
  @ParameterizedTest
  @CsvSource({"conv_max_gap, pepita, grad, 1", "res_dense_B, pepita_stream, grad_without_beta, 3"})
  void pepita(String name, String entry, String gradients, double squareOfFactors) {
    Golden net = GOLDEN.at(name);
    Golden expected = net.at(entry);
    Pepita rule =
        new Pepita(
            Variant.MODULATED,
            (int) expected.number("s"),
            new Projection(Projection.Kind.UNIFORM, 1),
            0);
    RuleFixture fixture =
        closedLater(
            RuleFixture.plain(backend, NETWORKS.get(name), Loss.CROSS_ENTROPY, net.shape("X")[0])
                .parameters(arrays(net.at("params")))
                .rule(rule));
    PepitaStep step = (PepitaStep) fixture.step();
    backend.upload(expected.flat("F"), step.projection());
    fixture.batch(net.flat("X"), expected.flat("Y")).gradients();
    List<double[]> moved = perUnit(expected.at("h_tilde"));
    List<double[]> before = perUnit(net.at("forward"));
    List<double[]> found = fixture.parameterGradients();
    List<double[]> grad = new ArrayList<>();
    Iterator<double[]> without = arrays(expected.at(gradients)).iterator();
    for (Unit unit : fixture.network().units()) {
      int l = unit.index();
      if (l < moved.size()) {
        double[] difference = Oracle.sum(moved.get(l - 1), -1, before.get(l - 1));
        matches(step.displacement(l), difference, "difference" + l);
      }
      boolean inBranch = unit.spec().residualAdditions() > 0;
      double factor = inBranch ? 1 / Math.sqrt(squareOfFactors) : 1;
      for (int p = 0; p < unit.parameters().size(); p++) {
        grad.add(Oracle.times(factor, without.next()));
      }
    }
    match(found, grad, "grad");
  }

  /**
   * The first two units on their own, the first of which reads its input as it is. 1e-7 behind the
   * second's input: the length that it is divided by is raised by 1e-8 of itself, or there would be
   * none where all activities are 0. A third row, which takes no part, is there to be left out.
   */
  @Test
  void forwardForward() {
    Golden net = GOLDEN.at("conv_max_gap");
    Golden expected = net.at("ff_first_two_nodes");
    RuleFixture fixture =
        closedLater(
            RuleFixture.plain(backend, NETWORKS.get("conv_max_gap"), Loss.MSE, 3)
                .parameters(arrays(net.at("params"))));
    Arena arena = closedLater(backend.newArena());
    ForwardPass forward =
        new ForwardPass(
            arena,
            fixture.network(),
            3,
            (ops, l, activity, input) -> {
              ops.copy(activity, input);
              if (l > 1) {
                ops.goodness().normalize(Math.sqrt(input.columns()), activity, input);
              }
            });
    double[] x = net.flat("X");
    backend.upload(x, forward.input().rows(0, 2));
    backend.upload(Arrays.copyOf(x, x.length / 2), forward.input().rows(2, 1));
    for (int l = 1; l <= 2; l++) {
      UnitPass pass = forward.pass(l).rows(0, 2);
      Tensor h = pass.output();
      Tensor goodness = arena.allocate(new Shape(2, 1));
      Tensor displacement = arena.allocate(h.shape());
      Tensor gated = arena.allocate(h.shape());
      Tensor total = arena.allocateScalars(1);
      double mean = 1.0 / h.columns();
      backend.run(
          ops -> {
            forward.record(ops);
            ops.goodness().measure(mean, h, false, goodness);
            ops.goodness().contrast(mean, expected.number("theta"), h, displacement, total);
            pass.gate(ops, displacement, gated);
            Products.record(ops, products -> pass.gradients(products, 1, gated, pass.input()));
          });
      String node = Integer.toString(l - 1);
      double tolerance = l == 1 ? 1e-10 : 1e-7;
      matches(backend.read(goodness), expected.flat("goodness", node), tolerance, "goodness" + l);
      match(
          pass.unit().parameters().stream().map(p -> backend.read(p.gradient())).toList(),
          arraysOfUnit(expected.at("grad", node)),
          tolerance,
          "grad of unit " + l);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "conv_avg_stride,ridge,false,RIDGE",
    "conv_avg_stride,chan,true,RIDGE",
    "res_dense_B,identridge,false,IDENTITY_PRIOR",
    "res_dense_B,ident,false,SKIP"
  })
  void targetPropagation(String name, String entry, boolean channels, ResidualFeedback residual) {
    Golden expected = GOLDEN.at(name, "tp");
    double damping = expected.number("mu_hidden_per_unit");
    assertThat(expected.number("mu_top")).isEqualTo(damping);
    RuleFixture fixture =
        fixture(
            name,
            new TargetPropagation(
                Pathway.DIFFERENCE, new Feedback.Ridge(List.of(damping), channels, residual), 1));
    targetsMatch(fixture.gradients(), expected.at(entry, "D"), expected.at(entry, "grad"));
  }

  @Test
  void gaussNewtonTargets() {
    Golden expected = GOLDEN.at("conv_avg_stride", "gnt");
    RuleFixture fixture = fixture("conv_avg_stride", new GaussNewtonTargets(0, 1)).gradients();
    targetsMatch(fixture, expected.at("d"), expected.at("grad"));
  }

  private void targetsMatch(RuleFixture fixture, Golden displacements, Golden gradients) {
    TargetStep step = (TargetStep) fixture.step();
    List<double[]> found = new ArrayList<>();
    for (Unit unit : fixture.network().units()) {
      found.add(step.displacement(unit.index()));
    }
    match(found, perUnit(displacements), "D");
    match(fixture.parameterGradients(), arrays(gradients), "grad");
  }

  // ---------------------------------------------------------------- primitives

  private static final ExampleShape IMAGE = new ExampleShape(5, 6, 2);
  private static final int BATCH = 2;

  /** Tensors for one golden entry, and what was recorded for them. */
  private final class Bench {

    private final Arena arena = closedLater(backend.newArena());
    private final Golden golden;

    Bench(String name) {
      this.golden = GOLDEN.at("primitives", name);
    }

    Tensor given(int rows, int columns, String... path) {
      return uploaded(golden.flat(path), rows, columns);
    }

    Tensor uploaded(double[] values, int rows, int columns) {
      Tensor tensor = room(rows, columns);
      backend.upload(values, tensor);
      return tensor;
    }

    Tensor image() {
      return uploaded(GOLDEN.flat("primitives", "x"), BATCH, IMAGE.size());
    }

    /** Filled with NaN, so that what is not written shows. */
    Tensor room(int rows, int columns) {
      Tensor tensor = arena.allocate(new Shape(rows, columns));
      backend.run(ops -> ops.fill(tensor, Double.NaN));
      return tensor;
    }

    void expect(Tensor found, String... path) {
      matches(backend.read(found), golden.flat(path), String.join(" ", path));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"k3_s1_p1", "k3_s2_p1", "k2_s2_p0", "k1_s2_p0"})
  void convolution(String form) {
    Window window =
        new Window(
            IMAGE,
            form.charAt(1) - '0',
            form.charAt(1) - '0',
            form.charAt(4) - '0',
            form.charAt(7) - '0');
    Bench bench = new Bench("conv_" + form);
    int rows = BATCH * window.places();
    Tensor x = bench.image();
    Tensor weight = bench.given(3, window.patch(), "W");
    Tensor d = bench.given(rows, 3, "d");
    // Patches of one example, so that the batch is cut.
    Tensor scratch = bench.room(window.places(), window.patch());
    Tensor y = bench.room(rows, 3);
    Tensor back = bench.room(BATCH, IMAGE.size());
    Tensor gradient = bench.room(3, window.patch());
    backend.run(
        ops -> {
          ops.image().convolve(window, 1, x, weight, scratch, y);
          ops.image().convolveBack(window, 1, d, weight, scratch, back);
          ops.image().convolutionGradient(window, 1, d, x, scratch, false, gradient);
        });
    bench.expect(y, "y");
    bench.expect(back, "vjp_x");
    bench.expect(gradient, "vjp_W");
  }

  @Test
  void patches() {
    Window window = new Window(IMAGE, 3, 3, 2, 1);
    Bench bench = new Bench("im2col_k3_s2_p1");
    Tensor x = bench.image();
    Tensor patches = bench.room(BATCH * window.places(), window.patch());
    backend.run(ops -> ops.image().patches(window, x, patches));
    bench.expect(patches);
  }

  @ParameterizedTest
  @ValueSource(strings = {"avgpool2", "avgpool3_s2", "maxpool2", "maxpool3_s2", "gap"})
  void pool(String name) {
    Window window =
        switch (name) {
          case "gap" -> new Window(IMAGE, 5, 6, 1, 0);
          case "avgpool2", "maxpool2" -> new Window(IMAGE, 2, 2, 2, 0);
          default -> new Window(IMAGE, 3, 3, 2, 0);
        };
    Bench bench = new Bench(name);
    int columns = window.places() * IMAGE.channels();
    Tensor x = bench.image();
    Tensor z = bench.given(BATCH, IMAGE.size(), "z");
    Tensor d = bench.given(BATCH, columns, "d");
    Tensor y = bench.room(BATCH, columns);
    Tensor difference = bench.room(BATCH, columns);
    Tensor back = bench.room(BATCH, IMAGE.size());
    if (name.startsWith("max")) {
      Tensor slot = bench.room(BATCH, columns);
      Tensor shiftedSlot = bench.room(BATCH, columns);
      backend.run(
          ops -> {
            ops.image().maxPool(window, x, y, slot);
            ops.image().maxPoolBack(window, slot, d, back);
            ops.image().maxPoolDifference(window, x, y, z, difference, shiftedSlot);
          });
      bench.expect(slot, "argmax");
    } else {
      backend.run(
          ops -> {
            ops.image().averagePool(window, x, y);
            ops.image().averagePoolBack(window, d, back);
            ops.image().averagePool(window, z, difference);
          });
    }
    bench.expect(y, "y");
    bench.expect(back, "vjp_x");
    bench.expect(difference, "diff");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void norm(boolean centred) {
    Bench bench = new Bench(centred ? "layernorm" : "rmsnorm");
    int rows = BATCH * 30;
    Tensor x = bench.image().reshaped(rows, 2);
    Tensor gain = bench.given(1, 2, "params", "g");
    Tensor d = bench.given(rows, 2, "d");
    Tensor z = bench.given(rows, 2, "z");
    Tensor normal = bench.room(rows, 2);
    Tensor deviation = bench.room(rows, 1);
    Tensor movedDeviation = bench.room(rows, 1);
    Tensor y = bench.room(rows, 2);
    Tensor gained = bench.room(rows, 2);
    Tensor back = bench.room(rows, 2);
    Tensor gainGradient = bench.room(1, 2);
    Tensor difference = bench.room(rows, 2);
    Tensor gainedDifference = bench.room(rows, 2);
    backend.run(
        ops -> {
          ops.standardization().standardize(centred, Norm.EPSILON, x, normal, deviation);
          ops.multiplyRow(gain, normal, y);
          ops.multiplyRow(gain, d, gained);
          ops.standardization().back(centred, normal, deviation, gained, back);
          ops.standardization()
              .difference(centred, normal, deviation, z, difference, movedDeviation);
          ops.multiplyRow(gain, difference, gainedDifference);
          ops.copy(d, gained);
          ops.multiply(normal, gained);
          ops.columnSum(1, gained, gainGradient);
        });
    if (centred) {
      biasMatches(bench, y, d);
    }
    bench.expect(y, "y");
    bench.expect(back, "vjp_x");
    bench.expect(gainGradient, "vjp_params", "g");
    bench.expect(gainedDifference, "diff");
  }

  private void biasMatches(Bench bench, Tensor y, Tensor d) {
    Tensor bias = bench.given(1, 2, "params", "b");
    Tensor gradient = bench.room(1, 2);
    backend.run(
        ops -> {
          ops.addRow(bias, y);
          ops.columnSum(1, d, gradient);
        });
    bench.expect(gradient, "vjp_params", "b");
  }
}
