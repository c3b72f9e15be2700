package lemniscate.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class NetworkTest {

  /** 6000 entries: 1 % for the deviation, and of a uniform one the largest is √3 of it. */
  @ParameterizedTest
  @EnumSource
  void initialWeightsHaveTheirDeviation(InitialDistribution distribution) {
    NetworkSpec spec =
        RuleFixture.spec(Activation.TANH, false, 60, 100, 3).withDistribution(distribution);
    try (Backend backend = RuleFixture.open("cpu", Precision.FP32);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, 1)) {
      double[] w = fixture.parameterValues().getFirst();
      double expected = fixture.network().layer(1).weight().scaling().initStd();
      double deviation = Math.sqrt(Arrays.stream(w).map(v -> v * v).average().orElseThrow());
      assertThat(deviation).isBetween(0.97 * expected, 1.03 * expected);
      double largest = Oracle.largest(w) / expected;
      if (distribution == InitialDistribution.UNIFORM) {
        assertThat(largest).isBetween(0.99 * Math.sqrt(3), Math.sqrt(3) + 1e-6);
      } else {
        assertThat(largest).isGreaterThan(3);
      }
    }
  }
}
