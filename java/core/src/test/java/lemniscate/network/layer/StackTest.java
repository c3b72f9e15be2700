package lemniscate.network.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.ParameterScaling;
import lemniscate.network.Activities;
import lemniscate.network.DenseSpec;
import lemniscate.network.Features;
import lemniscate.network.InitialDistribution;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.ParameterSpec;
import lemniscate.network.Point;
import lemniscate.network.Products;
import lemniscate.network.Sides;
import lemniscate.network.Unit;
import lemniscate.network.UnitBuffers;
import lemniscate.network.UnitOracle;
import lemniscate.network.UnitPass;
import lemniscate.network.UnitScales;
import lemniscate.network.Use;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.tensor.Arena;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What stacks of layers record, against their oracles and finite differences of these, and what
 * they say of themselves. Multipliers, β and factors are other than 1 throughout.
 *
 * <p>Tolerances, absolute on numbers of order 1 to 10 in float64: 1e-12 where the same sums of at
 * most some hundred terms are taken in another order; 1e-7 against finite differences, whose own
 * error is about 1e-9 times the number of terms.
 */
final class StackTest {

  private static final int BATCH = 3;
  private static final double BETA = 0.6;
  private static final double EXACT = 1e-12;
  private static final double DIFFERENCES = 1e-7;
  private static final ExampleShape IMAGE = new ExampleShape(5, 4, 2);
  private static final ExampleShape FLAT = ExampleShape.flat(5);

  /** A stack and what it reads. */
  private record Case(ExampleShape input, Activation activation, List<Layer> layers) {

    Features features() {
      return new Features(input, true);
    }

    StackSpec spec() {
      return stack(activation, layers.toArray(Layer[]::new));
    }
  }

  private static StackSpec stack(Activation activation, Layer... layers) {
    return new StackSpec(List.of(layers), activation, InitialDistribution.NORMAL);
  }

  private static Convolution conv(int channels, int kernel, int stride, int padding) {
    return new Convolution(channels, true, kernel, stride, padding, true);
  }

  private static Pool max(int kernel, int stride) {
    return new Pool(Pool.How.MAX, kernel, stride);
  }

  private static Pool average(int kernel, int stride) {
    return new Pool(Pool.How.AVERAGE, kernel, stride);
  }

  private static Dense dense(int units) {
    return new Dense(units, true, true);
  }

  private static Pointwise tanh() {
    return new Pointwise(Activation.TANH);
  }

  private static Residual block(Layer... body) {
    return new Residual(List.of(body), List.of());
  }

