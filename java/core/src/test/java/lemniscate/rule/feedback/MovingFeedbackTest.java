package lemniscate.rule.feedback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import lemniscate.rule.TransposedWeights;
import lemniscate.rule.bp.BackPropagation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Feedback that learns or has the signs of the weights: invariants V76, V77 and V79. */
final class MovingFeedbackTest {

  /** float64: at most 60 terms of order 1 in a sum, ten steps. */
  private static final double ROUNDING = 1e-13;

  private static final double DECAY = 0.3;
  private static final double RATE = 0.05;
  private static final int STEPS = 7;

  private static FeedbackAlignment layerwise(FeedbackMode mode) {
    return FeedbackAlignment.of(FeedbackRoute.LAYERWISE, mode);
  }

  private static NetworkSpec network(String name) {
    return name.equals("dense")
        ? RuleFixture.spec(Activation.TANH, true, 3, 7, 5, 2)
        : SmallStacks.of(Activation.TANH).get(name);
  }

  private static RuleFixture fixture(
      Backend backend, NetworkSpec spec, Scheme scheme, Optimizer optimizer) {
    Parameterization scaling =
        Parameterization.relative(scheme, 2, new CreditRule.BackPropagation(), optimizer.kind());
    return RuleFixture.scaled(backend, spec, scaling, optimizer, Loss.MSE, 4, 5)
        .drawVectors(0.3, 11);
  }

  private static FeedbackStep step(RuleFixture fixture) {
    return (FeedbackStep) fixture.step();
  }

  private static List<double[]> maps(RuleFixture fixture) {
    List<double[]> maps = new ArrayList<>();
    for (int l = 1; l < fixture.network().spec().layers(); l++) {
      step(fixture).maps(l).forEach(map -> maps.add(fixture.backend().read(map)));
    }
    return maps;
  }

  private static List<Parameter> weights(RuleFixture fixture) {
    return fixture.network().units().stream()
        .skip(1)
        .flatMap(unit -> unit.parameters().stream())
        .filter(parameter -> !parameter.kind().isVector())
        .toList();
  }

  private static List<double[]> differences(RuleFixture fixture) {
    fixture.gradients();
    List<double[]> differences = new ArrayList<>();
    List<double[]> maps = maps(fixture);
    for (int i = 0; i < maps.size(); i++) {
      Parameter weight = weights(fixture).get(i);
      double a = weight.scaling().multiplier();
      double[] w = Oracle.times(a, fixture.backend().read(weight.value()));
      differences.add(Oracle.sum(w, -1, maps.get(i)));
    }
    return differences;
  }

  static Stream<Arguments> contractions() {
    List<Optimizer> optimizers =
        List.of(
            new Optimizer.Sgd(DECAY),
            new Optimizer.Momentum(0.9, DECAY),
            new Optimizer.Adam(Optimizer.ADAM_DEFAULTS, DECAY));
    return Stream.of("dense", "conv", "residual conv", "residual")
        .flatMap(
            name ->
                optimizers.stream()
                    .flatMap(
                        optimizer ->
                            Stream.of(Scheme.MUP, Scheme.NTK)
                                .map(scheme -> Arguments.of(name, optimizer, scheme))));
  }

