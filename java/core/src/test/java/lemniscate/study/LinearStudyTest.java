package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.optim.Optimizer;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.pc.Inference;
import lemniscate.study.LinearStudy.Measurement;
import lemniscate.study.LinearStudy.Quantity;
import lemniscate.train.StopSignal;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class LinearStudyTest {

  private static final List<Double> EXPONENTS = List.of(0.0, -0.5, -1.0);

  private static Parameterization literal(Scheme scheme) {
    return new Parameterization(
        scheme, Form.LITERAL, 1, 1, 1, new CreditRule.BackPropagation(), StepClass.SGD_LIKE);
  }

  private static LinearStudy study(
      Activation activation, List<Integer> widths, List<Double> exponents, Integer... steps) {
    return new LinearStudy(
        widths,
        List.of(literal(Scheme.SP), literal(Scheme.MUP)),
        exponents,
        List.of(steps),
        2,
        CoordinateStudy.Networks.perceptron(2, activation, false, 16),
        rules(1),
        50,
        3);
  }

  private static LinearStudy.Rules rules(double gammaLast) {
    return new LinearStudy.Rules(
        List.of(1.0),
        gammaLast,
        new Inference.Equilibrium(20_000, 0.2, 1e-11),
        new Optimizer.Sgd(),
        Optional.empty());
  }

  private static LinearStudy.Result run(LinearStudy study) {
    List<Integer> told = new ArrayList<>();
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64)) {
      LinearStudy.Result result =
          study
              .run(
                  backend,
                  MeasurementStore.unsaved(),
                  (done, total, width) -> told.add(done),
                  new StopSignal())
              .orElseThrow();
      assertThat(told).hasSize(study.size());
      return result;
    }
  }

  @Test
  void linearNetworksHaveTheExponentsOfTheTheory() {
    LinearStudy study = study(Activation.LINEAR, List.of(96, 192, 384), EXPONENTS, 0);
    LinearStudy.Result result = run(study);
    for (LinearStudy.Slope slope : result.slopes()) {
      if (slope.quantity() == Quantity.BP_GNT) {
        // Between random directions, so it varies most from seed to seed; here are only two.
        assertThat(slope.slope()).as(slope.toString()).isBetween(-1.5, -0.6);
      } else {
        assertThat(slope.misses()).as(slope.toString()).isFalse();
      }
    }
    // C, PC-BP and PC-GNT for six cases, BP-GNT for two schemes.
    assertThat(result.slopes()).hasSize(3 * 6 + 2);
    for (Measurement m : result.measurements()) {
      // V8: F at equilibrium is below that at the feed-forward pass.
      assertThat(m.directions().energyRatio()).isBetween(0.0, 1.0);
      // The last layer has the error of the output whatever the rule brings down.
      assertThat(m.directions().layers().getLast().bpGnt()).isLessThan(1e-25);
      assertThat(m.directions().layers()).hasSize(3);
    }
  }

  /** The closed form and the engine's relaxation, to 1e-8, wherever the relaxation is stable. */
  @Test
  void relaxationEndsInTheClosedForm() {
    LinearStudy.Result result = run(study(Activation.LINEAR, List.of(13, 31, 48), EXPONENTS, 0, 5));
    List<Measurement> relaxed =
        result.measurements().stream().filter(m -> m.rest() != null).toList();
    // First seed; three widths, two numbers of steps; three precisions under mup, one under sp.
    assertThat(relaxed).hasSize(3 * 2 * 4);
    for (Measurement m : relaxed) {
      assertThat(m.rest().converged()).as(m.toString()).isTrue();
      assertThat(m.rest().difference()).as(m.toString()).isLessThan(1e-8);
      assertThat(m.rest().pass()).isTrue();
    }
  }

  /**
   * NTK keeps in a multiplier what SP draws: the same effective weights, so the same directions.
   */
  @Test
  void storedWeightsDoNotMatter() {
    LinearStudy base = study(Activation.LINEAR, List.of(13, 31, 48), List.of(0.0), 0);
    LinearStudy both =
        new LinearStudy(
            base.widths(),
            List.of(literal(Scheme.SP), literal(Scheme.NTK)),
            base.gammaExponents(),
            base.steps(),
            1,
            base.network(),
            base.rules(),
            50,
            3);
    List<Measurement> found = run(both).measurements();
    for (Measurement m : found) {
      assertThat(m.rest().difference()).as(m.toString()).isLessThan(1e-8);
    }
    for (int i = 0; i < found.size(); i += 2) {
      Measurement sp = found.get(i);
      Measurement ntk = found.get(i + 1);
      assertThat(List.of(sp.scheme(), ntk.scheme())).containsExactly(Scheme.SP, Scheme.NTK);
      // Weights rounded after another product.
      assertThat(ntk.directions().all().pcBp())
          .isCloseTo(sp.directions().all().pcBp(), Percentage.withPercentage(1e-8));
      assertThat(ntk.directions().hidden().bpGnt())
          .isCloseTo(sp.directions().hidden().bpGnt(), Percentage.withPercentage(1e-8));
    }
  }

  @Test
  void aRelaxationThatDoesNotEndFails() {
    LinearStudy base = study(Activation.LINEAR, List.of(13, 31, 48), List.of(0.0), 0);
    LinearStudy hasty =
        new LinearStudy(
            base.widths(),
            base.parameterizations(),
            base.gammaExponents(),
            base.steps(),
            1,
            base.network(),
            new LinearStudy.Rules(
                List.of(1.0),
                1,
                new Inference.Equilibrium(3, 0.2, 1e-11),
                new Optimizer.Sgd(),
                Optional.empty()),
            50,
            3);
    LinearStudy.Result result = run(hasty);
    assertThat(result.measurements()).allMatch(m -> m.rest() != null && !m.rest().pass());
    assertThat(result.judgement()).isEqualTo(Judgement.FAIL);
  }

  /** Backpropagation and Gauss-Newton targets do not know γ; training moves all. */
  @Test
  void rulesAreComparedAtTheSameWeights() {
    LinearStudy.Result result = run(study(Activation.LINEAR, List.of(13, 31, 48), EXPONENTS, 0, 5));
    for (Measurement a : result.measurements()) {
      for (Measurement b : result.measurements()) {
        if (a.scheme() == b.scheme() && a.width() == b.width() && a.seed() == b.seed()) {
          boolean same = a.directions().hidden().bpGnt() == b.directions().hidden().bpGnt();
          assertThat(same).as("%s and %s", a, b).isEqualTo(a.step() == b.step());
        }
      }
    }
  }

  /** V9 in both kinds of network: the angle is of the order of γ_L, so 1 − cos of its square. */
  @Test
  void smallPrecisionsApproachBackpropagation() {
    for (Activation activation : List.of(Activation.LINEAR, Activation.TANH)) {
      double[] values = new double[2];
      for (int i = 0; i < 2; i++) {
        LinearStudy base = study(activation, List.of(13, 31, 48), List.of(0.0), 0);
        LinearStudy small =
            new LinearStudy(
                base.widths(),
                base.parameterizations(),
                base.gammaExponents(),
                base.steps(),
                1,
                base.network(),
                rules(i == 0 ? 1e-2 : 1e-3),
                0,
                3);
        values[i] = run(small).measurements().getFirst().directions().get(Quantity.PC_BP);
      }
      // The next order is γ_L times as large: a few per cent at 1e-2.
      assertThat(values[0] / values[1])
          .as(activation.configName())
          .isCloseTo(100, Percentage.withPercentage(10));
    }
  }

  /** Small weights into the first layer keep tanh where it is linear. */
  @Test
  void tanhNearZeroIsLinear() {
    double[] values = new double[2];
    for (int i = 0; i < 2; i++) {
      LinearStudy base =
          study(
              i == 0 ? Activation.LINEAR : Activation.TANH, List.of(13, 31, 48), List.of(-0.5), 0);
      Parameterization tiny =
          new Parameterization(
              Scheme.MUP,
              Form.LITERAL,
              1,
              1e-3,
              1e3,
              new CreditRule.BackPropagation(),
              StepClass.SGD_LIKE);
      LinearStudy small =
          new LinearStudy(
              base.widths(),
              List.of(tiny),
              base.gammaExponents(),
              base.steps(),
              1,
              base.network(),
              rules(1e-4),
              0,
              3);
      LinearStudy.Directions found = run(small).measurements().getFirst().directions();
      values[i] = found.get(Quantity.BP_GNT) + found.get(Quantity.PRECONDITIONER);
    }
    // tanh u = u (1 − u²/3), with u of order 1e-3.
    assertThat(values[1]).isCloseTo(values[0], Percentage.withPercentage(1e-3));
  }

  @Test
  void tanhLeavesOutWhatCannotRelax() {
    LinearStudy study = study(Activation.TANH, List.of(13, 31, 48), EXPONENTS, 0);
    assertThat(study.cases())
        .extracting(c -> c.parameterization().scheme() + " " + c.gammaExponent())
        .containsExactly("SP 0.0", "MUP 0.0", "MUP -0.5", "MUP -1.0");
    LinearStudy.Result result = run(study);
    assertThat(result.measurements())
        .hasSize(4 * 3 * 2)
        .allMatch(m -> m.rest() != null && m.rest().converged());
    assertThat(result.measurements())
        .allMatch(m -> Double.isNaN(m.rest().difference()) && m.rest().pass());
  }

  @Test
  void refusesWhatCannotBeCompared() {
    List<Integer> widths = List.of(13, 31, 48);
    refused("at least 3 widths", () -> study(Activation.LINEAR, List.of(13, 31), EXPONENTS, 0));
    refused(
        "narrower than the 10", () -> study(Activation.LINEAR, List.of(5, 31, 48), EXPONENTS, 0));
    refused("each once", () -> study(Activation.LINEAR, widths, List.of(0.0, -0.0), 0));
    refused("finite", () -> study(Activation.LINEAR, widths, List.of(Double.NaN), 0));
    refused("gamma exponents []", () -> study(Activation.LINEAR, widths, List.of(), 0));
    refused("steps [5, 1]", () -> study(Activation.LINEAR, widths, EXPONENTS, 5, 1));
    refused("steps [-1]", () -> study(Activation.LINEAR, widths, EXPONENTS, -1));
    refused("steps []", () -> study(Activation.LINEAR, widths, EXPONENTS));
    refused("net.activation is relu", () -> study(Activation.RELU, widths, EXPONENTS, 0));
    refused(
        "pc.gamma has 3 numbers for 2",
        () ->
            new LinearStudy(
                widths,
                List.of(literal(Scheme.MUP)),
                EXPONENTS,
                List.of(0),
                1,
                CoordinateStudy.Networks.perceptron(2, Activation.LINEAR, false, 16),
                new LinearStudy.Rules(
                    List.of(1.0, 2.0, 3.0),
                    1,
                    new Inference.Equilibrium(100, 0.2, 1e-11),
                    new Optimizer.Sgd(),
                    Optional.empty()),
                0,
                3));
    refused("gamma exponents [-2.0]", () -> study(Activation.TANH, widths, List.of(-2.0), 0));
  }

  private static void refused(String message, java.util.concurrent.Callable<?> study) {
    assertThatThrownBy(study::call)
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(message);
  }
}
