package lemniscate.rule.pc;

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
import lemniscate.config.Config;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.bp.BackPropagationStep;
import lemniscate.train.Experiment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Precisions that change from step to step, and the forward update. 1e-12 of numbers of order 1: no
 * more than a few dozen roundings.
 */
final class PrecisionScheduleTest {

  private static final double TOLERANCE = 1e-12;

  static Stream<NetworkSpec> networks() {
    return Stream.concat(
        Stream.of(RuleFixture.spec(Activation.TANH, true, 3, 5, 7, 4, 6, 2)),
        SmallStacks.of(Activation.TANH).values().stream());
  }

  private static RuleFixture fixture(Backend backend, NetworkSpec spec, LearningRule rule) {
    return RuleFixture.plain(backend, spec, Loss.MSE, 3)
        .drawVectors(0.3, 4)
        .rule(rule)
        .drawBatch(5)
        .gradients();
  }

  private static List<double[]> deltas(Backend backend, NetworkSpec spec) {
    try (RuleFixture fixture = fixture(backend, spec, new BackPropagation())) {
      List<double[]> deltas = new ArrayList<>();
      for (int l = 1; l <= spec.layers(); l++) {
        deltas.add(backend.read(((BackPropagationStep) fixture.step()).delta(l)));
      }
      return deltas;
    }
  }