  /** V76: W − B shrinks by 1 − ηλ in every step of any optimiser, as if nothing were learned. */
  @ParameterizedTest
  @MethodSource("contractions")
  void differencesContract(String name, Optimizer optimizer, Scheme scheme) {
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture = fixture(backend, network(name), scheme, optimizer)) {
      fixture.rule(layerwise(FeedbackMode.KOLEN_POLLACK)).drawBatch(12);
      List<double[]> before = differences(fixture);
      List<double[]> learned = fixture.parameterValues();
      fixture.train(RATE, STEPS);
      List<double[]> after = differences(fixture);
      for (int i = 0; i < before.size(); i++) {
        Parameter weight = weights(fixture).get(i);
        double keep =
            1
                - RATE
                    * weight.scaling().learningRateFactor()
                    * DECAY
                    * weight.scaling().weightDecayFactor();
        double[] expected = Oracle.times(Math.pow(keep, STEPS), before.get(i));
        assertThat(Oracle.largest(before.get(i))).isGreaterThan(0.01);
        Oracle.close(after.get(i), expected, ROUNDING, weight.name());
      }
      double[] first = fixture.parameterValues().getFirst();
      assertThat(Oracle.largest(Oracle.sum(first, -1, learned.getFirst()))).isGreaterThan(1e-3);
    }
  }

  /** The step of B is that of an optimiser of its own that is given the same gradients. */
  @ParameterizedTest
  @ValueSource(strings = {"sgd", "momentum", "adam"})
  void feedbackTakesTheStepOfItsWeight(String name) {
    Optimizer optimizer =
        switch (name) {
          case "sgd" -> new Optimizer.Sgd(DECAY);
          case "momentum" -> new Optimizer.Momentum(0.9, DECAY);
          default -> new Optimizer.Adam(Optimizer.ADAM_DEFAULTS, DECAY);
        };
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = fixture(backend, network("dense"), Scheme.SP, optimizer)) {
      fixture.rule(layerwise(FeedbackMode.KOLEN_POLLACK)).drawBatch(12).gradients();
      double[] map = maps(fixture).getLast();
      Parameter weight = weights(fixture).getLast();
      double[] first = new double[map.length];
      double[] second = new double[map.length];
      for (int t = 1; t <= STEPS; t++) {
        fixture.gradients();
        double[] g = backend.read(weight.gradient());
        for (int i = 0; i < map.length; i++) {
          double u = g[i];
          if (name.equals("momentum")) {
            first[i] = 0.9 * first[i] + g[i];
            u = first[i];
          } else if (name.equals("adam")) {
            first[i] = 0.9 * first[i] + 0.1 * g[i];
            second[i] = 0.999 * second[i] + 0.001 * g[i] * g[i];
            double root = Math.sqrt(second[i] / (1 - Math.pow(0.999, t)));
            u = first[i] / (1 - Math.pow(0.9, t)) / (root + 1e-8);
          }
          map[i] = (1 - RATE * DECAY) * map[i] - RATE * u;
        }
        fixture.train(RATE, 1);
      }
      fixture.gradients();
      // Adam divides by roots of squares: some more digits are lost.
      Oracle.close(maps(fixture).getLast(), map, 1e-11, "B");
    }
  }

  /** V76: with B = W it is backpropagation. */
  @ParameterizedTest
  @ValueSource(strings = {"dense", "conv", "residual conv", "residual"})
  void withoutADifferenceItIsBackpropagation(String name) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = fixture(backend, network(name), Scheme.NTK, new Optimizer.Sgd())) {
      fixture.rule(layerwise(FeedbackMode.KOLEN_POLLACK)).drawBatch(12);
      step(fixture)
          .state()
          .values()
          .forEach(x -> backend.upload(new double[(int) x.elements()], x));
      List<double[]> found = fixture.gradients().parameterGradients();
      assertThat(step(fixture).diagnostics())
          .allSatisfy(
              (key, value) -> {
                if (key.startsWith("feedbackAngle")) {
                  assertThat(value).isBetween(0.0, 1e-5);
                }
              });
      List<double[]> expected =
          fixture.rule(new BackPropagation()).drawBatch(12).gradients().parameterGradients();
      Oracle.close(found, expected, ROUNDING, "gradient");
    }
  }

  /** V77: with equal rates and decay a last map is to a linear readout what B is to W. */
  @ParameterizedTest
  @CsvSource({"dense, true", "dense, false", "conv, true", "residual, false"})
  void lastDirectMapsContract(String name, boolean fromZero) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            fixture(backend, network(name), Scheme.MUP, new Optimizer.Sgd(DECAY))) {
      fixture
          .rule(
              new FeedbackAlignment(
                  FeedbackRoute.DIRECT, fromZero ? 0 : 1, false, FeedbackMode.KOLEN_POLLACK, 1))
          .drawBatch(12);
      double[] before = lastDifference(fixture);
      fixture.train(RATE, STEPS);
      Parameter last = weights(fixture).getLast();
      double keep =
          1
              - RATE
                  * last.scaling().learningRateFactor()
                  * DECAY
                  * last.scaling().weightDecayFactor();
      Oracle.close(
          lastDifference(fixture),
          Oracle.times(Math.pow(keep, STEPS), before),
          ROUNDING,
          "Psi - W");
    }
  }

  // Ψ − Wᵀ of the last hidden unit.
  private static double[] lastDifference(RuleFixture fixture) {
    int last = fixture.network().spec().layers();
    double[] psi = fixture.backend().read(step(fixture).map(last - 1));
    double[] w = TransposedWeights.untransposed(fixture.backend(), fixture.network().unit(last));
    int outputs = fixture.network().spec().outputs();
    int inputs = w.length / outputs;
    double[] difference = new double[w.length];
    for (int i = 0; i < inputs; i++) {
      for (int c = 0; c < outputs; c++) {
        difference[i * outputs + c] = psi[i * outputs + c] - w[c * inputs + i];
      }
    }
    return difference;
  }

  @Test
  void directMapsStartAtZero() {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            fixture(backend, network("residual"), Scheme.MUP, new Optimizer.Sgd())) {
      fixture
          .rule(FeedbackAlignment.of(FeedbackRoute.DIRECT, FeedbackMode.KOLEN_POLLACK))
          .drawBatch(12);
      for (int l = 1; l < fixture.network().spec().layers(); l++) {
        assertThat(Oracle.largest(backend.read(step(fixture).map(l)))).isZero();
      }
      fixture.train(RATE, 2);
      for (int l = 1; l < fixture.network().spec().layers(); l++) {
        assertThat(Oracle.largest(backend.read(step(fixture).map(l)))).isPositive();
      }
    }
  }

  /**
   * V79: signs of the weights, and for uSF their root mean square; cosines to Gaussian weights of
   * √(2/π) with one magnitude, 2/π with half-normal ones. 40 000 draws: 0.01 is some deviations.
   */
  @ParameterizedTest
  @CsvSource({"UNIFORM_SIGNS, 0.798", "FIXED_MAGNITUDES, 0.637", "DRAWN_MAGNITUDES, 0.637"})
  void signsAreThoseOfTheWeights(FeedbackMode mode, double cosine) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 3, 200, 200, 2);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = fixture(backend, spec, Scheme.NTK, new Optimizer.Sgd())) {
      fixture.rule(layerwise(mode)).drawBatch(12).gradients();
      double a = weights(fixture).getFirst().scaling().multiplier();
      double[] w = Oracle.times(a, backend.read(weights(fixture).getFirst().value()));
      double[] b = maps(fixture).getFirst();
      double square = Arrays.stream(w).map(x -> x * x).average().orElseThrow();
      for (int i = 0; i < w.length; i++) {
        assertThat(Math.signum(b[i])).isEqualTo(Math.signum(w[i]));
        if (mode == FeedbackMode.UNIFORM_SIGNS) {
          assertThat(Math.abs(b[i])).isCloseTo(Math.sqrt(square), within(1e-14));
        }
      }
      assertThat(Oracle.cosine(b, w)).isCloseTo(cosine, within(0.01));
      double size = Arrays.stream(b).map(x -> x * x).average().orElseThrow();
      assertThat(size / square).isCloseTo(1, within(0.03));
      fixture.train(RATE, 1).gradients();
      double[] next = maps(fixture).getFirst();
      double turned = Oracle.cosine(b, next);
      if (mode == FeedbackMode.DRAWN_MAGNITUDES) {
        // 2/π again: two independent magnitudes.
        assertThat(turned).isCloseTo(0.637, within(0.01));
      } else {
        assertThat(turned).isGreaterThan(0.99);
      }
    }
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    refused(
        () -> FeedbackAlignment.of(FeedbackRoute.DIRECT, FeedbackMode.UNIFORM_SIGNS), "rule fa");
    refused(
        () -> FeedbackAlignment.of(FeedbackRoute.DIRECT_TARGET, FeedbackMode.KOLEN_POLLACK),
        "rule dfa");
    refused(
        () ->
            new FeedbackAlignment(
                FeedbackRoute.LAYERWISE, 1, false, FeedbackMode.KOLEN_POLLACK, 0.5),
        "very steps");
    refused(
        () -> new FeedbackAlignment(FeedbackRoute.DIRECT, 0, true, FeedbackMode.KOLEN_POLLACK, 1),
        "feedback.sharedMaps");
    assertThat(layerwise(FeedbackMode.KOLEN_POLLACK).creditRule().hiddenError(-1)).isEqualTo(-1);
  }

  /** A zero start has no slopes after the first step. */
  @Test
  void zeroStartsAreNotMeasured() {
    FeedbackAlignment zero = FeedbackAlignment.of(FeedbackRoute.DIRECT, FeedbackMode.KOLEN_POLLACK);
    refused(
        () ->
            zero.checkMeasurable(
                Parameterization.relative(
                    Scheme.MUP, 64, zero.creditRule(), new Optimizer.Sgd().kind()),
                3),
        "feedback.scale 1");
  }

  private static void refused(Runnable making, String said) {
    assertThatThrownBy(making::run)
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(said);
  }

  /** A velocity that takes the decay up is of the weight alone. */
  @Test
  void coupledDecayIsRefused() {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            fixture(
                backend, network("dense"), Scheme.SP, new Optimizer.Momentum(0.9, DECAY, true))) {
      fixture.rule(layerwise(FeedbackMode.KOLEN_POLLACK)).drawBatch(12);
      assertThatThrownBy(() -> fixture.train(RATE, 1))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("optim.decay");
    }
  }
}
