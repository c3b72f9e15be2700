package lemniscate.rule.tp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.golden.Golden;
import lemniscate.network.ActivityNorm;
import lemniscate.network.DenseSpec;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
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
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Objective;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.TargetStep;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.bp.BackPropagationStep;
import lemniscate.rule.gnt.GaussNewtonTargets;
import lemniscate.rule.pc.Convention;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.tensor.Arena;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules with targets on networks whose units are stacks of layers; invariants V44, V45, V46. */
@ParameterizedClass
@MethodSource("lemniscate.rule.RuleFixture#backends")
final class StackTargetsTest {

  private static final int BATCH = 4;

  @org.junit.jupiter.params.Parameter String backendName;

  // ---------------------------------------------------------------- networks

  private static UnitSpec unit(Activation activation, Layer... layers) {
    return new StackSpec(List.of(layers), activation, InitialDistribution.NORMAL);
  }

  private static UnitSpec linear(Layer... layers) {
    return unit(Activation.LINEAR, layers);
  }

  private static Convolution conv(int channels, int stride) {
    return new Convolution(channels, true, 3, stride, 1, true);
  }

  private static Pointwise tanh() {
    return new Pointwise(Activation.TANH);
  }

  private static NetworkSpec network(ExampleShape input, UnitSpec... units) {
    return new NetworkSpec(new Features(input, false), List.of(units));
  }

  /** Sizes 7 (odd under a stride), 4 (even under a pool), 2, with a φ at an end and inside. */
  private static NetworkSpec images(int channels, Pool.How pool) {
    return network(
        new ExampleShape(7, 7, 2),
        unit(Activation.TANH, conv(channels, 1)),
        unit(Activation.TANH, conv(channels, 2)),
        linear(conv(channels, 1), tanh(), new Pool(pool, 2, 2)),
        linear(new Residual(List.of(conv(channels, 1), tanh()), List.of(), 0.7)),
        linear(new Flatten(), new Dense(2, false, true)));
  }

  private static UnitSpec dense(int units, boolean grows, Activation activation) {
    return new DenseSpec(
        units, grows, activation, true, ActivityNorm.NONE, InitialDistribution.NORMAL);
  }

  private static NetworkSpec residual(int width) {
    UnitSpec block = linear(new Residual(List.of(new Dense(width, true, true), tanh()), List.of()));
    return network(
        ExampleShape.flat(5),
        dense(width, true, Activation.TANH),
        block,
        block,
        dense(2, false, Activation.LINEAR));
  }

  /** Blocks of two weights, a norm, a projection and a mean over places. */
  private static NetworkSpec deep() {
    return network(
        new ExampleShape(5, 4, 2),
        unit(Activation.TANH, conv(4, 1)),
        linear(
            new Residual(
                List.of(Norm.layer(), conv(4, 1), tanh(), conv(4, 1)), List.of(), 0.6)),
        linear(
            new Residual(
                List.of(conv(6, 2), tanh()),
                List.of(new Convolution(6, true, 1, 2, 0, false)),
                0.8)),
        linear(Pool.global(), new Dense(3, false, true)));
  }

