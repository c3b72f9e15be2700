package lemniscate.rule.feedback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.FeedbackRole;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.DenseLayer;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Unit;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import lemniscate.rule.TransposedWeights;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where fixed feedback must coincide with something known, and that it aligns. */
final class FeedbackAlignmentTest {

  /** float64 products of numbers of order 1 in another order of summation. */
  private static final double ROUNDING = 1e-12;

  private static final int BATCH = 3;
  private static final int DEPTH = 4;
  private static final NetworkSpec TANH = RuleFixture.spec(Activation.TANH, true, 3, 5, 7, 4, 2);
  private static final NetworkSpec LINEAR =
      RuleFixture.spec(Activation.LINEAR, true, 3, 5, 7, 4, 2);

  static Stream<String> backends() {
    return RuleFixture.backends();
  }

  /** NTK away from its base width, so that multipliers differ from 1. */
  private static RuleFixture fixture(Backend backend, NetworkSpec spec, FeedbackRoute route) {
    Parameterization ntk =
        Parameterization.relative(
            Scheme.NTK, 2, new CreditRule.TargetPropagation(), StepClass.SGD_LIKE);
    return RuleFixture.scaled(backend, spec, ntk, new Optimizer.Sgd(), Loss.MSE, BATCH, 5)
        .drawBiases(0.3, 11)
        .rule(new FeedbackAlignment(route, 1))
        .drawBatch(12);
  }

  private static FeedbackStep step(RuleFixture fixture) {
    return (FeedbackStep) fixture.step();
  }

  /** The gradients of backpropagation for the same weights and batch. */
  private static List<double[]> backpropagation(RuleFixture fixture) {
    return fixture.rule(new BackPropagation()).drawBatch(12).gradients().parameterGradients();
  }

