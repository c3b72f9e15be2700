package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.network.Parameter;
import lemniscate.network.Unit;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Predictive coding from a direct start, beside the golden vectors. */
final class DirectStartTest {

  private static final int BATCH = 5;

  private static RuleFixture fixture(Backend backend, NetworkSpec spec, Inference scheme) {
    return RuleFixture.plain(backend, spec, Loss.MSE, BATCH)
        .drawVectors(0.3, 3)
        .rule(PredictiveCoding.of(scheme))
        .drawBatch(4);
  }

  // h_l of all units, from 0, in plain double precision.
  private static List<double[]> activities(RuleFixture fixture, List<List<double[]>> parameters) {
    List<double[]> all = new ArrayList<>();
    double[] activity = fixture.backend().read(fixture.step().input());
    all.add(activity);
    for (Unit unit : fixture.network().units()) {
      activity = unit.oracle().predict(activity, parameters.get(unit.index() - 1), BATCH);
      all.add(activity);
    }
    return all;
  }

  private static List<List<double[]>> parameters(RuleFixture fixture) {
    return fixture.network().units().stream()
        .map(
            unit ->
                unit.parameters().stream()
                    .map(Parameter::value)
                    .map(fixture.backend()::read)
                    .toList())
        .toList();
  }

  /**
   * V78: without a step e_l = −(μ_l(h; W′) − μ_l(h; W)) with W′ as the first update left it, so the
   * second pulls it back. W′ is what the same step leaves at so small a second rate that it is
   * lost. 1e-12: sums of some ten products of order 1, in another order.
   */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void errorsAreWhatTheFirstUpdateHasChanged(String name) {
    try (Backend backend = RuleFixture.open(name, Precision.FP64)) {
      for (NetworkSpec spec :
          List.of(
              RuleFixture.spec(Activation.TANH, true, 3, 5, 4, 2),
              SmallStacks.of(Activation.TANH).get("residual"),
              SmallStacks.of(Activation.TANH).get("conv"))) {
        double tiny = 1e-18;
        Inference scheme = new Inference.DirectStart(0, 0.1, 0.2 / tiny, 1, 1);
        try (RuleFixture fixture = fixture(backend, spec, scheme)) {
          List<List<double[]>> before = parameters(fixture);
          List<double[]> h = activities(fixture, before);
          fixture.train(tiny, 1);
          List<List<double[]>> after = parameters(fixture);
          for (int l = 1; l < spec.layers(); l++) {
            double[] moved =
                fixture.network().unit(l).oracle().predict(h.get(l - 1), after.get(l - 1), BATCH);
            double[] expected = Oracle.sum(h.get(l), -1, moved);
            assertThat(Oracle.largest(expected)).as("moves of layer %d", l).isGreaterThan(1e-3);
            Oracle.close(fixture.pc().error(l), expected, 1e-12, "e " + l);
          }
        }
      }
    }
  }

  /** From 0 the first step has no direct update, and is one of Jacobi. */
  @Test
  void theFirstStepFromZeroIsJacobi() {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, true, 3, 5, 4, 2);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture direct = fixture(backend, spec, new Inference.DirectStart(3, 0.1, 1, 1, 0));
        RuleFixture jacobi = fixture(backend, spec, new Inference.Jacobi(3, 0.1))) {
      direct.train(0.05, 1);
      jacobi.train(0.05, 1);
      Oracle.close(
          direct.parameterValues(), jacobi.parameterValues(), 1e-13, "parameters of Jacobi");
      assertThat(backend.read(direct.pc().feedback(1))).isNotEqualTo(new double[10]);
    }
  }

  @Test
  void refusesWhatItHasNot() {
    PredictiveCoding rule = PredictiveCoding.of(new Inference.DirectStart(1, 0.1));
    assertThatThrownBy(() -> rule.withConvention(Convention.A))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.convention a with pc.scheme dkp");
    assertThatThrownBy(() -> rule.withPrecisions(new Precisions(List.of(1.0), 2)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.scheme dkp needs all precisions 1");
    assertThatThrownBy(
            () ->
                rule.withNudge(new Nudge(Nudge.Form.WEAK, 0.1, Nudge.Phase.POSITIVE))
                    .withWeighting(Weighting.ENERGY))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.nudge weak with pc.scheme dkp");
    assertThatThrownBy(() -> rule.withUpdate(WeightUpdate.FORWARD))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.update forward with pc.scheme dkp");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.POSITIVE_INFINITY, Double.NaN})
  void refusesRates(double rate) {
    assertThatThrownBy(() -> new Inference.DirectStart(1, 0.1, rate, 1, 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.dkpRate");
    assertThatThrownBy(() -> new Inference.DirectStart(1, 0.1, 1, rate, 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.dkpMapRate");
  }
}