  private static RuleFixture fixture(Backend backend, NetworkSpec spec, LearningRule rule) {
    rule.check(spec);
    RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, BATCH);
    // Biases, which start at 0, as well.
    List<double[]> values = new ArrayList<>();
    for (Parameter parameter : fixture.network().parameters()) {
      int count = (int) parameter.value().elements();
      double[] drawn = RuleFixture.normals(3, 300 + values.size(), count);
      double deviation = parameter.kind().isVector() ? 0.3 : parameter.scaling().initStd();
      values.add(Oracle.times(deviation, drawn));
    }
    return fixture.parameters(values).rule(rule).drawBatch(4).gradients();
  }

  private static TargetPropagation difference(Feedback feedback) {
    return new TargetPropagation(Pathway.DIFFERENCE, feedback, 0.8);
  }

  private static Feedback channels(double damping) {
    return new Feedback.Ridge(List.of(damping), true, ResidualFeedback.IDENTITY_PRIOR);
  }

  private static Feedback.Learned noise(double deviation) {
    return new Feedback.Learned(
        Maps.of(Activation.LINEAR),
        Reconstruction.LOCAL_NOISE,
        deviation,
        2,
        0,
        0.01,
        new Optimizer.Sgd(),
        0);
  }

  // ---------------------------------------------------------------- ridge

  private static RealMatrix matrix(double[] values, int columns) {
    RealMatrix matrix = new Array2DRowRealMatrix(values.length / columns, columns);
    for (int i = 0; i < values.length; i++) {
      matrix.setEntry(i / columns, i % columns, values[i]);
    }
    return matrix;
  }

  private static double[] flat(RealMatrix matrix) {
    int columns = matrix.getColumnDimension();
    double[] values = new double[matrix.getRowDimension() * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = matrix.getEntry(i / columns, i % columns);
    }
    return values;
  }

  private static RealMatrix inverse(RealMatrix matrix, double damping) {
    RealMatrix damped =
        matrix.add(
            MatrixUtils.createRealIdentityMatrix(matrix.getRowDimension())
                .scalarMultiply(damping));
    return new LUDecomposition(damped).getSolver().getInverse();
  }

  // D Qᵀ with Q = Aᵀ H (Hᵀ H + μ)⁻¹ = Aᵀ (H Hᵀ + μ)⁻¹ H.
  private static RealMatrix sent(
      RealMatrix d, RealMatrix h, RealMatrix a, double damping, boolean primal) {
    return primal
        ? d.multiply(inverse(h.transpose().multiply(h), damping))
            .multiply(h.transpose())
            .multiply(a)
        : d.multiply(h.transpose())
            .multiply(inverse(h.multiply(h.transpose()), damping))
            .multiply(a);
  }

  /** An entry of a patch, in the order of (place, i, j, channel), as an index of the images. */
  private interface Entry {
    void at(int row, int column, int index);
  }

  private static void patches(ExampleShape image, ExampleShape places, int stride, Entry entry) {
    for (int row = 0; row < BATCH * places.height() * places.width(); row++) {
      int q = row % places.width();
      int p = row / places.width() % places.height();
      int example = row / places.width() / places.height();
      for (int k = 0; k < stride * stride * image.channels(); k++) {
        int y = p * stride + k / image.channels() / stride;
        int x = q * stride + k / image.channels() % stride;
        if (y < image.height() && x < image.width()) {
          int pixel = (example * image.height() + y) * image.width() + x;
          entry.at(row, k, pixel * image.channels() + k % image.channels());
        }
      }
    }
  }

  /**
   * V44: what the rule solves by channels is what a solve by places gives and the other way about,
   * with explicit inverses and patches cut by hand; towards the identity at the residual unit.
   * 1e-12: condition numbers of about 1e3 in float64, displacements below 1.
   */
  @ParameterizedTest
  @CsvSource({"3,AVERAGE", "20,MAX"})
  void channelRidgeOfEitherFormIsTheOther(int channels, Pool.How pool) {
    NetworkSpec spec = images(channels, pool);
    double damping = 0.05;
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = fixture(backend, spec, difference(channels(damping)))) {
      TpStep step = (TpStep) fixture.step();
      for (int l = 2; l <= 4; l++) {
        ExampleShape above = spec.features(l).shape();
        ExampleShape below = spec.features(l - 1).shape();
        int stride = spec.unit(l).stride();
        RealMatrix h = matrix(step.activity(l), channels);
        RealMatrix d = matrix(step.displacement(l), channels);
        double[] image = step.activity(l - 1);
        if (l == 4) {
          image = Oracle.sum(image, -1, step.activity(4));
        }
        double[] regressed = image;
        RealMatrix a =
            new Array2DRowRealMatrix(h.getRowDimension(), stride * stride * channels);
        patches(below, above, stride, (row, column, i) -> a.setEntry(row, column, regressed[i]));
        // The rule takes the smaller system.
        boolean primal = h.getRowDimension() < channels;
        RealMatrix cut = sent(d, h, a, damping * channels, primal);
        double[] expected = l == 4 ? step.displacement(4) : new double[image.length];
        patches(
            below, above, stride, (row, column, i) -> expected[i] += cut.getEntry(row, column));
        Oracle.close(step.displacement(l - 1), expected, 1e-12, "D" + (l - 1));
        assertThat(Oracle.largest(expected)).isGreaterThan(1e-3);
      }
    }
  }

  /**
   * V44: the ridge drawn towards the identity, with examples for its system or with units, against
   * the minimiser Q = I + (H_{l−1} − H_l)ᵀ H_l (H_lᵀ H_l + μ I)⁻¹ that is formed; plain ones too.
   * 1e-10: condition numbers below 1e4 in float64.
   */
  @ParameterizedTest
  @CsvSource({"3,DIFFERENCE", "9,DIFFERENCE", "3,PLAIN", "9,PLAIN"})
  void identityPriorIsTheMinimiser(int width, Pathway pathway) {
    NetworkSpec spec = residual(width);
    double damping = 0.02;
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            fixture(
                backend,
                spec,
                new TargetPropagation(pathway, new Feedback.Ridge(damping), 0.8))) {
      TpStep step = (TpStep) fixture.step();
      for (int l = 2; l <= 3; l++) {
        RealMatrix h = matrix(step.activity(l), width);
        RealMatrix below = matrix(step.activity(l - 1), width);
        RealMatrix q =
            below
                .subtract(h)
                .transpose()
                .multiply(h)
                .multiply(inverse(h.transpose().multiply(h), damping * width))
                .add(MatrixUtils.createRealIdentityMatrix(width));
        RealMatrix d = matrix(step.displacement(l), width);
        RealMatrix expected =
            pathway == Pathway.PLAIN
                ? h.add(d).multiply(q.transpose()).subtract(below)
                : d.multiply(q.transpose());
        Oracle.close(step.displacement(l - 1), flat(expected), 1e-10, "D" + (l - 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Pathway.class,
      names = {"PLAIN", "DIFFERENCE"})
  void displacementsGoAroundResidualUnits(Pathway pathway) {
    Feedback skip = new Feedback.Ridge(List.of(0.1), false, ResidualFeedback.SKIP);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            fixture(backend, residual(6), new TargetPropagation(pathway, skip, 0.8))) {
      TpStep step = (TpStep) fixture.step();
      double[] expected = step.displacement(3);
      if (pathway == Pathway.PLAIN) {
        expected = Oracle.sum(expected, 1, step.activity(3));
        expected = Oracle.sum(expected, -1, step.activity(2));
      }
      Oracle.close(step.displacement(2), expected, 1e-15, "D2");
    }
  }

  // ---------------------------------------------------------------- transposes

  static Stream<NetworkSpec> stacks() {
    return Stream.of(images(3, Pool.How.MAX), images(3, Pool.How.AVERAGE), deep());
  }

  /** V45: Jacobians of stacks, transposed, carry down what backpropagation does. 1e-13: rounding. */
  @ParameterizedTest
  @MethodSource("stacks")
  void transposedFeedbackIsBackpropagation(NetworkSpec spec) {
    TargetPropagation rule =
        new TargetPropagation(Pathway.DIFFERENCE, new Feedback.Transpose(), 1);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture tp = fixture(backend, spec, rule);
        RuleFixture bp = fixture(backend, spec, new BackPropagation())) {
      for (int l = 1; l <= spec.layers(); l++) {
        double[] delta = backend.read(((BackPropagationStep) bp.step()).delta(l));
        Oracle.close(((TpStep) tp.step()).displacement(l), delta, 1e-13, "D" + l);
      }
      Oracle.close(tp.parameterGradients(), bp.parameterGradients(), 1e-13, "gradient");
    }
  }

  // ---------------------------------------------------------------- local noise

  @Test
  void goldenLocalNoise() {
    Golden golden = Golden.loadArchitectures().at("conv_avg_stride");
    Golden expected = golden.at("ldrl_node2");
    NetworkSpec spec =
        network(
            new ExampleShape(6, 6, 2),
            linear(conv(3, 1), tanh(), new Pool(Pool.How.AVERAGE, 2, 2)),
            unit(Activation.TANH, conv(3, 2)),
            linear(new Flatten(), new Dense(2, false, true)));
    List<double[]> parameters = new ArrayList<>();
    for (String operation : List.of("0,0", "1,0", "2,1")) {
      String[] path = operation.split(",");
      parameters.add(golden.flat("params", path[0], path[1], "W"));
      parameters.add(golden.flat("params", path[0], path[1], "b"));
    }
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 2)) {
      fixture
          .parameters(parameters)
          .rule(difference(noise(1)))
          .batch(golden.flat("X"), golden.flat("Y"))
          .gradients();
      TpStep step = (TpStep) fixture.step();
      Parameter map = step.feedbackParameters().getFirst();
      backend.upload(expected.flat("Q"), map.value());
      backend.upload(expected.flat("eps"), step.training().noise(1));
      backend.upload(expected.flat("eta"), step.training().noiseAbove(2));
      backend.run(step.training()::gradientsOfNoise);
      // Sums of at most 36 products of order 1.
      Oracle.close(backend.read(map.gradient()), expected.flat("gradQ"), 1e-10, "Q");
    }
  }

  /**
   * V46: gradients of maps are differences of the loss, at a residual unit of the loss of its
   * branch, whatever is inside the unit. The loss is taken from the maps themselves, which V45 holds
   * against the transposes. 1e-6: differences of step 1e-6 of losses of order 10³.
   */
  @ParameterizedTest
  @EnumSource(Pool.How.class)
  void gradientsOfMapsAreDifferencesOfTheLoss(Pool.How pool) {
    NetworkSpec spec = images(3, pool);
    double deviation = 0.4;
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = fixture(backend, spec, difference(noise(deviation)))) {
      TpStep step = (TpStep) fixture.step();
      List<double[]> maps = new ArrayList<>();
      for (Parameter map : step.feedbackParameters()) {
        maps.add(RuleFixture.normals(8, maps.size(), (int) map.value().elements()));
        backend.upload(maps.getLast(), map.value());
      }
      step.computeFeedbackGradients();
      for (int k = 1; k < spec.layers(); k++) {
        Parameter map = step.feedbackParameters().get(k - 1);
        double[] found = backend.read(map.gradient());
        double[] epsilon = backend.read(step.training().noise(k));
        double[] eta = backend.read(step.training().noiseAbove(k + 1));
        double[] move = moved(fixture, step, k + 1, epsilon);
        boolean branch = k + 1 == 4;
        int target = k;
        double[] q = maps.get(k - 1);
        double[] expected =
            Oracle.differences(
                q,
                () -> {
                  backend.upload(q, map.value());
                  double[] there = sent(backend, step, target, branch ? minus(move, epsilon) : move);
                  double[] back = sent(backend, step, target, eta);
                  if (branch) {
                    there = minus(there, minus(move, epsilon));
                    back = minus(back, eta);
                  }
                  double loss = dot(back, back) / 2 - dot(epsilon, there);
                  return loss / BATCH / (deviation * deviation);
                });
        backend.upload(q, map.value());
        Oracle.close(found, expected, 1e-6, map.name());
        assertThat(Oracle.largest(found)).isPositive();
      }
    }
  }

  private static double[] minus(double[] a, double[] b) {
    return Oracle.sum(a, -1, b);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  // f(h + ε) − f(h) of unit l in plain double precision.
  private static double[] moved(RuleFixture fixture, TpStep step, int l, double[] epsilon) {
    List<double[]> own =
        fixture.network().unit(l).parameters().stream()
            .map(parameter -> fixture.backend().read(parameter.value()))
            .toList();
    double[] h = step.activity(l - 1);
    return minus(
        fixture.network().unit(l).oracle().predict(Oracle.sum(h, 1, epsilon), own, BATCH),
        fixture.network().unit(l).oracle().predict(h, own, BATCH));
  }

  // g(δ) of the linear map to layer k.
  private static double[] sent(Backend backend, TpStep step, int k, double[] delta) {
    try (Arena arena = backend.newArena()) {
      FeedbackMap map = step.map(k);
      Tensor above = arena.allocate(new Shape(BATCH, delta.length / BATCH));
      Tensor below = arena.allocate(new Shape(BATCH, step.activity(k).length / BATCH));
      backend.upload(delta, above);
      backend.run(ops -> map.difference(ops, above, below, below, below));
      return backend.read(below);
    }
  }

  // ---------------------------------------------------------------- gradients

  static Stream<Arguments> rulesOnStacks() {
    Feedback plain = new Feedback.Ridge(List.of(0.1), false, ResidualFeedback.RIDGE);
    NetworkSpec images = images(3, Pool.How.MAX);
    return Stream.of(
        Arguments.of(images, difference(new Feedback.Ridge(0.1))),
        Arguments.of(images, difference(plain)),
        Arguments.of(images, new TargetPropagation(Pathway.PLAIN, plain, 1)),
        Arguments.of(images, difference(channels(0.1))),
        Arguments.of(images, difference(new Feedback.Transpose())),
        Arguments.of(images, difference(noise(0.1))),
        Arguments.of(
            images,
            new TargetPropagation(
                Pathway.DIRECT, new Feedback.Random(Maps.of(Activation.TANH)), 1)),
        Arguments.of(deep(), new TargetPropagation(Pathway.DIRECT, new Feedback.Ridge(0.1), 1)),
        Arguments.of(deep(), difference(channels(0.1))),
        Arguments.of(deep(), new GaussNewtonTargets(0.1, 0.7)));
  }

  /**
   * V1 on stacks: gradients are differences of the local losses, in plain code of its own. 1e-7:
   * differences of step 1e-6 of losses of order 10².
   */
  @ParameterizedTest
  @MethodSource("rulesOnStacks")
  void gradientsAreThoseOfTheLocalLosses(NetworkSpec spec, LearningRule rule) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = fixture(backend, spec, rule)) {
      Objective objective = fixture.step().objective();
      List<double[]> parameters = fixture.parameterValues();
      List<double[]> expected =
          parameters.stream()
              .map(p -> Oracle.differences(p, () -> objective.value(parameters)))
              .toList();
      Oracle.close(fixture.parameterGradients(), expected, 1e-7, rule + ", parameter");
    }
  }

  /**
   * Gauss-Newton targets from a backward pass for each output are those of the product of B·C rows,
   * where the same network can be had as matrices. 1e-12: condition numbers below 1e3.
   */
  @Test
  void seedsGiveTheTargetsOfMatrices() {
    NetworkSpec matrices = RuleFixture.spec(Activation.TANH, true, 4, 7, 6, 3);
    NetworkSpec stacks =
        new NetworkSpec(
            matrices.input(),
            List.of(
                unit(Activation.TANH, new Dense(7, true, true)),
                linear(new Dense(6, true, true), tanh()),
                linear(new Dense(3, false, true))));
    LearningRule rule = new GaussNewtonTargets(0.05, 0.7);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture one = fixture(backend, matrices, rule);
        RuleFixture other = fixture(backend, stacks, rule)) {
      for (int l = 1; l <= 3; l++) {
        double[] expected = ((TargetStep) one.step()).displacement(l);
        Oracle.close(((TargetStep) other.step()).displacement(l), expected, 1e-12, "D" + l);
      }
      Oracle.close(other.parameterGradients(), one.parameterGradients(), 1e-12, "gradient");
    }
  }

  // ---------------------------------------------------------------- refusals

  static Stream<Arguments> refused() {
    NetworkSpec images = images(3, Pool.How.MAX);
    NetworkSpec uneven =
        network(
            new ExampleShape(7, 7, 1),
            unit(Activation.TANH, conv(3, 1)),
            linear(conv(3, 1), new Pool(Pool.How.MAX, 2, 2)),
            linear(new Flatten(), new Dense(2, false, true)));
    NetworkSpec manyOutputs =
        network(
            ExampleShape.flat(4),
            dense(12, true, Activation.TANH),
            linear(new Dense(12, true, true), tanh()),
            dense(11, false, Activation.LINEAR));
    Feedback.Learned activity =
        new Feedback.Learned(
            Maps.of(Activation.LINEAR),
            Reconstruction.ACTIVITY,
            0.1,
            1,
            0,
            0.01,
            new Optimizer.Sgd(),
            0);
    Feedback.Learned curved =
        new Feedback.Learned(
            Maps.of(Activation.TANH),
            Reconstruction.LOCAL_NOISE,
            0.1,
            1,
            0,
            0.01,
            new Optimizer.Sgd(),
            0);
    return Stream.of(
        Arguments.of(uneven, difference(channels(0.1)), "unit 2", "rounded up"),
        Arguments.of(residual(4), difference(channels(0.1)), "no unit", "tp.feedback ridge"),
        Arguments.of(images, difference(new Feedback.PseudoInverse(0.1)), "unit 2", "ridge"),
        Arguments.of(images, difference(activity), "unit 2", "tp.variant ldrl"),
        Arguments.of(
            images, difference(new Feedback.Random(Maps.of(Activation.LINEAR))), "unit 2", "fa"),
        Arguments.of(images, difference(curved), "unit 2", "tp.activation"),
        Arguments.of(deep(), difference(noise(0.1)), "unit 2", "2 weights"),
        Arguments.of(
            images,
            difference(new Feedback.Ridge(List.of(0.1, 0.2))),
            "tp.damping",
            "one for each of the layers 2 to 5"),
        Arguments.of(manyOutputs, new GaussNewtonTargets(0.1, 1), "unit 2", "at most 10"),
        Arguments.of(
            images,
            PredictiveCoding.jacobi(3, 0.1).withConvention(Convention.A),
            "unit 1",
            "pc.convention b"),
        Arguments.of(
            images,
            PredictiveCoding.jacobi(3, 0.1).withPrecisions(new Precisions(List.of(1.0, 2.0), 1)),
            "pc.gamma lists 2 numbers",
            "4 hidden units"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWhatStacksDoNotHave(
      NetworkSpec spec, LearningRule rule, String where, String remedy) {
    assertThatThrownBy(() -> rule.check(spec))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(where)
        .hasMessageContaining(remedy);
  }

  @Test
  void refusesChannelsWhereTargetsAreNotDifferences() {
    for (Pathway pathway : List.of(Pathway.PLAIN, Pathway.DIRECT)) {
      assertThatThrownBy(() -> new TargetPropagation(pathway, channels(0.1), 1))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("channel-ridge")
          .hasMessageContaining("tp.variant dtp");
    }
  }
}
