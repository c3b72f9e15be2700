package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Invariants V5, V6 and V25: the free energy, its gradients and the relaxations, against {@link
 * PlainPredictiveCoding}. float64 throughout.
 */
final class FreeEnergyTest {

  /** Central differences are good to about 1e-10 on numbers of order 1. */
  private static final double DIFFERENCE_TOLERANCE = 1e-8;

  /** The same sums in another order. */
  private static final double TOLERANCE = 1e-12;

  private static final Precisions GAMMA = new Precisions(List.of(0.8, 1.3, 0.9), 1.9);
  private static final double[] PLAIN_GAMMA = {Double.NaN, 0.8, 1.3, 0.9, 1.9};
  private static final int LAST = 4;

  private static NetworkSpec spec(Activation activation) {
    return RuleFixture.spec(activation, true, 3, 5, 7, 4, 2);
  }

  private static RuleFixture fixture(
      Backend backend, Activation activation, Loss loss, PredictiveCoding rule) {
    return RuleFixture.plain(backend, spec(activation), loss, 3)
        .drawBiases(0.3, 31)
        .rule(rule)
        .drawBatch(32)
        .gradients();
  }

  private static PredictiveCoding rule(Inference inference, Convention convention) {
    return PredictiveCoding.of(inference)
        .withPrecisions(GAMMA)
        .withWeighting(Weighting.ENERGY)
        .withConvention(convention)
        .withEnergyTrace();
  }

  static Stream<Arguments> problems() {
    List<Arguments> problems = new ArrayList<>();
    for (String backend : RuleFixture.backends().toList()) {
      for (Convention convention : Convention.values()) {
        for (Loss loss : Loss.values()) {
          for (Activation activation : Activation.values()) {
            problems.add(Arguments.of(backend, convention, loss, activation));
          }
        }
      }
    }
    return problems.stream();
  }

  private static double[][] states(RuleFixture fixture, PlainPredictiveCoding plain) {
    double[][] v = plain.feedForward();
    for (int l = 1; l < LAST; l++) {
      v[l] = fixture.pc().state(l);
    }
    return v;
  }

