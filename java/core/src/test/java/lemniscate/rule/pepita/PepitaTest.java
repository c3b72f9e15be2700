package lemniscate.rule.pepita;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.ActivityNorm;
import lemniscate.network.DenseLayer;
import lemniscate.network.ForwardPass;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import lemniscate.tensor.Arena;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What PEPITA's variants must be to each other and to the published two-pass form. */
final class PepitaTest {

  private static final int BATCH = 3;
  private static final List<Integer> WIDTHS = List.of(3, 5, 7, 4, 2);

  private static Pepita rule(Variant variant, int sign, double dropout) {
    return new Pepita(variant, sign, new Projection(Projection.Kind.UNIFORM, 0.8), dropout);
  }

  private static RuleFixture fixture(Backend backend, Activation activation, Pepita rule) {
    return fixture(backend, new NetworkSpec(WIDTHS, activation, false), rule);
  }

  /** NTK away from its base width, so that multipliers differ from 1. */
  private static RuleFixture fixture(Backend backend, NetworkSpec spec, Pepita rule) {
    Parameterization ntk =
        Parameterization.relative(
            Scheme.NTK, 2, new CreditRule.TargetPropagation(), StepClass.SGD_LIKE);
    return RuleFixture.scaled(backend, spec, ntk, new Optimizer.Sgd(), Loss.MSE, BATCH, 5)
        .rule(rule)
        .drawBatch(12);
  }

  private static PepitaStep step(RuleFixture fixture) {
    return (PepitaStep) fixture.step();
  }

  private static double[][] rows(double[] values, int rows) {
    int columns = values.length / rows;
    return IntStream.range(0, rows)
        .mapToObj(r -> Arrays.copyOfRange(values, r * columns, (r + 1) * columns))
        .toArray(double[][]::new);
  }

  // a_l W_l.
  private static double[][] weight(RuleFixture fixture, int l) {
    DenseLayer layer = fixture.network().layer(l);
    double[] values = fixture.backend().read(layer.weight().value());
    return rows(Oracle.times(layer.multiplier(), values), layer.fanOut());
  }

  static Stream<Arguments> forms() {
    return RuleFixture.backends()
        .flatMap(
            backend ->
                Stream.of(Variant.MODULATED, Variant.HEBBIAN)
                    .flatMap(
                        variant ->
                            Stream.of(
                                Arguments.of(backend, rule(variant, -1, 0), ActivityNorm.NONE),
                                Arguments.of(backend, rule(variant, 1, 0.4), ActivityNorm.NONE),
                                Arguments.of(backend, signs(variant), ActivityNorm.NONE),
                                Arguments.of(backend, rule(variant, -1, 0), ActivityNorm.BATCH),
                                Arguments.of(backend, rule(variant, -1, 0.4), ActivityNorm.BATCH),
                                Arguments.of(backend, rule(variant, -1, 0), ActivityNorm.EXAMPLE),
                                Arguments.of(backend, signs(variant), ActivityNorm.EXAMPLE))));
  }

  private static Pepita signs(Variant variant) {
    Projection projection = new Projection(Projection.Kind.UNIFORM, 0.8);
    return new Pepita(variant, -1, projection, 0.4, ErrorSignal.SIGN, null);
  }

