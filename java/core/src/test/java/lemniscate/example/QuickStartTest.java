package lemniscate.example;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class QuickStartTest {

  // Chance is 10 %; one epoch at the base width gets to about 75 %.
  @Test
  void learnsInOneEpoch() {
    assertThat(QuickStart.train(64, 1)).isGreaterThan(0.5);
  }
}
