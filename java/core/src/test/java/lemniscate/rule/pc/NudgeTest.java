package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.LearningRule;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.train.Experiment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nudging: what it converges to, and in which order of β. */
final class NudgeTest {

  private static final Inference RELAXED = new Inference.Jacobi(3000, 0.2);
  private static final NetworkSpec TANH = RuleFixture.spec(Activation.TANH, true, 3, 5, 4, 2);

  private static RuleFixture fixture(
      Backend backend, NetworkSpec spec, Loss loss, LearningRule rule) {
    return RuleFixture.plain(backend, spec, loss, 3)
        .drawVectors(0.3, 4)
        .rule(rule)
        .drawBatch(5)
        .gradients();
  }

  private static List<double[]> gradients(NetworkSpec spec, Loss loss, LearningRule rule) {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = fixture(backend, spec, loss, rule)) {
      return fixture.parameterGradients();
    }
  }

  private static PredictiveCoding nudged(
      Inference inference, Nudge.Form form, double strength, Nudge.Phase phase) {
    return PredictiveCoding.of(inference).withNudge(new Nudge(form, strength, phase));
  }

  private static double distance(List<double[]> a, List<double[]> b) {
    double sum = 0;
    for (int p = 0; p < a.size(); p++) {
      for (int i = 0; i < a.get(p).length; i++) {
        sum += Math.pow(a.get(p)[i] - b.get(p)[i], 2);
      }
    }
    return Math.sqrt(sum);
  }

  private static double order(
      Nudge.Form form, Nudge.Phase phase, Loss loss, double strength, List<double[]> limit) {
    double[] errors = new double[2];
    for (int i = 0; i < 2; i++) {
      errors[i] =
          distance(gradients(TANH, loss, nudged(RELAXED, form, strength / (1 << i), phase)), limit);
    }
    return Math.log(errors[0] / errors[1]) / Math.log(2);
  }

  /** V74: the gradient of weak nudging is BP's up to β, and of its centred form up to β². */
  @Test
  void weakNudgingTendsToBackpropagation() {
    for (Loss loss : Loss.values()) {
      List<double[]> bp = gradients(TANH, loss, new BackPropagation());
      for (Nudge.Phase phase : Nudge.Phase.values()) {
        boolean centred = phase == Nudge.Phase.CENTRED;
        assertThat(order(Nudge.Form.WEAK, phase, loss, 0.02, bp))
            .as(loss + " " + phase)
            .isCloseTo(centred ? 2 : 1, within(centred ? 0.3 : 0.1));
      }
    }
  }

  /** V74: clamped nudging tends to a limit of its own, in the same orders. */
  @Test
  void clampedNudgingTendsToALimitOfItsOwn() {
    List<double[]> limit =
        gradients(TANH, Loss.MSE, nudged(RELAXED, Nudge.Form.CLAMPED, 1e-4, Nudge.Phase.CENTRED));
    List<double[]> bp = gradients(TANH, Loss.MSE, new BackPropagation());
    assertThat(distance(limit, bp)).isGreaterThan(1e-2);
    for (Nudge.Phase phase : Nudge.Phase.values()) {
      boolean centred = phase == Nudge.Phase.CENTRED;
      assertThat(order(Nudge.Form.CLAMPED, phase, Loss.MSE, 0.2, limit))
          .as("" + phase)
          .isCloseTo(centred ? 2 : 1, within(centred ? 0.3 : 0.1));
    }
  }

  /**
   * V75: in linear networks centred clamped gradients are the same at every β: those of BP with (I
   * + C)⁻¹ (y − f), the equilibrium's output error, in the place of y − f. 1e-11: the relaxation
   * has come to rest, and differences of order 1 are divided by β = 0.01.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.01})
  void linearClampedGradientsDoNotDependOnTheStrength(double strength) {
    NetworkSpec spec = RuleFixture.spec(Activation.LINEAR, false, 3, 5, 4, 2);
    List<double[]> found =
        gradients(
            spec, Loss.MSE, nudged(RELAXED, Nudge.Form.CLAMPED, strength, Nudge.Phase.CENTRED));
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture settled = fixture(backend, spec, Loss.MSE, PredictiveCoding.of(RELAXED))) {
      PcStep step = settled.pc();
      List<double[]> expected = new ArrayList<>();
      for (int l = 1; l <= spec.layers(); l++) {
        double[] below = backend.read(l == 1 ? step.input() : step.forward().activity(l - 1));
        double[] error = step.error(l);
        int fanIn = below.length / 3;
        int fanOut = error.length / 3;
        double[] gradient = new double[fanIn * fanOut];
        for (int b = 0; b < 3; b++) {
          for (int o = 0; o < fanOut; o++) {
            for (int i = 0; i < fanIn; i++) {
              gradient[o * fanIn + i] -= error[b * fanOut + o] * below[b * fanIn + i] / 3;
            }
          }
        }
        expected.add(gradient);
      }
      Oracle.close(found, expected, 1e-11, "gradient of layer");
    }
  }

  /** The full target is the target; 1e-13: sums in another order. */
  @Test
  void clampedAtOneIsNoNudging() {
    SmallStacks.of(Activation.TANH)
        .forEach(
            (name, spec) -> {
              for (Inference inference :
                  List.of(
                      new Inference.Jacobi(7, 0.1),
                      new Inference.Sequential(2, 0.2),
                      new Inference.FixedPrediction(4, 0.3))) {
                Oracle.close(
                    gradients(
                        spec,
                        Loss.MSE,
                        nudged(inference, Nudge.Form.CLAMPED, 1, Nudge.Phase.POSITIVE)),
                    gradients(spec, Loss.MSE, PredictiveCoding.of(inference)),
                    1e-13,
                    name + " " + inference);
              }
            });
  }

  /** Two relaxations in one batch are those of two steps, searches on the host included. */
  @Test
  void centredIsTheMeanOfThePhases() {
    for (Nudge.Form form : Nudge.Form.values()) {
      for (Inference inference :
          List.of(
              new Inference.Jacobi(7, 0.1, new Momentum(Momentum.Form.HEAVY_BALL, 0.5)),
              new Inference.Sequential(2, 0.2),
              new Inference.Equilibrium(60, 0.1, 1e-9))) {
        NetworkSpec spec = SmallStacks.of(Activation.TANH).get("residual");
        List<double[]> plus =
            gradients(spec, Loss.MSE, nudged(inference, form, 0.2, Nudge.Phase.POSITIVE));
        List<double[]> minus =
            gradients(spec, Loss.MSE, nudged(inference, form, 0.2, Nudge.Phase.NEGATIVE));
        List<double[]> mean = new ArrayList<>();
        for (int p = 0; p < plus.size(); p++) {
          mean.add(Oracle.times(0.5, Oracle.sum(plus.get(p), 1, minus.get(p))));
        }
        List<double[]> centred =
            gradients(spec, Loss.MSE, nudged(inference, form, 0.2, Nudge.Phase.CENTRED));
        Oracle.close(centred, mean, 1e-13, form + " " + inference);
        assertThat(distance(plus, minus)).isGreaterThan(1e-6);
      }
    }
  }

  /**
   * The objective of two relaxations makes the first of them once more; a check compares with the
   * gradients that it finds afterwards, and the next step is as if nobody had asked.
   */
  @Test
  void askingForTheObjectiveChangesNothing() {
    for (Inference inference :
        List.of(
            new Inference.Jacobi(7, 0.1),
            Inference.Jacobi.atStableRate(5),
            new Inference.Equilibrium(60, 0.1, 1e-9))) {
      LearningRule rule = nudged(inference, Nudge.Form.CLAMPED, 0.2, Nudge.Phase.CENTRED);
      try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
          RuleFixture fixture = fixture(backend, TANH, Loss.MSE, rule)) {
        List<double[]> before = fixture.parameterGradients();
        double[] error = fixture.pc().error(1);
        double value = fixture.step().objective().value(fixture.parameterValues());
        Oracle.close(fixture.parameterGradients(), before, 0, inference + ", parameter");
        assertThat(fixture.pc().error(1)).isEqualTo(error);
        assertThat(fixture.step().objective().value(fixture.parameterValues())).isEqualTo(value);
      }
    }
  }

  private static LearningRule rule(String... assignments) {
    Config config = Config.defaults();
    for (String assignment : assignments) {
      config = config.withAssignment(assignment, "test");
    }
    return Experiment.rule(config.checked());
  }

  @Test
  void isReadFromConfigurations() {
    assertThat(
            ((PredictiveCoding)
                    rule("pc.nudge=weak", "pc.nudgeStrength=0.2", "pc.nudgePhase=centred"))
                .nudge())
        .isEqualTo(new Nudge(Nudge.Form.WEAK, 0.2, Nudge.Phase.CENTRED));
    assertThat(((PredictiveCoding) rule()).nudge()).isEqualTo(Nudge.NONE);
  }

  @Test
  void isRefusedWhereItIsUndefined() {
    assertThatThrownBy(() -> rule("pc.nudge=clamped", "loss=ce"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.nudge clamped with loss ce");
    for (String scheme : List.of("zil", "ipc")) {
      assertThatThrownBy(() -> rule("pc.nudge=weak", "pc.scheme=" + scheme))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("pc.nudge weak with pc.scheme " + scheme);
    }
    assertThatThrownBy(() -> rule("pc.nudge=weak", "pc.nudgeStrength=-0.1"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.nudgeStrength");
    assertThatThrownBy(() -> new Nudge(Nudge.Form.WEAK, 0, Nudge.Phase.POSITIVE))
        .isInstanceOf(BadInputException.class);
  }
}