  /**
   * Differences, the product of rank n_L in the first layer, masks shared by the passes and norms,
   * against two full passes. 1e-12: products of numbers of order 1 in another order.
   */
  @ParameterizedTest
  @MethodSource("forms")
  void isThePublishedTwoPassForm(String backendName, Pepita rule, ActivityNorm norm) {
    NetworkSpec spec = new NetworkSpec(WIDTHS, Activation.TANH, false).withNorm(norm);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = fixture(backend, spec, rule).gradients()) {
      PepitaStep step = step(fixture);
      PlainPepita plain =
          new PlainPepita(
              Activation.TANH,
              IntStream.rangeClosed(1, 4).mapToObj(l -> weight(fixture, l)).toList(),
              rows(backend.read(step.projection()), WIDTHS.getFirst()),
              rule.sign(),
              rule.signal(),
              norm,
              // Width 4 over base width 2, as under every scheme but SP.
              Math.sqrt(WIDTHS.get(1) / 2.0));
      List<double[]> terms =
          plain.gradients(
              rows(backend.read(step.input()), BATCH),
              rows(backend.read(step.target()), BATCH),
              masks(step, rule),
              rule.variant() == Variant.HEBBIAN);
      List<double[]> expected = new ArrayList<>();
      for (int l = 1; l <= 4; l++) {
        expected.add(Oracle.times(fixture.network().layer(l).multiplier(), terms.get(l - 1)));
      }
      Oracle.close(fixture.parameterGradients(), expected, 1e-12, "gradient");
    }
  }

  private static RuleFixture onStacks(Backend backend, String network, Pepita rule) {
    NetworkSpec spec = SmallStacks.of(Activation.TANH).get(network);
    Parameterization ntk =
        Parameterization.relative(
            Scheme.NTK, 2, new CreditRule.TargetPropagation(), StepClass.SGD_LIKE);
    return RuleFixture.scaled(backend, spec, ntk, new Optimizer.Sgd(), Loss.CROSS_ENTROPY, BATCH, 5)
        .drawVectors(0.3, 11)
        .rule(rule)
        .drawBatch(12);
  }

  /**
   * Invariant V47: the differences that go up through convolutions, pools, norms and residual
   * branches are those of two passes. 1e-12: two numbers of order 1 are taken from each other here.
   */
  @ParameterizedTest
  @ValueSource(strings = {"conv", "residual conv", "residual"})
  void differencesAreThoseOfTwoPasses(String network) {
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture = onStacks(backend, network, rule(Variant.MODULATED, -1, 0));
        Arena arena = backend.newArena()) {
      PepitaStep step = step(fixture.gradients());
      int last = fixture.network().spec().layers();
      double[] x = backend.read(step.input());
      double[] f = backend.read(step.projection());
      double[] e = step.displacement(last);
      double[] moved = x.clone();
      for (int i = 0; i < x.length; i++) {
        int inputs = x.length / BATCH;
        for (int c = 0; c < 3; c++) {
          moved[i] += e[i / inputs * 3 + c] * f[i % inputs * 3 + c];
        }
      }
      ForwardPass first = new ForwardPass(arena, fixture.network(), BATCH);
      ForwardPass second = new ForwardPass(arena, fixture.network(), BATCH);
      backend.upload(x, first.input());
      backend.upload(moved, second.input());
      backend.run(
          ops -> {
            first.record(ops);
            second.record(ops);
          });
      for (int l = 1; l < last; l++) {
        double[] expected =
            Oracle.sum(backend.read(second.activity(l)), -1, backend.read(first.activity(l)));
        Oracle.close(step.displacement(l), expected, 1e-12, "D" + l);
      }
      assertThat(Oracle.largest(step.displacement(last - 1))).isGreaterThan(0.01);
    }
  }

  /** Halves after each pass against their sum, of weights inside of units as well. */
  @ParameterizedTest
  @ValueSource(strings = {"conv", "residual conv", "residual"})
  void halvesOfStacksAreHebbianToFirstOrder(String network) {
    double[] distances = new double[2];
    double[] sizes = {1e-3, 1e-4};
    for (int i = 0; i < 2; i++) {
      try (Backend backend = RuleFixture.open("reference", Precision.FP64);
          RuleFixture halves = onStacks(backend, network, rule(Variant.TIME_LOCAL, -1, 0));
          RuleFixture whole = onStacks(backend, network, rule(Variant.HEBBIAN, -1, 0))) {
        halves.train(sizes[i], 1);
        whole.train(sizes[i], 1);
        for (Parameter parameter : whole.network().parameters()) {
          if (!parameter.kind().isVector()) {
            int p = whole.network().parameters().indexOf(parameter);
            distances[i] =
                Math.max(
                    distances[i],
                    Oracle.distance(
                        halves.parameterValues().get(p), whole.parameterValues().get(p)));
          }
        }
      }
    }
    assertThat(distances[1]).isPositive();
    // A tenth of the rate, a hundredth of the difference, up to its third order.
    assertThat(distances[0] / distances[1]).isBetween(80.0, 120.0);
  }

  @Test
  void refusesWhatNeedsMatrices() {
    NetworkSpec conv = SmallStacks.convolutional(Activation.TANH);
    Projection uniform = new Projection(Projection.Kind.UNIFORM, 1);
    Projection normal = new Projection(Projection.Kind.NORMAL, 1);
    Mirroring mirroring = new Mirroring(0, 1, 0.1, 0.5);
    assertThat(rule(Variant.MODULATED, -1, 0).check(conv)).isEmpty();
    assertRefused(new Pepita(Variant.FIRST_ORDER, -1, uniform, 0), conv, "pepita.variant forward");
    assertRefused(new Pepita(Variant.MODULATED, -1, normal, 0), conv, "pepita.projection uniform");
    assertRefused(
        new Pepita(Variant.MODULATED, -1, normal, 0, ErrorSignal.ERROR, mirroring),
        conv,
        "pepita.mirrorEvery");
  }

  private static void assertRefused(Pepita rule, NetworkSpec network, String remedy) {
    assertThatThrownBy(() -> rule.check(network))
        .isInstanceOf(BadInputException.class)
        .hasMessageStartingWith("unit 1 of the network (conv-activation-pool) has no single weight")
        .hasMessageContaining(remedy);
  }

  private static List<double[][]> masks(PepitaStep step, Pepita rule) {
    return IntStream.rangeClosed(1, 3)
        .mapToObj(
            l -> {
              double[] ones = new double[BATCH * WIDTHS.get(l)];
              Arrays.fill(ones, 1);
              return rows(rule.dropout() > 0 ? step.mask(l) : ones, BATCH);
            })
        .toList();
  }

  /**
   * Dead units: with inputs of −1, positive first weights and a rectifier all activities are 0, and
   * so are their norms. Nothing but the output weights could move them, and nothing is NaN.
   */
  @ParameterizedTest
  @EnumSource
  void activitiesThatAreZeroStayZero(ActivityNorm norm) {
    NetworkSpec spec = RuleFixture.spec(Activation.RELU, false, 3, 5, 2).withNorm(norm);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.MSE, 4).rule(Pepita.of(Variant.MODULATED))) {
      double[] ones = new double[15];
      Arrays.fill(ones, 1);
      fixture.parameters(List.of(ones, new double[10]), List.of());
      double[] x = new double[12];
      Arrays.fill(x, -1);
      fixture.batch(x, new double[] {1, 0, 0, 1, 1, 0, 0, 1}).train(0.1, 3);
      for (double[] weights : fixture.parameterValues()) {
        for (double weight : weights) {
          assertThat(weight).isFinite();
        }
      }
      assertThat(Oracle.largest(fixture.gradients().weightGradient(2))).isZero();
      assertThat(fixture.step().loss()).isEqualTo(0.5);
    }
  }

  /** With x for x̃, a linear network's update is that of adaptive feedback alignment. */
  @ParameterizedTest
  @CsvSource({"LINEAR, true", "TANH, false"})
  void onLinearNetworksTheFirstOrderIsAll(Activation activation, boolean equal) {
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture exact = fixture(backend, activation, rule(Variant.FORWARD, -1, 0));
        RuleFixture first = fixture(backend, activation, rule(Variant.FIRST_ORDER, -1, 0))) {
      double distance =
          Oracle.distance(exact.gradients().weightGradient(1), first.gradients().weightGradient(1));
      if (equal) {
        assertThat(distance).isLessThan(1e-13);
        Oracle.close(exact.parameterGradients(), first.parameterGradients(), 1e-13, "gradient");
      } else {
        assertThat(distance).isGreaterThan(1e-3);
      }
    }
  }

  /** The two differ by the second order of the learning rate. */
  @Test
  void timeLocalUpdatesAreHebbianToFirstOrder() {
    double[] distances = new double[2];
    double[] sizes = {1e-2, 1e-3};
    for (int i = 0; i < 2; i++) {
      try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
          RuleFixture halves =
              fixture(backend, Activation.TANH, rule(Variant.TIME_LOCAL, -1, 0.2));
          RuleFixture whole = fixture(backend, Activation.TANH, rule(Variant.HEBBIAN, -1, 0.2))) {
        halves.train(sizes[i], 1);
        whole.train(sizes[i], 1);
        for (int p = 0; p < 4; p++) {
          distances[i] =
              Math.max(
                  distances[i],
                  Oracle.distance(halves.parameterValues().get(p), whole.parameterValues().get(p)));
        }
      }
    }
    assertThat(distances[1]).isPositive();
    // A tenth of the rate, a hundredth of the difference, up to its third order.
    assertThat(distances[0] / distances[1]).isBetween(90.0, 110.0);
  }

  /** Both orders of magnitude and both distributions: the published deviation, at any depth. */
  @ParameterizedTest
  @EnumSource
  void projectionHasItsDeviation(Projection.Kind kind) {
    NetworkSpec spec = RuleFixture.spec(Activation.RELU, false, 300, 60, 50, 20);
    Pepita rule = new Pepita(Variant.MODULATED, -1, new Projection(kind, 0.05), 0);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 2).rule(rule)) {
      double[] f = backend.read(step(fixture).projection());
      double sum = 0;
      double mean = 0;
      for (double entry : f) {
        sum += entry * entry;
        mean += entry / f.length;
      }
      double expected = 0.05 * Math.sqrt(2.0 / 300);
      // 6000 entries: 1 %; those of a product share factors, the smallest of 50 × 20: a few %.
      assertThat(Math.sqrt(sum / f.length)).isBetween(0.9 * expected, 1.1 * expected);
      assertThat(mean).isBetween(-0.1 * expected, 0.1 * expected);
      if (kind == Projection.Kind.UNIFORM) {
        double bound = Math.sqrt(3) * expected;
        assertThat(Oracle.largest(f)).isBetween(0.99 * bound, bound);
      }
    }
  }

  /**
   * With s = −1 the product of the weights turns towards Fᵀ, with s = 1 away from it (the
   * "antialignment" of arXiv 2201.11665).
   */
  @ParameterizedTest
  @CsvSource({"-1, MODULATED", "1, MODULATED", "-1, HEBBIAN", "-1, FIRST_ORDER", "1, FORWARD"})
  void forwardPathAlignsWithTheProjection(int sign, Variant variant) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 20, 40, 5);
    Pepita rule = new Pepita(variant, sign, new Projection(Projection.Kind.UNIFORM, 0.3), 0);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(
                backend,
                spec,
                RuleFixture.plainScaling(spec),
                new Optimizer.Sgd(),
                Loss.MSE,
                60,
                3)) {
      fixture.rule(rule).drawBatch(4);
      double before = cosine(fixture);
      fixture.train(0.05, 1000);
      double after = cosine(fixture);
      Map<String, Double> said = fixture.gradients().step().diagnostics();
      // Degrees near 90 of a cosine in float64.
      assertThat(Math.cos(Math.toRadians(said.get("projectionAngle"))))
          .isCloseTo(after, Offset.offset(1e-9));
      assertThat(said).containsOnlyKeys("projectionNorm", "projectionAngle");
      assertThat(-sign * after).isGreaterThan(-sign * before + 0.2);
      assertThat(-sign * after).isPositive();
    }
  }

  // Cosine of W_2 W_1 and Fᵀ.
  private static double cosine(RuleFixture fixture) {
    double[][] lower = weight(fixture, 1);
    double[][] upper = weight(fixture, 2);
    double[] product = new double[lower[0].length * upper.length];
    for (int i = 0; i < lower[0].length; i++) {
      for (int c = 0; c < upper.length; c++) {
        for (int k = 0; k < lower.length; k++) {
          product[i * upper.length + c] += upper[c][k] * lower[k][i];
        }
      }
    }
    return Oracle.cosine(product, fixture.backend().read(step(fixture).projection()));
  }

  @Test
  void masksAreDrawnAnewForEveryBatch() {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture =
            fixture(backend, Activation.TANH, rule(Variant.MODULATED, -1, 0.25)).gradients()) {
      List<double[]> seen = new ArrayList<>();
      double sum = 0;
      int count = 0;
      for (int draw = 0; draw < 60; draw++) {
        for (int l = 1; l <= 3; l++) {
          double[] mask = step(fixture).mask(l);
          seen.add(mask);
          for (double entry : mask) {
            assertThat(entry == 0 || Math.abs(entry - 4.0 / 3) < 1e-6).isTrue();
            sum += entry;
            count++;
          }
        }
        fixture.train(0.01, 1);
      }
      // 2880 entries of deviation 0.58: thrice 0.011.
      assertThat(sum / count).isBetween(0.967, 1.033);
      // Gradients alone draw the masks of the step that follows, and do not use them up.
      assertThat(seen.get(3)).isEqualTo(seen.get(0));
      assertThat(seen.get(6)).isNotEqualTo(seen.get(3));
    }
  }

  @Test
  void theProjectionIsKept() {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture = fixture(backend, Activation.TANH, Pepita.of(Variant.MODULATED))) {
      assertThat(step(fixture).state())
          .containsExactly(Map.entry("projection.weight", step(fixture).projection()));
    }
  }

  @Test
  void refusesNumbersThatMakeNoSense() {
    for (double dropout : new double[] {1, -0.1, Double.NaN}) {
      assertThatThrownBy(() -> rule(Variant.MODULATED, -1, dropout))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("pepita.dropout");
    }
    assertThatThrownBy(() -> rule(Variant.MODULATED, 2, 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pepita.sign");
    assertThatThrownBy(() -> new Projection(Projection.Kind.NORMAL, 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pepita.projectionScale");
  }

  @Test
  void timeLocalHalvesAreNotForAdam() {
    Pepita rule = rule(Variant.TIME_LOCAL, -1, 0);
    Parameterization adam =
        Parameterization.relative(Scheme.SP, 4, rule.creditRule(), StepClass.SIGN_LIKE);
    assertThatThrownBy(() -> rule.check(adam))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("optim.name adam");
    assertThat(rule(Variant.HEBBIAN, -1, 0).check(adam)).isEmpty();
  }
}