  /**
   * V5: the (T+1)-th step moves the states by −rate · ∂F/∂v at the T-th; F agrees there; at the
   * feed-forward pass it is γ_L times the loss.
   */
  @ParameterizedTest
  @MethodSource("problems")
  void relaxationDescendsTheFreeEnergy(
      String backendName, Convention convention, Loss loss, Activation activation) {
    double rate = 0.2;
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture here =
            fixture(backend, activation, loss, rule(new Inference.Jacobi(4, rate), convention));
        RuleFixture next =
            fixture(backend, activation, loss, rule(new Inference.Jacobi(5, rate), convention))) {
      PlainPredictiveCoding plain = PlainPredictiveCoding.of(here, convention, loss, PLAIN_GAMMA);
      double[][] v = states(here, plain);
      for (int l = 1; l < LAST; l++) {
        double[] moved = Oracle.sum(next.pc().displacement(l), -1, here.pc().displacement(l));
        Oracle.close(
            Oracle.times(-1 / rate, moved),
            Oracle.differences(v[l], () -> plain.energy(v)),
            DIFFERENCE_TOLERANCE,
            "dF/dv" + l);
      }
      double energy = plain.energy(v);
      assertThat(Math.abs(here.pc().energy() - energy)).isLessThanOrEqualTo(TOLERANCE * energy);
      double start = 1.9 * plain.feedForwardLoss();
      assertThat(plain.energy(plain.feedForward())).isEqualTo(start);
      assertThat(Math.abs(here.pc().energies().getFirst() - start))
          .isLessThanOrEqualTo(TOLERANCE * start);
      assertThat(Math.abs(1.9 * 3 * here.pc().loss() - start))
          .isLessThanOrEqualTo(TOLERANCE * start);
    }
  }

  /** V5: energy-weighted gradients are ∂F/∂W and ∂F/∂b at the final states, over the batch size. */
  @ParameterizedTest
  @MethodSource("problems")
  void weightsDescendTheFreeEnergy(
      String backendName, Convention convention, Loss loss, Activation activation) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
      for (Inference inference :
          List.of(new Inference.Jacobi(4, 0.2), new Inference.Sequential(2, 0.3))) {
        try (RuleFixture fixture =
            fixture(backend, activation, loss, rule(inference, convention))) {
          PlainPredictiveCoding plain =
              PlainPredictiveCoding.of(fixture, convention, loss, PLAIN_GAMMA);
          double[][] v = states(fixture, plain);
          for (int l = 1; l <= LAST; l++) {
            Oracle.close(
                fixture.weightGradient(l),
                Oracle.differences(plain.weight(l), () -> plain.energy(v) / 3),
                DIFFERENCE_TOLERANCE,
                inference + " dF/dW" + l);
            Oracle.close(
                fixture.biasGradient(l),
                Oracle.differences(plain.bias(l), () -> plain.energy(v) / 3),
                DIFFERENCE_TOLERANCE,
                inference + " dF/db" + l);
          }
        }
      }
    }
  }

  /** V25: displacements and errors are those of the relaxation with stored states. */
  @ParameterizedTest
  @MethodSource("problems")
  void displacementFormIsTheStateForm(
      String backendName, Convention convention, Loss loss, Activation activation) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
      for (Inference inference :
          List.of(
              new Inference.Jacobi(1, 0.5),
              new Inference.Jacobi(9, 0.2),
              new Inference.Sequential(1, 1),
              new Inference.Sequential(3, 0.3))) {
        try (RuleFixture fixture =
            fixture(backend, activation, loss, rule(inference, convention))) {
          PlainPredictiveCoding plain =
              PlainPredictiveCoding.of(fixture, convention, loss, PLAIN_GAMMA);
          double[][] v =
              switch (inference) {
                case Inference.Jacobi jacobi -> plain.jacobi(jacobi.steps(), jacobi.rate());
                case Inference.Sequential sweeps ->
                    plain.sequential(sweeps.sweeps(), sweeps.rate());
                default -> throw new AssertionError(inference);
              };
          for (int l = 1; l <= LAST; l++) {
            if (l < LAST) {
              Oracle.close(fixture.pc().state(l), v[l], TOLERANCE, inference + " v" + l);
            }
            Oracle.close(fixture.pc().error(l), plain.error(l, v), TOLERANCE, inference + " e" + l);
          }
        }
      }
    }
  }

  static Stream<Arguments> descents() {
    return RuleFixture.backends()
        .flatMap(
            backend ->
                Stream.of(
                        new Inference.Jacobi(600, 0.1),
                        new Inference.Jacobi(600, 0.03),
                        new Inference.Sequential(200, 0.3),
                        new Inference.Sequential(200, 0.1))
                    .map(inference -> Arguments.of(backend, inference)));
  }

  /**
   * V6: F never rises, neither in a synchronous step of rate up to 0.1 nor in a visit of rate up to
   * 0.3, on networks of unit weight variance. Slack 1e-12 F: F is a sum of a hundred terms.
   */
  @ParameterizedTest
  @MethodSource("descents")
  void freeEnergyNeverRises(String backendName, Inference inference) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64)) {
      for (Loss loss : Loss.values()) {
        NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 5, 33, 33, 33, 3);
        try (RuleFixture fixture =
            RuleFixture.plain(backend, spec, loss, 4)
                .drawBiases(0.1, 41)
                .rule(PredictiveCoding.of(inference).withEnergyTrace())
                .drawBatch(42)
                .gradients()) {
          List<Double> energies = fixture.pc().energies();
          for (int t = 1; t < energies.size(); t++) {
            assertThat(energies.get(t) - energies.get(t - 1))
                .as("rise of F at step %d of %s", t, inference)
                .isLessThanOrEqualTo(1e-12 * energies.get(t - 1));
          }
          assertThat(energies.getLast()).isPositive().isLessThan(0.9 * energies.getFirst());
        }
      }
    }
  }
}
