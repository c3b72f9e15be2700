package lemniscate.rule.pc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.CreditRule;
import lemniscate.mup.Weighting;
import lemniscate.train.Experiment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The description of the rule, before it meets a network. */
final class PredictiveCodingTest {

  private static final Pattern KEY_AND_VALUE =
      Pattern.compile("(pc\\.[a-zA-Z]+)(?: ([A-Za-z0-9.]+))?");

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

  /** What is said to help must be something that can be set. */
  @ParameterizedTest
  @MethodSource("inferences")
  void remediesNameKeysAndValuesThatThereAre(Inference inference) {
    for (int units : List.of(3, 34)) {
      String remedy = PredictiveCoding.of(inference).creditRemedy(units).orElse("");
      Matcher named = KEY_AND_VALUE.matcher(remedy);
      while (named.find()) {
        String value = named.group(2) == null ? "" : named.group(2);
        assertThatCode(() -> ConfigSchema.key(named.group(1), "remedy")).doesNotThrowAnyException();
        if (value.matches("[0-9.]+|auto|error|fpa|NaN")) {
          String assignment = named.group(1) + "=" + value;
          assertThatCode(() -> Config.defaults().withAssignment(assignment, "remedy"))
              .doesNotThrowAnyException();
        }
      }
    }
  }

  static Stream<Inference> inferences() {
    return Stream.of(
        new Inference.Jacobi(20, 0.1),
        Inference.Jacobi.atStableRate(20),
        new Inference.Sequential(3, 0.1),
        new Inference.FixedPrediction(3, 1),
        new Inference.ZeroDivergence(),
        new Inference.Incremental(3, 0.1),
        new Inference.Equilibrium(100, 0.1, 1e-6),
        new Inference.Errors(2, 0.5),
        new Inference.AugmentedLagrangian(
            3, 0.2, 1, Inference.AugmentedLagrangian.Order.JACOBI, 1.5));
  }
}
