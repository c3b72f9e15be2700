package lemniscate.rule.ff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Plan;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.DenseLayer;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.Predictor;
import lemniscate.rule.RuleFixture;
import lemniscate.tensor.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Forward-Forward against plain code, numbers from elsewhere, and what it promises. */
final class ForwardForwardTest {

  private static final int BATCH = 6;
  private static final int CLASSES = 3;
  private static final List<Integer> WIDTHS = List.of(7, 5, 6, 4, CLASSES);

  // Products of numbers of order 1 in another order.
  private static final double ROUNDING = 1e-12;

  private static ForwardForward rule(Goodness goodness, InputLength length, double peers) {
    return new ForwardForward(goodness, 0.4, length, peers, 0, Prediction.GOODNESS, 1.5, 0.7);
  }

  private static ForwardForward greedy(int epochsPerLayer) {
    return new ForwardForward(
        Goodness.SUM, 0.4, InputLength.RMS, 0, epochsPerLayer, Prediction.GOODNESS, 1.5, 1);
  }

  /** NTK away from its base width, so that multipliers differ from 1. */
  private static RuleFixture fixture(Backend backend, Activation activation, ForwardForward rule) {
    Parameterization ntk =
        Parameterization.relative(Scheme.NTK, 2, rule.creditRule(), StepClass.SGD_LIKE);
    return RuleFixture.scaled(
            backend,
            new NetworkSpec(WIDTHS, activation, false),
            ntk,
            new Optimizer.Sgd(),
            Loss.CROSS_ENTROPY,
            BATCH,
            5)
        .rule(rule)
        .drawBatch(12);
  }

  private static FfStep step(RuleFixture fixture) {
    return (FfStep) fixture.step();
  }

  private static double[][] rows(double[] values, int rows) {
    int columns = values.length / rows;
    return IntStream.range(0, rows)
        .mapToObj(r -> Arrays.copyOfRange(values, r * columns, (r + 1) * columns))
        .toArray(double[][]::new);
  }

  private static PlainForwardForward plain(RuleFixture fixture, ForwardForward rule) {
    List<DenseLayer> layers = fixture.network().layers();
    return new PlainForwardForward(
        rule,
        layers.getFirst().activation(),
        layers.stream()
            .map(layer -> rows(fixture.backend().read(layer.weight().value()), layer.fanOut()))
            .toList(),
        layers.stream().map(DenseLayer::multiplier).toList());
  }

  private static double[][] labels(RuleFixture fixture) {
    return rows(fixture.backend().read(step(fixture).labels()), 3 * BATCH);
  }

  // One-hot, whatever the scale.
  private static double[] unit(int label, int classes) {
    double[] unit = new double[classes];
    unit[label] = 1;
    return unit;
  }

  private static int labelOf(double[] row) {
    return IntStream.range(0, row.length).reduce(0, (a, b) -> row[b] > row[a] ? b : a);
  }

  static Stream<Arguments> forms() {
    return RuleFixture.backends()
        .flatMap(
            backend ->
                Stream.of(Goodness.values())
                    .flatMap(
                        goodness ->
                            Stream.of(InputLength.values())
                                .map(length -> Arguments.of(backend, goodness, length))));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void isThePlainRule(String backendName, Goodness goodness, InputLength length) {
    ForwardForward rule = rule(goodness, length, 0);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = fixture(backend, Activation.GELU, rule).gradients()) {
      PlainForwardForward plain = plain(fixture, rule);
      double[][] x = rows(backend.read(step(fixture).input()), BATCH);
      double[][] labels = labels(fixture);
      for (int l = 1; l < WIDTHS.size() - 1; l++) {
        double[] expected = new double[WIDTHS.get(l) * WIDTHS.get(l - 1)];
        for (int row = 0; row < 2 * BATCH; row++) {
          double[] label = unit(labelOf(labels[row]), CLASSES);
          PlainForwardForward.Row pass = plain.pass(x[row % BATCH], label);
          expected = Oracle.sum(expected, 1.0 / (2 * BATCH), plain.gradient(pass, l, row < BATCH));
        }
        Oracle.close(fixture.weightGradient(l), expected, ROUNDING, "gradient of layer " + l);
      }
    }
  }

