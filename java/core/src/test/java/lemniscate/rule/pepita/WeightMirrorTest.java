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
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.TransposedWeights;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The mirroring of the weights by the factors of F. */
final class WeightMirrorTest {

  private static final List<Integer> WIDTHS = List.of(6, 4, 5, 3);
  private static final int BATCH = 7;
  private static final double RATE = 0.3;
  private static final double DECAY = 0.4;
  private static final double SCALE = 0.8;

  private static Pepita rule(double dropout, Mirroring mirroring) {
    return rule(dropout, SCALE, mirroring);
  }

  private static Pepita rule(double dropout, double scale, Mirroring mirroring) {
    Projection projection = new Projection(Projection.Kind.NORMAL, scale);
    return new Pepita(Variant.MODULATED, -1, projection, dropout, ErrorSignal.ERROR, mirroring);
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

  private static double deviation(double[][] f) {
    double[] all = Arrays.stream(f).flatMapToDouble(Arrays::stream).toArray();
    double mean = Arrays.stream(all).average().orElseThrow();
    return Math.sqrt(Arrays.stream(all).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
  }

  static Stream<Arguments> steps() {
    return RuleFixture.backends()
        .flatMap(
            backend ->
                Stream.of(Loss.MSE, Loss.CROSS_ENTROPY)
                    .flatMap(
                        loss ->
                            Stream.of(
                                Arguments.of(backend, loss, 0.0, ActivityNorm.NONE),
                                Arguments.of(backend, loss, 0.4, ActivityNorm.BATCH),
                                Arguments.of(backend, loss, 0.0, ActivityNorm.EXAMPLE))));
  }

  /**
   * One step for the noise that was drawn, in plain double precision. 1e-12: numbers of order 1.
   */
  @ParameterizedTest
  @MethodSource("steps")
  void isThePublishedStep(String backendName, Loss loss, double dropout, ActivityNorm norm) {
    NetworkSpec spec = new NetworkSpec(WIDTHS, Activation.TANH, false).withNorm(norm);
    Parameterization ntk =
        Parameterization.relative(
            Scheme.NTK, 2, new CreditRule.TargetPropagation(), StepClass.SGD_LIKE);
    double ratio = WIDTHS.get(1) / 2.0;
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(backend, spec, ntk, new Optimizer.Sgd(), loss, BATCH, 5)
                .rule(rule(dropout, new Mirroring(1, 0, RATE, DECAY)))
                .drawBatch(3)) {
      PepitaStep step = step(fixture);
      List<double[][]> factors = factors(backend, step);
      List<double[]> weightsBefore = fixture.parameterValues();
      step.epoch(0);
      step.run();

      assertThat(fixture.parameterValues()).containsExactly(weightsBefore.toArray(double[][]::new));
      List<double[][]> moved = new ArrayList<>();
      for (DenseLayer layer : fixture.network().layers()) {
        int l = layer.index();
        double[][] xi = rows(backend.read(step.noise(l)), BATCH);
        double[][] mask = null;
        if (l < 3) {
          double[] ones = new double[BATCH * WIDTHS.get(l)];
          Arrays.fill(ones, 1);
          mask = rows(dropout > 0 ? step.mask(l) : ones, BATCH);
        }
        double[][] w =
            rows(
                Oracle.times(layer.multiplier(), backend.read(layer.weight().value())),
                layer.fanOut());
        PlainPepita plain =
            new PlainPepita(
                Activation.TANH,
                List.of(),
                new double[0][],
                -1,
                ErrorSignal.ERROR,
                norm,
                Math.sqrt(ratio));
        double[][] answer = plain.layer(w, xi, mask);
        if (l == 3 && loss == Loss.CROSS_ENTROPY) {
          softmax(answer);
        }
        double rate = RATE / ratio;
        double[][] factor = factors.get(l - 1);
        double[][] next = new double[factor.length][factor[0].length];
        for (int i = 0; i < next.length; i++) {
          for (int o = 0; o < next[i].length; o++) {
            double correlation = 0;
            for (int b = 0; b < BATCH; b++) {
              correlation += xi[b][i] * answer[b][o] / BATCH;
            }
            next[i][o] = factor[i][o] - rate * (DECAY * factor[i][o] - correlation);
          }
        }
        moved.add(next);
      }
      double[][] f = product(product(moved.get(0), moved.get(1)), moved.get(2));
      double sigma = SCALE * Math.sqrt(2.0 / 6);
      double kappa = Math.cbrt(sigma / deviation(f));
      for (int l = 1; l <= 3; l++) {
        double[] expected =
            Arrays.stream(moved.get(l - 1))
                .flatMapToDouble(Arrays::stream)
                .map(v -> kappa * v)
                .toArray();
        Oracle.close(backend.read(step.factor(l)), expected, 1e-12, "factor " + l);
      }
      double[] expected =
          Arrays.stream(f)
              .flatMapToDouble(Arrays::stream)
              .map(v -> kappa * kappa * kappa * v)
              .toArray();
      Oracle.close(backend.read(step.projection()), expected, 1e-12, "F");
    }
  }

  private static List<double[][]> factors(Backend backend, PepitaStep step) {
    return IntStream.rangeClosed(1, 3)
        .mapToObj(l -> rows(backend.read(step.factor(l)), WIDTHS.get(l - 1)))
        .toList();
  }

  private static void softmax(double[][] logits) {
    for (double[] row : logits) {
      double sum = Arrays.stream(row).map(Math::exp).sum();
      Arrays.setAll(row, i -> Math.exp(row[i]) / sum);
    }
  }

  /** Noise of mean 0 and deviation 0.1, another one for every layer and step. */
  @Test
  void noiseIsDrawnAnewAndCentred() {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 40, 40, 3);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.MSE, 50)
                .rule(rule(0, new Mirroring(1, 0, 0.1, 0.5)))) {
      PepitaStep step = step(fixture);
      step.mirror();
      double[] first = backend.read(step.noise(1));
      assertThat(backend.read(step.noise(2))).isNotEqualTo(first);
      step.mirror();
      double[] second = backend.read(step.noise(1));
      assertThat(second).isNotEqualTo(first);
      assertThat(Arrays.stream(second).sum()).isCloseTo(0, Offset.offset(1e-12));
      // 2000 draws: 1.6 %.
      assertThat(Math.sqrt(Arrays.stream(second).map(v -> v * v).sum() / 2000))
          .isBetween(0.095, 0.105);
    }
  }

  /**
   * After 800 steps every factor points along its transposed weight and F along their product, at
   * the deviation that it was drawn with.
   */
  @Test
  void factorsTurnTowardsTheTransposedWeights() {
    NetworkSpec spec = RuleFixture.spec(Activation.RELU, false, 20, 30, 10);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.MSE, 64)
                .rule(rule(0.1, 0.05, new Mirroring(1, 0, 1, 0.5)))) {
      PepitaStep step = step(fixture);
      Map<String, Double> before = step.diagnostics();
      assertThat(before)
          .containsOnlyKeys(
              "projectionNorm",
              "projectionAngle",
              "feedbackNorm.layer1",
              "feedbackAngle.layer1",
              "feedbackNorm.layer2",
              "feedbackAngle.layer2");
      assertThat(before.get("projectionAngle")).isBetween(70.0, 110.0);
      step.epoch(0);
      for (int i = 0; i < 800; i++) {
        step.run();
      }
      Map<String, Double> after = step.diagnostics();
      assertThat(after.get("feedbackAngle.layer1")).isLessThan(30);
      assertThat(after.get("feedbackAngle.layer2")).isLessThan(30);
      assertThat(after.get("projectionAngle")).isLessThan(35);
      // Float32.
      assertThat(deviation(rows(backend.read(step.projection()), 20)))
          .isCloseTo(0.05 * Math.sqrt(0.1), Offset.offset(1e-7));
    }
  }

  /** The decay is undone by the rescaling: it is another rate. 1e-12: float64. */
  @Test
  void decayIsARate() {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 4, 5, 3);
    List<double[]> projections = new ArrayList<>();
    for (Mirroring mirroring : List.of(new Mirroring(1, 0, 0.1, 5), new Mirroring(1, 0, 0.2, 0))) {
      try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
          RuleFixture fixture =
              RuleFixture.plain(backend, spec, Loss.MSE, 6).rule(rule(0, mirroring))) {
        for (int i = 0; i < 20; i++) {
          step(fixture).mirror();
        }
        projections.add(backend.read(step(fixture).projection()));
      }
    }
    Oracle.close(projections.get(0), projections.get(1), 1e-12, "F");
  }

  /**
   * Rates fall as 1/m, which leaves the angles where they are: with m times as many steps they are
   * the same at four times the width, and at four times that rate they are not.
   */
  @Test
  void anglesDoNotDependOnTheWidthWhenRatesFollowIt() {
    double narrow = settledAngle(64, 0.4);
    assertThat(narrow).isLessThan(30);
    assertThat(settledAngle(256, 0.4)).isCloseTo(narrow, Offset.offset(3.0));
    assertThat(settledAngle(256, 1.6)).isGreaterThan(narrow + 8);
  }

  private static double settledAngle(int width, double rate) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 20, width, 10);
    Parameterization mup =
        Parameterization.relative(
            Scheme.MUP, 64, new CreditRule.TargetPropagation(), StepClass.SGD_LIKE);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture =
            RuleFixture.scaled(backend, spec, mup, new Optimizer.Sgd(), Loss.MSE, 16, 3)
                .rule(rule(0, 0.05, new Mirroring(1, 0, rate, 0.5)))) {
      PepitaStep step = step(fixture);
      for (int i = 0; i < 500 * width / 64; i++) {
        step.mirror();
      }
      return step.diagnostics().get("feedbackAngle.layer2");
    }
  }

  @Test
  void epochsMirrorOrLearnOrDoBoth() {
    Mirroring mirroring = new Mirroring(2, 3, 0.1, 0.5);
    assertThat(IntStream.range(0, 9).filter(mirroring::mirrors)).containsExactly(0, 1, 2, 5, 8);
    assertThat(IntStream.range(0, 9).filter(mirroring::learns))
        .containsExactly(2, 3, 4, 5, 6, 7, 8);
  }

  @Test
  void transposedProductsGoToTheOutput() {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 2, 1, 2);
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 1)) {
      fixture.parameters(List.of(new double[] {2, 3}, new double[] {5, 7}), List.of());
      assertThat(TransposedWeights.toOutput(backend, fixture.network(), 1))
          .containsExactly(10, 14, 15, 21);
      assertThat(TransposedWeights.of(backend, fixture.network(), 2)).containsExactly(5, 7);
    }
  }

  @Test
  void refusesWhatCannotMirror() {
    assertThatThrownBy(
            () ->
                new Pepita(
                    Variant.MODULATED,
                    -1,
                    new Projection(Projection.Kind.UNIFORM, 0.05),
                    0,
                    ErrorSignal.ERROR,
                    new Mirroring(1, 0, 0.1, 0.5)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("has no factors")
        .hasMessageContaining("pepita.projection normal");
    assertThatThrownBy(() -> new Mirroring(0, 0, 0.1, 0.5))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("not both 0");
    assertThatThrownBy(() -> new Mirroring(1, 0, 0, 0.5))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pepita.mirrorLr");
    assertThatThrownBy(() -> new Mirroring(1, 0, 0.1, 11))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pepita.mirrorDecay");
  }
}