  private static Map<String, Case> cases() {
    Map<String, Case> cases = new LinkedHashMap<>();
    image(cases, "conv", Activation.TANH, conv(3, 3, 1, 1));
    image(cases, "conv stride 2", Activation.GELU, new Convolution(3, true, 3, 2, 1, false));
    image(cases, "conv without padding", Activation.LINEAR, conv(3, 2, 1, 0));
    image(cases, "conv 1", Activation.LINEAR, conv(3, 1, 1, 0));
    image(cases, "conv 1 stride 2", Activation.LINEAR, conv(3, 1, 2, 0));
    flat(cases, "conv 1 on features", Activation.TANH, conv(3, 1, 1, 0));
    flat(cases, "dense", Activation.SIGMOID, dense(4));
    image(cases, "dense on an image", Activation.LINEAR, new Dense(4, true, false));
    image(cases, "average", Activation.LINEAR, average(2, 2));
    image(cases, "average that overlaps", Activation.LINEAR, average(3, 1));
    image(cases, "average with gaps", Activation.LINEAR, average(2, 3));
    image(cases, "max", Activation.LINEAR, max(2, 2));
    image(cases, "max that overlaps", Activation.TANH, max(3, 1));
    image(cases, "global", Activation.LINEAR, Pool.global());
    // Of two channels it would be all but their order.
    cases.put(
        "layer norm",
        new Case(new ExampleShape(3, 2, 4), Activation.LINEAR, List.of(Norm.layer())));
    flat(cases, "layer norm of features", Activation.LINEAR, Norm.layer());
    flat(cases, "rms norm", Activation.TANH, Norm.rootMeanSquare());
    flat(cases, "rms norm with bias", Activation.LINEAR, new Norm(false, 0.1, true));
    image(cases, "activation", Activation.LINEAR, new Pointwise(Activation.SILU));
    image(cases, "flatten", Activation.LINEAR, new Flatten());
    image(cases, "conv activation max", Activation.LINEAR, conv(3, 3, 1, 1), tanh(), max(2, 2));
    image(
        cases,
        "conv norm activation conv",
        Activation.TANH,
        conv(3, 3, 2, 1),
        Norm.layer(),
        new Pointwise(Activation.GELU),
        conv(2, 2, 1, 0));
    image(cases, "flatten dense", Activation.TANH, new Flatten(), dense(4));
    image(cases, "pool flatten dense", Activation.LINEAR, max(2, 1), new Flatten(), dense(3));
    image(cases, "conv flatten", Activation.TANH, conv(3, 3, 2, 1), new Flatten());
    image(
        cases,
        "conv flatten flatten activation dense",
        Activation.LINEAR,
        conv(3, 3, 2, 1),
        new Flatten(),
        new Flatten(),
        tanh(),
        dense(4));
    image(cases, "activation pool", Activation.LINEAR, tanh(), average(2, 2));
    flat(cases, "norm norm", Activation.LINEAR, Norm.layer(), Norm.rootMeanSquare());
    flat(cases, "residual", Activation.LINEAR, block(dense(5), tanh()));
    flat(cases, "residual that flattens", Activation.LINEAR, block(new Flatten(), dense(5)));
    flat(cases, "residual, activation first", Activation.LINEAR, block(tanh(), dense(5)));
    flat(
        cases,
        "residual with a factor",
        Activation.TANH,
        new Residual(List.of(dense(7), tanh(), dense(5)), List.of(), -0.8));
    flat(
        cases,
        "residuals after each other",
        Activation.LINEAR,
        dense(4),
        block(Norm.layer(), dense(4), tanh()),
        block(dense(4), tanh()),
        dense(3));
    flat(
        cases,
        "residual in a residual",
        Activation.LINEAR,
        block(dense(5), block(tanh(), dense(5)), tanh()));
    image(
        cases,
        "residual with projection",
        Activation.TANH,
        new Residual(
            List.of(Norm.layer(), conv(3, 3, 2, 1), tanh()), List.of(conv(3, 1, 2, 0)), 1.2));
    image(
        cases,
        "residual with pools",
        Activation.LINEAR,
        new Residual(List.of(conv(2, 3, 1, 1), tanh(), max(2, 2)), List.of(average(2, 2))),
        Pool.global());
    image(
        cases,
        "residual with activated projection",
        Activation.LINEAR,
        new Residual(List.of(conv(3, 3, 2, 1)), List.of(tanh(), conv(3, 1, 2, 0), Norm.layer())));
    return cases;
  }

  private static void image(
      Map<String, Case> cases, String name, Activation activation, Layer... layers) {
    cases.put(name, new Case(IMAGE, activation, List.of(layers)));
  }

  private static void flat(
      Map<String, Case> cases, String name, Activation activation, Layer... layers) {
    cases.put(name, new Case(FLAT, activation, List.of(layers)));
  }

  static Stream<Arguments> places() {
    return RuleFixture.backends()
        .flatMap(backend -> cases().keySet().stream().map(name -> Arguments.of(backend, name)));
  }

  // ---------------------------------------------------------------- in memory

  /** A unit with random parameters, its buffers, and the same in plain double precision. */
  private static final class Bound implements AutoCloseable {

