package lemniscate.rule.feedback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.DenseLayer;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.bp.BackPropagation;
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
