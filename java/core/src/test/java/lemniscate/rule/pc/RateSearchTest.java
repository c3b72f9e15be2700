package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.SmallStacks;
import lemniscate.train.Experiment;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The measured rate of the relaxation. */
final class RateSearchTest {

  private static final double[] GAMMA = {Double.NaN, 0.8, 1.3, 0.7};

  private static PredictiveCoding rule(Convention convention, Momentum momentum) {
    return PredictiveCoding.of(Inference.Jacobi.atStableRate(8).with(momentum))
        .withPrecisions(new Precisions(List.of(GAMMA[1], GAMMA[2]), GAMMA[3]))
        .withConvention(convention);
  }

  private static RuleFixture fixture(Backend backend, int batch, PredictiveCoding rule) {
    return RuleFixture.plain(
            backend, RuleFixture.spec(Activation.TANH, true, 3, 5, 4, 2), Loss.MSE, batch)
        .drawBiases(0.3, 4)
        .rule(rule)
        .drawBatch(5);
  }

  /**
   * V67: against the Hessian by central differences of the states' gradients, which leave 1e-9, at
   * enough iterations. In convention A the differences also see φ″ of the last hidden unit, which
   * the search leaves out.
   */
  @Test
  void findsTheLargestEigenvalueOfTheHessian() {
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = fixture(backend, 1, rule(Convention.B, Momentum.NONE))) {
      PlainPredictiveCoding plain =
          PlainPredictiveCoding.of(fixture, Convention.B, Loss.MSE, GAMMA);
      RealMatrix hessian = new Array2DRowRealMatrix(9, 9);
      double step = 1e-4;
      for (int column = 0; column < 9; column++) {
        double[] high = gradient(plain, column, step);
        double[] low = gradient(plain, column, -step);
        for (int row = 0; row < 9; row++) {
          hessian.setEntry(row, column, (high[row] - low[row]) / (2 * step));
        }
      }
      RealMatrix symmetric = hessian.add(hessian.transpose()).scalarMultiply(0.5);
      double largest = new EigenDecomposition(symmetric).getRealEigenvalues()[0];
      double[] found = fixture.pc().largestEigenvalues(normals(5, 4), 3000);
      assertThat(found[0]).isCloseTo(largest, within(1e-7));
    }
  }

  private static double[] gradient(PlainPredictiveCoding plain, int place, double step) {
    double[][] v = plain.feedForward();
    int l = place < 5 ? 1 : 2;
    v[l][place - (l - 1) * 5] += step;
    double[] all = new double[9];
    System.arraycopy(plain.stateGradient(1, v), 0, all, 0, 5);
    System.arraycopy(plain.stateGradient(2, v), 0, all, 5, 4);
    return all;
  }

  private static List<double[]> normals(int... counts) {
    List<double[]> all = new ArrayList<>();
    for (int count : counts) {
      all.add(RuleFixture.normals(8, all.size(), count));
    }
    return all;
  }

  /** The rate is 0.9 of the limit and falls when the weights have grown, after 100 updates. */
  @ParameterizedTest
  @EnumSource(Convention.class)
  void followsTheWeightsEveryHundredUpdates(Convention convention) {
    Momentum momentum = new Momentum(Momentum.Form.NESTEROV, 0.5);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture = fixture(backend, 3, rule(convention, momentum))) {
      PcStep step = fixture.pc();
      assertThat(step.rate()).isZero();
      fixture.gradients();
      assertThat(step.rate()).as("gradients alone leave the state").isZero();
      fixture.train(0, 1);
      double first = step.rate();
      double[] eigenvalues = step.largestEigenvalues(normals(15, 12), 400);
      double largest = Math.max(eigenvalues[0], Math.max(eigenvalues[1], eigenvalues[2]));
      // Twelve iterations from other displacements are at most 10 % low.
      assertThat(first).isBetween(0.9 * 1.5 / largest, 1.1 * 0.9 * 1.5 / largest);
      List<double[]> weights = fixture.parameterValues();
      for (double[] array : weights) {
        for (int i = 0; i < array.length; i++) {
          array[i] *= 3;
        }
      }
      fixture.parameters(weights).train(0, 99);
      assertThat(step.rate()).isEqualTo(first);
      fixture.train(0, 1);
      assertThat(step.rate()).isLessThan(first / 1.5).isGreaterThan(0);
      assertThat(step.state().keySet()).containsExactly("pc.rate", "pc.rateAge");
      assertThat(step.diagnostics()).containsEntry("relaxationRate", step.rate());
    }
  }

  /** Every kind of layer: at the measured rate a long relaxation of any stack stays finite. */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FP64", "FP32"})
  void stacksRelaxAtIt(Precision precision) {
    SmallStacks.of(Activation.TANH)
        .forEach(
            (name, spec) -> {
              try (Backend backend = RuleFixture.open("cpu", precision);
                  RuleFixture fixture =
                      RuleFixture.plain(backend, spec, Loss.CROSS_ENTROPY, 3)
                          .rule(PredictiveCoding.of(Inference.Jacobi.atStableRate(200)))
                          .drawBatch(9)) {
                fixture.train(0, 1);
                assertThat(fixture.pc().rate()).as(name).isBetween(0.05, 1.0);
                assertThat(fixture.pc().energy()).as(name).isBetween(0.0, 3 * 5.0);
              }
            });
  }

  /**
   * PC-ALM's limit is 4/(λ (2 + α/ρ)), Jacobi's 2/λ, of the same λ: with ρ = α = 1 the rates are as
   * 2 to 3. 1e-9: λ of 2⁻⁴⁰ long displacements, whose second order is gone.
   */
  @ParameterizedTest
  @EnumSource(Convention.class)
  void multipliersTakeTheirOwnLimit(Convention convention) {
    Inference multipliers =
        new Inference.AugmentedLagrangian(
            0, Double.NaN, 1, Inference.AugmentedLagrangian.Order.JACOBI, 1.5);
    Precisions precisions = new Precisions(List.of(1.0), GAMMA[3]);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture jacobi =
            fixture(
                backend,
                3,
                PredictiveCoding.of(Inference.Jacobi.atStableRate(8))
                    .withPrecisions(precisions)
                    .withConvention(convention));
        RuleFixture alm =
            fixture(
                backend,
                3,
                PredictiveCoding.of(multipliers)
                    .withPrecisions(precisions)
                    .withConvention(convention))) {
      jacobi.train(0, 1);
      alm.train(0, 1);
      assertThat(alm.pc().halvings()).isZero();
      assertThat(alm.pc().rate())
          .isCloseTo(jacobi.pc().rate() * 2 / 3, within(1e-9))
          .isBetween(0.05, 0.5);
      assertThat(alm.pc().state().keySet()).containsExactly("pc.rate", "pc.rateAge");
      List<double[]> weights = alm.parameterValues();
      weights.forEach(array -> Arrays.setAll(array, i -> 2 * array[i]));
      double first = alm.pc().rate();
      alm.parameters(weights).train(0, 99);
      assertThat(alm.pc().rate()).isEqualTo(first);
      alm.train(0, 1);
      assertThat(alm.pc().rate()).isLessThan(first).isGreaterThan(0);
    }
  }

  @Test
  void isRefusedElsewhere() {
    Config config = Config.defaults().withAssignment("pc.rate=auto", "test");
    assertThat(Experiment.rule(config.checked()))
        .isEqualTo(PredictiveCoding.of(Inference.Jacobi.atStableRate(20)));
    for (String other : List.of("pc.scheme=si", "pc.scheme=equilibrium", "pc.precision=spiking")) {
      assertThatThrownBy(() -> Experiment.rule(config.withAssignment(other, "test").checked()))
          .as(other)
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("pc.rate auto with " + other.replace('=', ' '));
    }
    Config multipliers = config.withAssignment("pc.scheme=alm", "test");
    assertThatThrownBy(multipliers::checked)
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("use pc.almRate auto");
    assertThatThrownBy(() -> new Inference.Sequential(1, Double.NaN))
        .isInstanceOf(BadInputException.class);
  }
}