    final Backend backend;
    final Arena arena;
    final Unit unit;
    final UnitPass pass;
    final UnitOracle oracle;
    final List<double[]> own = new ArrayList<>();
    final double[] x;
    private long stream;

    Bound(String backendName, Case tested, Use use) {
      this.backend = RuleFixture.open(backendName, Precision.FP64);
      this.arena = backend.newArena();
      StackSpec spec = tested.spec();
      List<Parameter> parameters = new ArrayList<>();
      for (ParameterSpec parameter : spec.parameters(tested.features())) {
        double multiplier = parameter.isVector() ? 1 : 0.9 - 0.15 * parameters.size();
        double[] value = normals(parameter.shape().elements());
        if (!parameter.isVector()) {
          value = Oracle.times(1.5 / Math.sqrt(parameter.fanIn()), value);
        }
        Tensor tensor = tensor(parameter.shape(), value);
        own.add(value);
        parameters.add(
            new Parameter(
                "layer1." + parameter.name(),
                tensor,
                tensor(parameter.shape(), nan(parameter.shape())),
                new ParameterScaling(multiplier, 1, 1, 1, 1),
                parameter.kind(),
                parameter.role(),
                parameter.extents()));
      }
      this.unit = spec.bind(1, tested.features(), parameters, new UnitScales(1, BETA));
      this.oracle = unit.oracle();
      Shape below = new Shape(BATCH, tested.input().size());
      Shape above = new Shape(BATCH, spec.output(tested.features()).size());
      this.x = normals(below.elements());
      this.pass =
          unit.pass(
              arena,
              UnitBuffers.of(
                  tensor(below, x), tensor(above, nan(above)), tensor(above, nan(above))),
              use);
    }

    double[] normals(long count) {
      return RuleFixture.normals(7, stream++, (int) count);
    }

    static double[] nan(Shape shape) {
      double[] values = new double[(int) shape.elements()];
      Arrays.fill(values, Double.NaN);
      return values;
    }

    Tensor tensor(Shape shape, double[] values) {
      Tensor tensor = arena.allocate(shape);
      backend.upload(values, tensor);
      return tensor;
    }

    /** Filled with NaN, so that what is not written shows. */
    Tensor like(Tensor other) {
      return tensor(other.shape(), nan(other.shape()));
    }

    Tensor drawn(Tensor other) {
      return tensor(other.shape(), normals(other.elements()));
    }

    double[] u(double[] at) {
      return oracle.preActivation(at, own, BATCH);
    }

    /** Of error · u(at) with respect to something. */
    double[] slope(double[] argument, double[] error, double[] at) {
      DoubleSupplier value = () -> dot(error, u(at));
      return Oracle.differences(argument, value);
    }

    List<double[]> gradients() {
      return unit.parameters().stream().map(p -> backend.read(p.gradient())).toList();
    }

    List<double[]> expectedGradients(double factor, double[] error, double[] at) {
      return own.stream().map(w -> Oracle.times(factor, slope(w, error, at))).toList();
    }

    /** Gradients of what two passes correlate, with a scale of 2. */
    List<double[]> correlations(Sides sides, Tensor post, Tensor second) {
      double[] behind = backend.read(post);
      double[] moved = backend.read(second);
      List<double[]> fixed = own.stream().map(double[]::clone).toList();
      DoubleSupplier value = () -> oracle.correlation(sides, behind, x, moved, fixed, own, BATCH);
      return own.stream()
          .map(w -> Oracle.times(-2.0 / BATCH, Oracle.differences(w, value)))
          .toList();
    }