  /** Values by numpy; {@code ff.py} beside them says how. Nine digits are kept of differences. */
  @ParameterizedTest
  @CsvSource({"sum, reference", "sum, cpu", "mean, reference", "mean, cpu"})
  void goldenGradients(String goodness, String backendName) throws IOException {
    JsonNode golden;
    try (InputStream in = getClass().getResourceAsStream("/lemniscate/rule/ff/ff.json")) {
      golden = new ObjectMapper().readTree(in);
    }
    ForwardForward rule =
        new ForwardForward(
            goodness.equals("sum") ? Goodness.SUM : Goodness.MEAN,
            golden.get("threshold").asDouble(),
            InputLength.RMS,
            0,
            0,
            Prediction.PROBE,
            golden.get("labelScale").asDouble(),
            1);
    List<double[]> weights = arrays(golden.get("weights"));
    NetworkSpec spec =
        RuleFixture.spec(
            Activation.TANH,
            false,
            Arrays.stream(array(golden.get("widths")))
                .mapToObj(width -> (int) width)
                .toArray(Integer[]::new));
    double[] y = array(golden.get("y"));
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.MSE, y.length / 2)
                .parameters(weights, List.of())
                .rule(rule)
                .batch(array(golden.get("x")), y)
                .gradients()) {
      Oracle.close(
          fixture.parameterGradients(), arrays(golden.get(goodness)), 2e-9, "gradient of layer");
      assertThat(fixture.step().loss())
          .isCloseTo(golden.get("readoutLoss").asDouble(), within(1e-9));
    }
  }

  private static double[] array(JsonNode node) {
    double[] values = new double[node.size()];
    Arrays.setAll(values, i -> node.get(i).asDouble());
    return values;
  }

  private static List<double[]> arrays(JsonNode node) {
    List<double[]> arrays = new ArrayList<>();
    node.forEach(each -> arrays.add(array(each)));
    return arrays;
  }

  @Test
  void negativesAreEveryOtherLabelAndNeverTheRightOne() {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture =
            fixture(backend, Activation.TANH, rule(Goodness.SUM, InputLength.RMS, 0))) {
      int[][] counts = new int[CLASSES][CLASSES];
      int draws = 500;
      for (int t = 0; t < draws; t++) {
        fixture.gradients();
        double[][] labels = labels(fixture);
        double[][] y = rows(backend.read(step(fixture).target()), BATCH);
        for (int b = 0; b < BATCH; b++) {
          assertThat(labelOf(labels[b])).isEqualTo(labelOf(y[b]));
          assertThat(labels[b]).containsOnlyOnce(1.5).doesNotContain(0.5);
          assertThat(labels[BATCH + b]).containsOnlyOnce(1.5);
          assertThat(labels[2 * BATCH + b]).containsOnly(0.5);
          counts[labelOf(y[b])][labelOf(labels[BATCH + b])]++;
        }
      }
      // Each class is right in a third of the rows; five deviations of a fair coin.
      double each = draws * BATCH / (double) CLASSES / (CLASSES - 1);
      for (int c = 0; c < CLASSES; c++) {
        assertThat(counts[c][c]).isZero();
        assertThat(counts[c][(c + 1) % CLASSES])
            .isCloseTo((int) each, within((int) (5 * Math.sqrt(each / 2))));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void scoresAreTheGoodnessOfEveryLabel(String backendName) {
    ForwardForward rule = rule(Goodness.SUM, InputLength.RMS, 0);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = fixture(backend, Activation.TANH, rule);
        Arena arena = backend.newArena()) {
      Predictor predictor = rule.predictor(backend, arena, fixture.network(), BATCH);
      double[] x = backend.read(step(fixture).input());
      backend.upload(x, predictor.forward().input());
      try (Plan plan = backend.record(predictor::record)) {
        plan.run();
        backend.synchronize();
      }
      PlainForwardForward plain = plain(fixture, rule);
      double[] expected = new double[BATCH * CLASSES];
      double[] output = new double[BATCH * CLASSES];
      double[] neutral = new double[CLASSES];
      Arrays.fill(neutral, 1.0 / CLASSES);
      for (int b = 0; b < BATCH; b++) {
        double[] row = rows(x, BATCH)[b];
        for (int c = 0; c < CLASSES; c++) {
          PlainForwardForward.Row pass = plain.pass(row, unit(c, CLASSES));
          for (int l = 1; l < WIDTHS.size() - 1; l++) {
            expected[b * CLASSES + c] += plain.goodness(pass, l) / WIDTHS.get(l);
          }
        }
        System.arraycopy(
            plain.pass(row, neutral).preActivations().getLast(), 0, output, b * CLASSES, CLASSES);
      }
      Oracle.close(backend.read(predictor.scores()), expected, ROUNDING, "score");
      Oracle.close(backend.read(predictor.forward().output()), output, ROUNDING, "output");
    }
  }

  /** m = 0.1 · mean after one step from 0; 2 λ (mean(m) − m) reaches positive rows alone. */
  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void peersAreDrawnTogether(String backendName) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture with =
            fixture(backend, Activation.RELU, rule(Goodness.SUM, InputLength.RMS, 0.8))
                .gradients();
        RuleFixture without =
            fixture(backend, Activation.RELU, rule(Goodness.SUM, InputLength.RMS, 0)).gradients()) {
      int units = WIDTHS.get(1);
      double[][] h = rows(backend.read(step(with).forward().activity(1)), 3 * BATCH);
      double[][] input = rows(backend.read(step(with).forward().presynaptic(1)), 3 * BATCH);
      double[] mean = new double[units];
      for (int b = 0; b < BATCH; b++) {
        mean = Oracle.sum(mean, 0.1 / BATCH, h[b]);
      }
      double common = Arrays.stream(mean).average().orElseThrow();
      double[] expected = without.weightGradient(1);
      for (int i = 0; i < expected.length; i++) {
        for (int b = 0; b < BATCH; b++) {
          int unit = i / WIDTHS.getFirst();
          expected[i] -=
              2 * 0.8 * (common - mean[unit]) * input[b][i % WIDTHS.getFirst()] / (2 * BATCH);
        }
      }
      Oracle.close(with.weightGradient(1), expected, ROUNDING, "gradient");
      Oracle.close(
          backend.read(with.step().state().get("layer1.meanActivity")), mean, ROUNDING, "mean");
    }
  }

  @Test
  void layersLearnOneAfterTheOther() {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = fixture(backend, Activation.TANH, greedy(2))) {
      int[] epochs = {0, 1, 2, 4, 5, 9};
      List<List<Integer>> learners =
          List.of(List.of(1), List.of(1), List.of(2), List.of(3, 4), List.of(3, 4), List.of(3, 4));
      for (int i = 0; i < epochs.length; i++) {
        List<double[]> before = fixture.parameterValues();
        fixture.step().epoch(epochs[i]);
        fixture.train(0.01, 1);
        List<double[]> after = fixture.parameterValues();
        for (int l = 1; l < WIDTHS.size(); l++) {
          boolean moved = Oracle.distance(after.get(l - 1), before.get(l - 1)) > 0;
          assertThat(moved)
              .as("layer %d in epoch %d", l, epochs[i])
              .isEqualTo(learners.get(i).contains(l));
        }
      }
    }
  }

  /** The right label's goodness ends above the threshold, the wrong one's below. */
  @Test
  void learnsToTellRightFromWrong() {
    NetworkSpec spec = RuleFixture.spec(Activation.RELU, false, 7, 40, 30, CLASSES);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.plain(backend, spec, Loss.CROSS_ENTROPY, BATCH)
                .rule(rule(Goodness.SUM, InputLength.RMS, 0))
                .drawBatch(12)) {
      fixture.train(0.02, 1);
      double before = fixture.step().energy();
      fixture.train(0.02, 500);
      assertThat(fixture.step().energy()).isLessThan(before / 2);
    }
  }

  @Test
  void refusesNetworksThatItCannotTrain() {
    ForwardForward rule = rule(Goodness.SUM, InputLength.RMS, 0);
    assertThatThrownBy(() -> rule.check(RuleFixture.spec(Activation.RELU, false, 5, 3, 1)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("one class");
    assertThatThrownBy(() -> rule.check(RuleFixture.spec(Activation.RELU, false, 5, 3, 5)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("5 features and 5 classes");
    rule.check(RuleFixture.spec(Activation.RELU, false, 6, 3, 5));
    ForwardForward high =
        new ForwardForward(Goodness.SUM, 1, InputLength.RMS, 0, 0, Prediction.GOODNESS, 1, 1);
    assertThatThrownBy(() -> high.check(RuleFixture.spec(Activation.TANH, false, 5, 3, 2)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("ff.threshold 1.0")
        .hasMessageContaining("tanh");
    high.check(RuleFixture.spec(Activation.RELU, false, 5, 3, 2));
  }

  @Test
  void refusesAdamWhereItsCountIsWrong() {
    Parameterization adam =
        Parameterization.relative(
            Scheme.MUP, 64, new CreditRule.ForwardForward(false), StepClass.SIGN_LIKE);
    assertThatThrownBy(() -> greedy(1).check(adam))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("ff.epochsPerLayer");
    assertThatThrownBy(() -> rule(Goodness.SUM, InputLength.RMS, 0).check(adam))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("ff.probeRate");
    assertThat(greedy(0).check(adam)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesNumbersOutOfRange(double value) {
    assertThatThrownBy(
            () ->
                new ForwardForward(
                    Goodness.SUM, value, InputLength.RMS, 0, 0, Prediction.PROBE, 1, 1))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("ff.threshold");
    assertThatThrownBy(
            () ->
                new ForwardForward(
                    Goodness.SUM, 1, InputLength.RMS, 0, 0, Prediction.PROBE, value, 1))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("ff.labelScale");
  }
}