  /** V70: factors of 1 are no factors. */
  @ParameterizedTest
  @MethodSource("networks")
  void constantPrecisionsAreJacobi(NetworkSpec spec) {
    Inference.Jacobi jacobi =
        new Inference.Jacobi(9, 0.1, new Momentum(Momentum.Form.HEAVY_BALL, 0.6));
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture plain = fixture(backend, spec, PredictiveCoding.of(jacobi));
        RuleFixture scheduled =
            fixture(
                backend,
                spec,
                PredictiveCoding.of(jacobi.with(new PrecisionSchedule.Spiking(1))))) {
      assertThat(scheduled.parameterGradients())
          .usingRecursiveComparison()
          .isEqualTo(plain.parameterGradients());
    }
  }

  /**
   * V72: with κ = 0 the state k units below the output moves by α r^(k−1) f_j δ, where j = T − k ≥
   * 1 and with S_j = Σ_{n ≤ j} μ^n: f_j = S_j − r S_{j−1}, r = α, for heavy ball; f_j = μ^(j+1) +
   * (1 − r) S_j, r = α (1 + μ), for Nesterov.
   */
  @ParameterizedTest
  @MethodSource("networks")
  void pulsesLeaveGeometricFactors(NetworkSpec spec) {
    int steps = 6;
    double rate = 0.4;
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      List<double[]> deltas = deltas(backend, spec);
      for (Momentum momentum :
          List.of(
              Momentum.NONE,
              new Momentum(Momentum.Form.HEAVY_BALL, 0.7),
              new Momentum(Momentum.Form.NESTEROV, 0.7))) {
        Inference inference =
            new Inference.Jacobi(steps, rate, momentum, new PrecisionSchedule.Spiking(0));
        try (RuleFixture fixture = fixture(backend, spec, PredictiveCoding.of(inference))) {
          for (int k = 1; k < spec.layers(); k++) {
            double factor = factor(momentum, rate, k, steps - k);
            int l = spec.layers() - k;
            Oracle.close(
                fixture.pc().displacement(l),
                Oracle.times(factor, deltas.get(l - 1)),
                TOLERANCE,
                momentum + ", D" + l);
          }
        }
      }
    }
  }

  private static double factor(Momentum momentum, double rate, int k, int j) {
    double mu = momentum.coefficient(RuleFixture.spec(Activation.TANH, true, 3, 5, 2));
    double sum = (1 - Math.pow(mu, j + 1)) / (1 - mu);
    double former = (1 - Math.pow(mu, j)) / (1 - mu);
    boolean nesterov = momentum.form() == Momentum.Form.NESTEROV;
    double r = nesterov ? rate * (1 + mu) : rate;
    double f = nesterov ? Math.pow(mu, j + 1) + (1 - r) * sum : sum - r * former;
    return rate * Math.pow(r, k - 1) * f;
  }

  /** V73: one sweep at rate 1 moves every state by its δ, from which FU learns as BP does. */
  @ParameterizedTest
  @MethodSource("networks")
  void forwardUpdateAfterOneSweepIsBackpropagation(NetworkSpec spec) {
    PredictiveCoding sweep =
        PredictiveCoding.of(new Inference.Sequential(1, 1)).withUpdate(WeightUpdate.FORWARD);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture found = fixture(backend, spec, sweep);
        RuleFixture expected = fixture(backend, spec, new BackPropagation())) {
      Oracle.close(
          found.parameterGradients(), expected.parameterGradients(), TOLERANCE, "gradients");
    }
  }

  /** V73: at rate 1 the pulse takes all of itself along. */
  @ParameterizedTest
  @MethodSource("networks")
  void pulseAtRateOneEndsInTheFirstUnit(NetworkSpec spec) {
    int hidden = spec.layers() - 1;
    Inference inference = new Inference.Jacobi(hidden, 1).with(new PrecisionSchedule.Spiking(0));
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = fixture(backend, spec, PredictiveCoding.of(inference))) {
      List<double[]> deltas = deltas(backend, spec);
      Oracle.close(fixture.pc().displacement(1), deltas.getFirst(), TOLERANCE, "D1");
      for (int l = 2; l <= hidden; l++) {
        double[] none = new double[deltas.get(l - 1).length];
        Oracle.close(fixture.pc().displacement(l), none, TOLERANCE, "D" + l);
      }
    }
  }

  private static PredictiveCoding rule(String... assignments) {
    Config config = Config.defaults();
    for (String assignment : assignments) {
      config = config.withAssignment(assignment, "test");
    }
    return (PredictiveCoding) Experiment.rule(config.checked());
  }

  @Test
  void warnsOfTurnedSigns() {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 3, 5, 7, 2);
    String[] published = {
      "pc.precision=spiking",
      "pc.update=forward",
      "pc.rate=0.56",
      "pc.momentum=0.9",
      "pc.momentumForm=nesterov"
    };
    assertThat(rule(published).check(spec)).singleElement().asString().contains("is 1.064 > 1");
    published[2] = "pc.rate=0.5";
    assertThat(rule(published).check(spec)).isEmpty();
    assertThat(rule("pc.precision=decaying", "pc.rate=1.5").check(spec)).hasSize(1);
    assertThat(rule("pc.momentum=0.9", "pc.rate=1.5").check(spec)).isEmpty();
  }

  /**
   * Displacements at rest are sums of errors: one power of L more, where steps follow gradients.
   */
  @Test
  void depthExponentOfTheForwardUpdate() {
    String[] settled = {"pc.gammaExponent=-1", "pc.gammaDepthExponent=1"};
    String[] forward = {settled[0], settled[1], "pc.update=forward"};
    String[] pulses = {settled[0], settled[1], "pc.update=forward", "pc.precision=spiking"};
    assertThat(branch(rule(settled))).isEqualTo(-1);
    assertThat(branch(rule(forward))).isEqualTo(0);
    assertThat(branch(rule(pulses))).isEqualTo(-1);
    assertThat(scaling(rule(forward), StepClass.SIGN_LIKE)).isEqualTo(0.5);
    assertThat(
            parameterization(rule(forward), StepClass.SGD_LIKE)
                .learningRateDepthExponent(ParameterRole.INPUT_WEIGHT, false))
        .isEqualTo(-1);
  }

  private static double branch(PredictiveCoding rule) {
    return scaling(rule, StepClass.SGD_LIKE);
  }

  private static double scaling(PredictiveCoding rule, StepClass optimizer) {
    return parameterization(rule, optimizer)
        .learningRateDepthExponent(ParameterRole.HIDDEN_WEIGHT, true);
  }

  private static Parameterization parameterization(PredictiveCoding rule, StepClass optimizer) {
    return Parameterization.relative(Scheme.MUP, 16, rule.creditRule(), optimizer)
        .withDepthExponent(0.5);
  }

  @Test
  void refusesWhatDoesNotGoTogether() {
    for (String scheme : List.of("fpa", "zil", "ipc")) {
      assertThatThrownBy(() -> rule("pc.scheme=" + scheme, "pc.update=forward"))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("pc.update forward with pc.scheme " + scheme);
    }
    assertThatThrownBy(() -> rule("pc.scheme=si", "pc.precision=decaying"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.precision with pc.scheme si");
    assertThatThrownBy(() -> new PrecisionSchedule.Spiking(-1))
        .isInstanceOf(BadInputException.class);
  }
}
