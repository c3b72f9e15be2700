package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Weighting;
import lemniscate.train.Experiment;
import org.junit.jupiter.api.Test;

/** The description of the rule, before it meets a network. */
final class PredictiveCodingTest {

  /** As runs from before there was a depth exponent have it in their checkpoints. */
  @Test
  void namesItselfAsEver() {
    PredictiveCoding rule = PredictiveCoding.jacobi(20, 0.1);
    assertThat(rule)
        .hasToString(
            "PredictiveCoding[inference=Jacobi[steps=20, rate=0.1],"
                + " precisions=Precisions[hidden=[1.0], last=1.0], gammaExponent=0.0,"
                + " weighting=UNWEIGHTED, convention=B, energyTrace=false]");
    assertThat(rule.withGammaDepthExponent(1).toString())
        .contains("gammaExponent=0.0, gammaDepthExponent=1.0, weighting");
  }

  @Test
  void readsTheDepthExponent() {
    Config config =
        Config.defaults()
            .withAssignment("pc.gammaExponent=-1", "test")
            .withAssignment("pc.gammaDepthExponent=1", "test");
    assertThat(Experiment.rule(config).creditRule())
        .isEqualTo(new CreditRule.PredictiveCoding(-1, 1, Weighting.UNWEIGHTED));
    Config zil =
        Config.defaults()
            .withAssignment("pc.scheme=zil", "test")
            .withAssignment("pc.gammaDepthExponent=1", "test");
    assertThatThrownBy(() -> Experiment.rule(zil))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("pc.gammaDepthExponent 1.0");
  }
}