    @Override
    public void close() {
      arena.close();
      backend.close();
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Both terms of two passes and each pass by itself, in every kind of unit. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("places")
  void correlatesAsItsOracle(String backendName, String name) {
    List<Sides> terms =
        List.of(
            new Sides(Activities.FIRST, Activities.FIRST),
            new Sides(Activities.CHANGE, Activities.FIRST),
            new Sides(Activities.CHANGE, Activities.SECOND));
    Sides added = new Sides(Activities.SECOND, Activities.CHANGE);
    try (Bound bound = new Bound(backendName, cases().get(name), Use.DISPLACEMENTS)) {
      UnitPass pass = bound.pass;
      Tensor move = bound.drawn(pass.input());
      Tensor second = bound.tensor(move.shape(), Oracle.sum(bound.x, 1, bound.backend.read(move)));
      Tensor shift = bound.like(pass.output());
      Tensor post = bound.drawn(pass.output());
      for (Sides sides : terms) {
        Tensor pre = sides.pre() == Activities.SECOND ? second : pass.input();
        bound.backend.run(
            ops -> {
              pass.predict(ops);
              Products.record(ops, products -> pass.shift(products, move, shift));
              Products.record(ops, products -> pass.correlate(products, sides, 2, post, pre));
            });
        Oracle.close(
            bound.gradients(), bound.correlations(sides, post, second), DIFFERENCES, "" + sides);
      }
      List<double[]> before = bound.gradients();
      bound.backend.run(
          ops ->
              Products.record(
                  ops, products -> pass.addCorrelation(products, added, 2, post, move)));
      List<double[]> expected = new ArrayList<>();
      List<double[]> change = bound.correlations(added, post, second);
      for (int p = 0; p < before.size(); p++) {
        boolean vector = bound.unit.parameters().get(p).kind().isVector();
        expected.add(vector ? before.get(p) : Oracle.sum(before.get(p), 1, change.get(p)));
      }
      Oracle.close(bound.gradients(), expected, DIFFERENCES, "" + added);
    }
  }

  /** Errors and gradients of some of the rows, of a pass that has been predicted as a whole. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("places")
  void someRowsAreAPassOfTheirOwn(String backendName, String name) {
    try (Bound bound = new Bound(backendName, cases().get(name), Use.DISPLACEMENTS)) {
      UnitPass pass = bound.pass;
      UnitPass part = pass.rows(1, 2);
      Tensor move = bound.drawn(pass.input());
      Tensor shift = bound.like(pass.output());
      Tensor error = bound.drawn(pass.output());
      Tensor back = bound.like(pass.input());
      bound.backend.run(
          ops -> {
            pass.predict(ops);
            Products.record(
                ops, products -> part.shift(products, move.rows(1, 2), shift.rows(1, 2)));
            Products.record(
                ops, products -> part.pullback(products, 1, error.rows(1, 2), back.rows(1, 2)));
            Products.record(
                ops, products -> part.gradients(products, 1, error.rows(1, 2), part.input()));
          });
      double[] ofRows = bound.backend.read(error);
      Arrays.fill(ofRows, 0, ofRows.length / BATCH, 0);
      double[] below = bound.slope(bound.x, ofRows, bound.x);
      Oracle.close(
          bound.backend.read(back.rows(1, 2)),
          Arrays.copyOfRange(below, below.length / BATCH, below.length),
          DIFFERENCES,
          "back");
      Oracle.close(
          bound.gradients(),
          bound.expectedGradients(-1.0 / 2, ofRows, bound.x),
          DIFFERENCES,
          "rows");
      double[] moved = Oracle.sum(bound.x, 1, bound.backend.read(move));
      double[] z = Oracle.sum(bound.u(moved), -1, bound.u(bound.x));
      Oracle.close(
          bound.backend.read(shift.rows(1, 2)),
          Arrays.copyOfRange(z, z.length / BATCH, z.length),
          EXACT,
          "shift");
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("places")
  void predictsAndShiftsAsItsOracle(String backendName, String name) {
    try (Bound bound = new Bound(backendName, cases().get(name), Use.DISPLACEMENTS)) {
      UnitPass pass = bound.pass;
      Tensor move = bound.drawn(pass.input());
      Tensor shift = bound.like(pass.output());
      Tensor difference = bound.like(pass.output());
      Tensor derivative = bound.like(pass.output());
      bound.backend.run(
          ops -> {
            pass.predict(ops);
            Products.record(ops, products -> pass.shift(products, move, shift));
            pass.difference(ops, shift, difference, derivative);
          });
      double[] u = bound.u(bound.x);
      double[] h = bound.oracle.predict(bound.x, bound.own, BATCH);
      double[] moved = Oracle.sum(bound.x, 1, bound.backend.read(move));
      Oracle.close(bound.backend.read(pass.preActivation()), u, EXACT, "u");
      Oracle.close(bound.backend.read(pass.output()), h, EXACT, "h");
      Oracle.close(bound.backend.read(shift), Oracle.sum(bound.u(moved), -1, u), EXACT, "z");
      Oracle.close(
          bound.backend.read(difference),
          Oracle.sum(bound.oracle.predict(moved, bound.own, BATCH), -1, h),
          EXACT,
          "difference");
    }
  }

  /**
   * A move of 1e-12 gives the derivative along it, to the 1e-9 of the finite differences; the
   * difference of two predictions would be off by 1e-4.
   */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("places")
  void shiftsWithoutCancellation(String backendName, String name) {
    try (Bound bound = new Bound(backendName, cases().get(name), Use.DISPLACEMENTS)) {
      UnitPass pass = bound.pass;
      double[] direction = bound.normals(bound.x.length);
      Tensor move = bound.tensor(pass.input().shape(), Oracle.times(1e-12, direction));
      Tensor shift = bound.like(pass.output());
      bound.backend.run(
          ops -> {
            pass.predict(ops);
            Products.record(ops, products -> pass.shift(products, move, shift));
          });
      double step = 1e-6;
      double[] above = bound.u(Oracle.sum(bound.x, step, direction));
      double[] below = bound.u(Oracle.sum(bound.x, -step, direction));
      Oracle.close(
          Oracle.times(1e12, bound.backend.read(shift)),
          Oracle.times(1 / (2 * step), Oracle.sum(above, -1, below)),
          DIFFERENCES,
          "z");
    }
  }

  /** Derivatives at x and at x + d, in turns, so that neither leaves anything to the other. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("places")
  void takesDerivativesAtAPoint(String backendName, String name) {
    try (Bound bound = new Bound(backendName, cases().get(name), Use.DISPLACEMENTS)) {
      UnitPass pass = bound.pass;
      Tensor first = bound.drawn(pass.input());
      Tensor move = bound.drawn(pass.input());
      Tensor moved = bound.like(pass.input());
      Tensor shift = bound.like(pass.output());
      Tensor error = bound.drawn(pass.output());
      Tensor shiftedBack = bound.like(pass.input());
      Tensor back = bound.like(pass.input());
      double[] e = bound.backend.read(error);
      double[] there = Oracle.sum(bound.x, 1, bound.backend.read(move));
      bound.backend.run(
          ops -> {
            pass.predict(ops);
            ops.copy(pass.input(), moved);
            ops.axpy(1, move, moved);
            Products products = new Products(ops);
            // The latest shift counts.
            pass.shift(products, first, shift);
            pass.shift(products, move, shift);
            pass.gradients(products, 1, error, pass.input());
            pass.pullback(products, Point.SHIFTED, 2, error, shiftedBack);
            pass.pullback(products, -0.7, error, back);
            pass.gradients(products, Point.SHIFTED, 1.5, error, moved);
            products.record();
          });
      Oracle.close(
          bound.backend.read(shiftedBack),
          Oracle.times(2, bound.slope(there, e, there)),
          DIFFERENCES,
          "back at x + d");
      Oracle.close(
          bound.backend.read(back),
          Oracle.times(-0.7, bound.slope(bound.x, e, bound.x)),
          DIFFERENCES,
          "back at x");
      Oracle.close(
          bound.gradients(),
          bound.expectedGradients(-1.5 / BATCH, e, there),
          DIFFERENCES,
          "gradients at x + d");

      bound.backend.run(
          ops -> Products.record(ops, p -> pass.gradients(p, 1, error, pass.input())));
      List<double[]> expected = bound.expectedGradients(-1.0 / BATCH, e, bound.x);
      Oracle.close(bound.gradients(), expected, DIFFERENCES, "gradients at x");

      bound.backend.run(
          ops -> Products.record(ops, p -> pass.addGradients(p, 0.5, error, pass.input())));
      List<double[]> found = bound.gradients();
      for (int p = 0; p < found.size(); p++) {
        boolean weight = bound.unit.parameters().get(p).kind() == ParameterKind.WEIGHT;
        Oracle.close(
            found.get(p),
            Oracle.times(weight ? 1.5 : 1, expected.get(p)),
            DIFFERENCES,
            "added " + bound.unit.parameters().get(p).name());
      }
    }
  }

  /** The unit's own weights, multipliers included, in their own place. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("places")
  void carriesErrorsThroughOtherWeights(String backendName, String name) {
    try (Bound bound = new Bound(backendName, cases().get(name), Use.ADJOINT)) {
      UnitPass pass = bound.pass;
      List<Parameter> weights =
          bound.unit.parameters().stream().filter(p -> p.kind() == ParameterKind.WEIGHT).toList();
      assertThat(bound.unit.feedbackShapes())
          .isEqualTo(weights.stream().map(p -> p.value().shape()).toList());
      List<Tensor> same = new ArrayList<>();
      List<Tensor> tripled = new ArrayList<>();
      for (Parameter weight : weights) {
        double[] value =
            Oracle.times(weight.scaling().multiplier(), bound.backend.read(weight.value()));
        same.add(bound.tensor(weight.value().shape(), value));
        tripled.add(bound.tensor(weight.value().shape(), Oracle.times(3, value)));
      }
      Tensor error = bound.drawn(pass.output());
      Tensor back = bound.like(pass.input());
      Tensor through = bound.like(pass.input());
      Tensor other = bound.like(pass.input());
      bound.backend.run(
          ops -> {
            pass.predict(ops);
            Products.record(
                ops,
                products -> {
                  pass.pullback(products, 1, error, back);
                  pass.pullbackThrough(products, same, error, through);
                  pass.pullbackThrough(products, tripled, error, other);
                });
          });
      double[] expected = bound.slope(bound.x, bound.backend.read(error), bound.x);
      Oracle.close(bound.backend.read(back), expected, DIFFERENCES, "back");
      Oracle.close(bound.backend.read(through), bound.backend.read(back), EXACT, "through");
      if (weights.size() == 1 && bound.unit.spec().residualAdditions() == 0) {
        Oracle.close(
            bound.backend.read(other),
            Oracle.times(3, bound.backend.read(back)),
            EXACT,
            "through three times the weight");
      } else if (!weights.isEmpty()) {
        assertThat(Oracle.distance(bound.backend.read(other), expected)).isGreaterThan(0.1);
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("places")
  void predictsWithoutRoomForMore(String backendName, String name) {
    try (Bound bound = new Bound(backendName, cases().get(name), Use.PREDICTION)) {
      bound.backend.run(bound.pass::predict);
      Oracle.close(
          bound.backend.read(bound.pass.output()),
          bound.oracle.predict(bound.x, bound.own, BATCH),
          EXACT,
          "h");
    }
  }

  // ---------------------------------------------------------------- what they say of themselves

  private static final Case BLOCK =
      new Case(
          IMAGE,
          Activation.RELU,
          List.of(
              conv(4, 3, 1, 1),
              Norm.layer(),
              new Residual(
                  List.of(conv(6, 3, 2, 1), tanh(), new Convolution(8, true, 3, 1, 1, false)),
                  List.of(new Convolution(8, true, 1, 2, 0, false))),
              Pool.global(),
              new Dense(3, false, true)));

  @Test
  void namesItsParametersByKindAndNumber() {
    assertThat(BLOCK.spec().parameters(BLOCK.features()))
        .extracting(
            ParameterSpec::name,
            ParameterSpec::symbol,
            ParameterSpec::extents,
            ParameterSpec::branch)
        .containsExactly(
            tuple("conv1.weight", "conv1.W", List.of(4, 3, 3, 2), false),
            tuple("conv1.bias", "conv1.b", List.of(4), false),
            tuple("norm1.gain", "norm1.g", List.of(4), false),
            tuple("norm1.bias", "norm1.b", List.of(4), false),
            tuple("residual1.conv1.weight", "residual1.conv1.W", List.of(6, 3, 3, 4), true),
            tuple("residual1.conv1.bias", "residual1.conv1.b", List.of(6), true),
            tuple("residual1.conv2.weight", "residual1.conv2.W", List.of(8, 3, 3, 6), true),
            tuple("residual1.skip.weight", "residual1.skip.W", List.of(8, 1, 1, 4), false),
            tuple("dense1.weight", "dense1.W", List.of(3, 8), false),
            tuple("dense1.bias", "dense1.b", List.of(3), false));
    // One layer with parameters needs no prefix.
    assertThat(stack(Activation.TANH, conv(3, 3, 1, 1), tanh()).parameters(BLOCK.features()))
        .extracting(ParameterSpec::name)
        .containsExactly("weight", "bias");
  }

  @Test
  void growsWithTheWidthWhereItSaysSo() {
    assertThat(BLOCK.spec().parameters(BLOCK.features()))
        .extracting(ParameterSpec::outputsGrow, ParameterSpec::inputsGrow)
        .containsExactly(
            tuple(true, true),
            tuple(true, true),
            tuple(true, true),
            tuple(true, true),
            tuple(true, true),
            tuple(true, true),
            tuple(true, true),
            tuple(true, true),
            tuple(false, true),
            tuple(false, false));
    Features data = new Features(IMAGE, false);
    assertThat(BLOCK.spec().parameters(data).getFirst().inputsGrow()).isFalse();
    assertThat(stack(Activation.LINEAR, Norm.layer()).parameters(data))
        .extracting(ParameterSpec::outputsGrow)
        .containsExactly(false, false);

    StackSpec wider = BLOCK.spec().withWidth(10, 4);
    assertThat(wider.parameters(data))
        .extracting(ParameterSpec::extents)
        .containsExactly(
            List.of(10, 3, 3, 2),
            List.of(10),
            List.of(10),
            List.of(10),
            List.of(15, 3, 3, 10),
            List.of(15),
            List.of(20, 3, 3, 15),
            List.of(20, 1, 1, 10),
            List.of(3, 20),
            List.of(3));
    assertThat(wider.withWidth(4, 10)).isEqualTo(BLOCK.spec());
    assertThat(wider.activation()).isEqualTo(Activation.RELU);
  }

  @Test
  void isAUnitOfANetwork() {
    NetworkSpec spec =
        new NetworkSpec(
            new Features(IMAGE, false),
            List.of(
                stack(Activation.TANH, conv(4, 3, 1, 1), max(2, 2)),
                stack(Activation.LINEAR, block(conv(4, 3, 1, 1), tanh())),
                stack(Activation.LINEAR, block(block(conv(4, 1, 1, 0)), Norm.rootMeanSquare())),
                stack(Activation.LINEAR, new Flatten(), new Dense(3, false, true))));
    assertThat(spec.widths()).containsExactly(40, 16, 16, 16, 3);
    assertThat(spec.size().width()).isEqualTo(4);
    assertThat(spec.residualDepth()).isEqualTo(3);
    assertThat(spec.parameterCount())
        .isEqualTo((4 * 18 + 4) + (4 * 36 + 4) + (4 * 4 + 4 + 4) + (3 * 16 + 3));
    assertThat(spec.withHiddenWidth(6).widths()).containsExactly(40, 24, 24, 24, 3);
    assertThat(spec.hasWeightMatrices(1)).isFalse();
    assertThat(spec.units())
        .extracting(unit -> unit.kind())
        .containsExactly("conv-pool", "residual", "residual", "flatten-dense");
  }

  @Test
  void describesItself() {
    assertThat(BLOCK.spec().description())
        .isEqualTo(
            Map.of(
                "layers",
                List.of(
                    convolution(4, 3, 1, 1),
                    Map.of("kind", "norm", "norm", "layer", "epsilon", 1e-5),
                    Map.of(
                        "kind",
                        "residual",
                        "body",
                        List.of(
                            convolution(6, 3, 2, 1),
                            Map.of("kind", "activation", "activation", "tanh"),
                            convolution(8, 3, 1, 1)),
                        "skip",
                        List.of(convolution(8, 1, 2, 0))),
                    Map.of("kind", "pool", "pool", "average", "kernel", 0, "stride", 1),
                    Map.of("kind", "dense", "units", 3)),
                "activation",
                "relu"));
    assertThat(
            stack(
                    Activation.LINEAR,
                    new Residual(List.of(new Flatten()), List.of(), 0.5),
                    max(3, 2))
                .description())
        .isEqualTo(
            Map.of(
                "layers",
                List.of(
                    Map.of(
                        "kind",
                        "residual",
                        "body",
                        List.of(Map.of("kind", "flatten")),
                        "factor",
                        0.5),
                    Map.of("kind", "pool", "pool", "max", "kernel", 3, "stride", 2)),
                "activation",
                "linear"));
  }

  private static Map<String, Object> convolution(
      int channels, int kernel, int stride, int padding) {
    return Map.of(
        "kind",
        "conv",
        "channels",
        channels,
        "kernel",
        kernel,
        "stride",
        stride,
        "padding",
        padding);
  }

  private static void refused(ExampleShape input, Layer layer, String... said) {
    StackSpec hidden = stack(Activation.TANH, layer);
    DenseSpec output = (DenseSpec) new NetworkSpec(List.of(1, 1, 2), Activation.TANH, true).unit(2);
    assertThatThrownBy(() -> new NetworkSpec(new Features(input, false), List.of(hidden, output)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(said);
  }

  @Test
  void refusesWhatDoesNotFit() {
    refused(IMAGE, max(5, 1), "5 x 5", "5 x 4 x 2");
    refused(IMAGE, conv(3, 7, 1, 1), "7 x 7", "5 x 4 x 2");
    refused(IMAGE, conv(3, 3, 1, 3), "padding 3", "3 x 3");
    refused(FLAT, conv(3, 3, 1, 1), "kernel 3", "5 features without places");
    refused(FLAT, average(2, 2), "2 x 2", " 5:");
    refused(IMAGE, block(conv(2, 3, 2, 1)), "3 x 2 x 2", "5 x 4 x 2", "projection");
    refused(FLAT, block(dense(4)), "4", "5", "projection");
    refused(
        IMAGE,
        new Residual(List.of(conv(3, 3, 2, 1)), List.of(conv(3, 1, 1, 0))),
        "3 x 2 x 3",
        "5 x 4 x 3");
    // Of a width that grows, added to one that does not.
    refused(FLAT, block(dense(5)), "5", "5 of fixed width");
  }

  @Test
  void refusesExtentsOutOfRange() {
    assertThatThrownBy(() -> conv(0, 3, 1, 1)).isInstanceOf(BadInputException.class);
    assertThatThrownBy(() -> dense(0)).isInstanceOf(BadInputException.class);
    assertThatThrownBy(() -> max(2, 0)).isInstanceOf(BadInputException.class);
    assertThatThrownBy(StackTest::block).isInstanceOf(BadInputException.class);
    assertThatThrownBy(() -> stack(Activation.TANH)).isInstanceOf(IllegalArgumentException.class);
  }
}
