package lemniscate.invariant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.mup.Form;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.StepClass;
import lemniscate.mup.Weighting;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.pc.Inference;
import lemniscate.rule.pc.Precisions;
import lemniscate.rule.pc.PredictiveCoding;
import org.junit.jupiter.api.Test;

/**
 * Invariant V27: incremental predictive coding under μP. With γ̄ = −1 the largest stable learning
 * rate is the same at every width; with γ̄ = 0 it shrinks, because the hidden regressions on states
 * that persist have a curvature of order M^(1+γ̄).
 *
 * <p>Stable means: 30 updates on one batch bring its loss below a tenth. Measured, stable runs end
 * below 0.03 and unstable ones above 6 or in NaN; between the rates used here and the next ones
 * tried (a factor 3 to either side) nothing changes sides but what the test says.
 */
final class IncrementalStabilityTest {

  private static final int BASE_WIDTH = 64;

  /** Loss after 30 updates over the loss before. */
  private static double lossRatio(int width, double gammaExponent, double learningRate) {
    PredictiveCoding rule =
        PredictiveCoding.of(new Inference.Incremental(30, 0.1))
            .withGammaExponent(gammaExponent)
            .withWeighting(Weighting.ENERGY)
            .withPrecisions(Precisions.UNIT);
    Parameterization parameterization =
        new Parameterization(
            Scheme.MUP,
            Form.RELATIVE,
            BASE_WIDTH,
            1,
            1 / Math.sqrt(BASE_WIDTH),
            rule.creditRule(),
            StepClass.SGD_LIKE);
    NetworkSpec spec = NetworkSpec.mlp(10, width, 3, 3, Activation.TANH);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP64);
        RuleFixture fixture =
            RuleFixture.scaled(backend, spec, parameterization, new Optimizer.Sgd(), Loss.MSE, 8, 5)
                .rule(rule)
                .drawBatch(6)) {
      double before = fixture.gradients().step().loss();
      return fixture.train(learningRate, 1).gradients().step().loss() / before;
    }
  }

  @Test
  void stabilityLimitIsFlatInTheWidthForGrowingPrecisionOnly() {
    for (int width : List.of(64, 512)) {
      assertThat(lossRatio(width, -1, 1)).as("γ̄ = −1, width %d", width).isLessThan(0.1);
      // NaN counts as divergence.
      assertThat(lossRatio(width, -1, 3) < 1).as("γ̄ = −1, width %d, 3 η′", width).isFalse();
    }
    assertThat(lossRatio(64, 0, 1)).as("γ̄ = 0, width 64").isLessThan(0.1);
    assertThat(lossRatio(512, 0, 1) < 1).as("γ̄ = 0, width 512").isFalse();
    assertThat(lossRatio(512, 0, 0.1)).as("γ̄ = 0, width 512, η′/10").isLessThan(0.1);
  }
}