  // The effective weight a_l W_l as rows.
  private static double[][] weight(RuleFixture fixture, int l) {
    DenseLayer layer = fixture.network().layer(l);
    double[] values = fixture.backend().read(layer.weight().value());
    double[][] rows = new double[layer.fanOut()][layer.fanIn()];
    for (int o = 0; o < rows.length; o++) {
      for (int i = 0; i < rows[o].length; i++) {
        rows[o][i] = layer.multiplier() * values[o * rows[o].length + i];
      }
    }
    return rows;
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b[0].length; j++) {
        for (int k = 0; k < b.length; k++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  private static double[] transposed(double[][] a) {
    double[] t = new double[a.length * a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        t[j * a.length + i] = a[i][j];
      }
    }
    return t;
  }

  // acos of a cosine of 1 has an error of the root of the rounding of doubles, in degrees.
  private static void zeroAngles(RuleFixture fixture, int first) {
    Map<String, Double> said = step(fixture).diagnostics();
    assertThat(said).hasSize(2 * (DEPTH - 1));
    for (int l = first; l < first + DEPTH - 1; l++) {
      assertThat(said.get("feedbackAngle.layer" + l)).isBetween(0.0, 1e-5);
      assertThat(said.get("feedbackNorm.layer" + l)).isPositive();
    }
  }

  @Test
  void targetsWithoutABoundAreWarnedAbout() {
    FeedbackAlignment drtp = new FeedbackAlignment(FeedbackRoute.DIRECT_TARGET, 1);
    assertThat(drtp.check(RuleFixture.spec(Activation.RELU, false, 3, 4, 2)))
        .singleElement()
        .asString()
        .contains("do not vanish", "tanh");
    assertThat(drtp.check(TANH)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void transposedWeightsGiveBackpropagation(String name) {
    try (Backend backend = RuleFixture.open(name, Precision.FP64);
        RuleFixture fixture = fixture(backend, TANH, FeedbackRoute.LAYERWISE)) {
      for (int l = 1; l < DEPTH; l++) {
        backend.upload(transposed(weight(fixture, l + 1)), step(fixture).map(l));
      }
      zeroAngles(fixture, 2);
      List<double[]> found = fixture.gradients().parameterGradients();
      Oracle.close(found, backpropagation(fixture), ROUNDING, "gradient");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void productsOfTransposedWeightsGiveBackpropagationOfLinearNetworks(String name) {
    try (Backend backend = RuleFixture.open(name, Precision.FP64);
        RuleFixture fixture = fixture(backend, LINEAR, FeedbackRoute.DIRECT)) {
      double[][] down = weight(fixture, DEPTH);
      for (int l = DEPTH - 1; l >= 1; l--) {
        backend.upload(transposed(down), step(fixture).map(l));
        down = product(down, weight(fixture, l));
      }
      zeroAngles(fixture, 1);
      List<double[]> found = fixture.gradients().parameterGradients();
      Oracle.close(found, backpropagation(fixture), ROUNDING, "gradient");
    }
  }

  private static RuleFixture onStacks(Backend backend, String network, FeedbackAlignment rule) {
    NetworkSpec spec = SmallStacks.of(Activation.TANH).get(network);
    Parameterization ntk =
        Parameterization.relative(
            Scheme.NTK, 2, new CreditRule.TargetPropagation(), StepClass.SGD_LIKE);
    return RuleFixture.scaled(backend, spec, ntk, new Optimizer.Sgd(), Loss.MSE, BATCH, 5)
        .drawVectors(0.3, 11)
        .rule(rule)
        .drawBatch(12);
  }

  /** Through convolutions, maximum pools, projections, norms and residual branches. */
  @ParameterizedTest
  @ValueSource(strings = {"conv", "residual conv", "residual"})
  void theWeightsOfStacksGiveBackpropagation(String network) {
    FeedbackAlignment rule = new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1);
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture = onStacks(backend, network, rule)) {
      FeedbackStep step = step(fixture);
      int last = fixture.network().spec().layers();
      for (int l = 1; l < last; l++) {
        Unit unit = fixture.network().unit(l + 1);
        double[] weights = TransposedWeights.asFeedback(backend, unit);
        int from = 0;
        assertThat(step.maps(l)).extracting(Tensor::shape).isEqualTo(unit.feedbackShapes());
        for (Tensor map : step.maps(l)) {
          int to = from + (int) map.elements();
          backend.upload(Arrays.copyOfRange(weights, from, to), map);
          from = to;
        }
        assertThat(from).isEqualTo(weights.length);
        assertThat(step.diagnostics().get("feedbackAngle.layer" + (l + 1))).isBetween(0.0, 1e-5);
      }
      List<double[]> found = fixture.gradients().parameterGradients();
      Oracle.close(found, backpropagation(fixture), ROUNDING, "gradient");
    }
  }

  /** Every weight has a map of its own, with the terms of the transposed product for fan-in. */
  @Test
  void stacksHaveAMapForEveryWeight() {
    FeedbackAlignment rule = new FeedbackAlignment(FeedbackRoute.LAYERWISE, 1);
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture = onStacks(backend, "residual conv", rule)) {
      Map<String, Tensor> state = step(fixture).state();
      assertThat(state)
          .containsOnlyKeys(
              "feedback2.weight",
              "feedback3.weight",
              "feedback3.skip.weight",
              "feedback4.conv1.weight",
              "feedback4.conv2.weight",
              "feedback5.weight");
      assertThat(rule.maps(fixture.network().spec()))
          .extracting(FeedbackMap::name, FeedbackMap::fanIn, FeedbackMap::role)
          .containsExactly(
              tuple("feedback2.weight", 9 * 3, FeedbackRole.HIDDEN),
              tuple("feedback3.weight", 9 * 4, FeedbackRole.HIDDEN),
              tuple("feedback3.skip.weight", 4, FeedbackRole.HIDDEN),
              tuple("feedback4.conv1.weight", 9 * 2, FeedbackRole.HIDDEN),
              tuple("feedback4.conv2.weight", 4, FeedbackRole.HIDDEN),
              tuple("feedback5.weight", 3, FeedbackRole.TOP));
      double[] drawn = backend.read(state.get("feedback3.weight"));
      double square = Arrays.stream(drawn).map(b -> b * b).average().orElseThrow();
      // 108 draws: a relative error of 0.14 of the square, thrice.
      assertThat(9 * 4 * square).isBetween(0.58, 1.42);
      assertThat(drawn).doesNotContain(backend.read(state.get("feedback2.weight")));
      assertThat(rule.feedbackRows(fixture.network().parameterization(), fixture.network().spec()))
          .hasSize(6)
          .element(2)
          .extracting(row -> row.shape())
          .isEqualTo(List.of(4, 1, 1, 3));
    }
  }

  /** Units 2 to 4 add to what unit 1 gives; the error that reaches them is one. */
  @ParameterizedTest
  @EnumSource(names = {"DIRECT", "DIRECT_TARGET"})
  void unitsOfAStreamShareAMap(FeedbackRoute route) {
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture shared = onStacks(backend, "residual", new FeedbackAlignment(route, 1, true));
        RuleFixture each = onStacks(backend, "residual", new FeedbackAlignment(route, 1, false))) {
      assertThat(step(shared).state()).containsOnlyKeys("direct1.weight");
      assertThat(step(each).state())
          .containsOnlyKeys("direct1.weight", "direct2.weight", "direct3.weight", "direct4.weight");
      assertThat(backend.read(step(each).map(1))).isEqualTo(backend.read(step(shared).map(1)));
      shared.gradients();
      each.gradients();
      double[] first = step(shared).displacement(1);
      for (int l = 2; l <= 4; l++) {
        assertThat(step(shared).displacement(l)).isEqualTo(first);
        assertThat(Oracle.cosine(step(each).displacement(l), first)).isLessThan(0.95);
      }
      assertThat(step(shared).diagnostics()).containsOnlyKeys("feedbackNorm.layer1");
    }
  }

  /** A projection starts another stream; no unit of a chain adds to another. */
  @Test
  void mapsAreSharedWithinAStage() {
    FeedbackAlignment dfa = new FeedbackAlignment(FeedbackRoute.DIRECT, 1);
    assertThat(dfa.maps(SmallStacks.residualImages(Activation.TANH)))
        .extracting(FeedbackMap::name, map -> map.shape().rows())
        .containsExactly(tuple("direct1.weight", 60), tuple("direct3.weight", 24));
    assertThat(dfa.maps(SmallStacks.convolutional(Activation.TANH))).hasSize(3);
    assertThat(dfa.maps(TANH)).hasSize(3);
    assertThat(new FeedbackAlignment(FeedbackRoute.DIRECT, 1, false).maps(TANH))
        .isEqualTo(dfa.maps(TANH));
  }

  @Test
  void targetsWithoutABoundAreWarnedAboutInStacks() {
    FeedbackAlignment drtp = new FeedbackAlignment(FeedbackRoute.DIRECT_TARGET, 1);
    assertThat(drtp.check(SmallStacks.convolutional(Activation.TANH))).isEmpty();
    assertThat(drtp.check(SmallStacks.convolutional(Activation.RELU)))
        .singleElement()
        .asString()
        .contains("unit 1 of the network (conv-activation-pool)");
    assertThat(drtp.check(SmallStacks.residual(Activation.TANH, 2)))
        .singleElement()
        .asString()
        .contains("unit 2 of the network (residual)", "if the loss rises");
    FeedbackAlignment shared = new FeedbackAlignment(FeedbackRoute.DIRECT_TARGET, 1, true);
    assertThat(shared.check(SmallStacks.residual(Activation.TANH, 2)))
        .singleElement()
        .asString()
        .contains("feedback.sharedMaps false", "a smaller optim.lr");
  }

  /** Where the output is 0 the error is the target. */
  @ParameterizedTest
  @MethodSource("backends")
  void targetsAreErrorsWhileTheOutputIsZero(String name) {
    Parameterization silent =
        new Parameterization(
            Scheme.MUP,
            Form.RELATIVE,
            4,
            1,
            0,
            new CreditRule.TargetPropagation(),
            StepClass.SGD_LIKE);
    List<List<double[]>> found = new ArrayList<>();
    try (Backend backend = RuleFixture.open(name, Precision.FP64)) {
      for (FeedbackRoute route : List.of(FeedbackRoute.DIRECT, FeedbackRoute.DIRECT_TARGET)) {
        try (RuleFixture fixture =
            RuleFixture.scaled(backend, TANH, silent, new Optimizer.Sgd(), Loss.MSE, BATCH, 5)) {
          fixture.rule(new FeedbackAlignment(route, 0.5)).drawBatch(12).gradients();
          found.add(fixture.parameterGradients());
        }
      }
    }
    Oracle.close(found.getLast(), found.getFirst(), ROUNDING, "gradient");
    assertThat(Oracle.largest(found.getFirst().getFirst())).isGreaterThan(0.01);
  }

  /**
   * The maps stay; the weights above them turn towards them (Lillicrap et al., arXiv 1411.0247):
   * the cosine of W_L and Bᵀ starts near 0 and ends far from it.
   */
  @ParameterizedTest
  @ValueSource(strings = {"LAYERWISE", "DIRECT"})
  void weightsAlignWithFixedMaps(FeedbackRoute route) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 10, 40, 5);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(
                backend,
                spec,
                RuleFixture.plainScaling(spec),
                new Optimizer.Sgd(),
                Loss.MSE,
                30,
                3)) {
      fixture.rule(new FeedbackAlignment(route, 1)).drawBatch(4);
      double[] map = backend.read(step(fixture).map(1));
      double before = Oracle.cosine(transposed(weight(fixture, 2)), map);
      fixture.train(0.05, 500);
      double after = Oracle.cosine(transposed(weight(fixture, 2)), map);
      assertThat(before).isBetween(-0.2, 0.2);
      assertThat(after).isGreaterThan(0.5);
      assertThat(backend.read(step(fixture).map(1))).containsExactly(map);
    }
  }

  /** Entries of a map do not depend on the backend; a layer-wise map has fan-in n_{l+1}. */
  @ParameterizedTest
  @EnumSource
  void mapsAreDrawnWithTheirFanIn(FeedbackRoute route) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 3, 64, 256, 4);
    double[] deviations = new double[2];
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.MSE, 2).rule(new FeedbackAlignment(route, 3))) {
      for (int l = 1; l <= 2; l++) {
        double sum = 0;
        double[] map = backend.read(step(fixture).map(l));
        for (double entry : map) {
          sum += entry * entry;
        }
        deviations[l - 1] = Math.sqrt(sum / map.length);
      }
    }
    double fanIn = route == FeedbackRoute.LAYERWISE ? 256 : 4;
    // 256 to 16384 draws: a relative error of 1/sqrt(2·256), thrice.
    assertThat(deviations[0]).isBetween(0.87 * 3 / Math.sqrt(fanIn), 1.13 * 3 / Math.sqrt(fanIn));
    assertThat(deviations[1]).isBetween(0.87 * 1.5, 1.13 * 1.5);
  }

  /** Checkpoints keep the maps, so that they outlive a change of how they are drawn. */
  @ParameterizedTest
  @EnumSource
  void mapsAreKept(FeedbackRoute route) {
    String name = route == FeedbackRoute.LAYERWISE ? "feedback%d.weight" : "direct%d.weight";
    int first = route == FeedbackRoute.LAYERWISE ? 2 : 1;
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture = fixture(backend, TANH, route)) {
      assertThat(step(fixture).state())
          .containsExactly(
              Map.entry(name.formatted(first), step(fixture).map(1)),
              Map.entry(name.formatted(first + 1), step(fixture).map(2)),
              Map.entry(name.formatted(first + 2), step(fixture).map(3)));
    }
  }

  @Test
  void refusesScalesThatAreNone() {
    for (double scale : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new FeedbackAlignment(FeedbackRoute.DIRECT, scale))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("feedback.scale");
    }
  }
}
