package lemniscate.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class TrialCostsTest {

  private static TrialCosts of(String yaml, SharedData data) {
    SweepSpec spec = SweepSpec.of(yaml, "costs");
    return TrialCosts.of(Shard.ALL.of(spec), data);
  }

  /** Three hidden layers outweigh an input of 32 features. */
  @Test
  void costsGrowWithTheSquareOfTheWidthAndWithTheInference() {
    TrialCosts costs =
        of(
            """
            base: {data.name: synthetic, data.train: 64, data.test: 16, train.batch: 32,
              train.steps: 4000, backend: reference, net.depth: 3}
            grid:
              rule: [bp, pc]
              net.width: [256, 512]
            """,
            new SharedData());
    double narrow = costs.of(0);
    double wide = costs.of(1);
    assertThat(wide / narrow).isBetween(2.5, 4.2);
    // Twenty steps of relaxation, with two products each of backpropagation's three.
    assertThat(costs.of(3) / wide).isBetween(5.0, 20.0);
    assertThat(costs.total()).isCloseTo(narrow + wide + costs.of(2) + costs.of(3), within(1e-9));
    assertThat(costs.of(99)).isEqualTo(costs.total() / 4);
  }
}
