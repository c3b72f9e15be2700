package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Verdicts by where an interval lies. */
class JudgementTest {

  // Expected 1 ± 0.1.
  @ParameterizedTest
  @CsvSource({
    "1.0, 0.95, 1.05, PASS",
    "1.0, 0.90, 1.10, PASS",
    "1.0, 0.60, 1.40, INCONCLUSIVE",
    "1.0, 0.95, 1.11, INCONCLUSIVE",
    "1.2, 1.05, 1.35, INCONCLUSIVE",
    "1.2, 1.11, 1.29, FAIL",
    "0.5, 0.45, 0.55, FAIL",
    // One seed: the slope decides.
    "1.1, NaN, NaN, PASS",
    "1.11, NaN, NaN, FAIL",
    "NaN, NaN, NaN, FAIL"
  })
  void ofSlopes(double slope, double low, double high, Judgement expected) {
    assertThat(slope(slope, low, high, null).judgement()).isEqualTo(expected);
    assertThat(slope(slope, low, high, "why").judgement()).isEqualTo(Judgement.NOT_JUDGED);
  }

  /** The half width falls like one over the root of the seeds until it is the margin. */
  @Test
  void seedsThatAreNeeded() {
    // Margin 0.1, half width 0.4: a quarter of it with sixteen times as many.
    assertThat(slope(1.0, 0.6, 1.4, null).seedsNeeded(4)).isEqualTo(64);
    // Outside by 0.1, half width 0.15: 4 · 1.5².
    assertThat(slope(1.2, 1.05, 1.35, null).seedsNeeded(4)).isBetween(9.0, 10.0);
  }

  @Test
  void theWorstCounts() {
    assertThat(Judgement.worst(Stream.of(Judgement.PASS, Judgement.INCONCLUSIVE, Judgement.FAIL)))
        .isEqualTo(Judgement.FAIL);
    assertThat(Judgement.worst(Stream.of(Judgement.PASS, Judgement.INCONCLUSIVE)))
        .isEqualTo(Judgement.INCONCLUSIVE);
    assertThat(Judgement.worst(Stream.of(Judgement.NOT_JUDGED, Judgement.PASS)))
        .isEqualTo(Judgement.PASS);
    assertThat(Judgement.worst(Stream.empty())).isEqualTo(Judgement.NOT_JUDGED);
  }

  private static FittedSlope slope(
      double slope, double low, double high, @Nullable String notJudged) {
    return new CoordinateStudy.Slope(
        "dh", 1, 1, slope, low, high, new ExpectedExponents.Expectation(1, notJudged), 0.1);
  }
}
