package lemniscate.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lemniscate.golden.Golden;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LearningRateScheduleTest {

  private static final Golden GOLDEN =
      Golden.load("/lemniscate/golden/optimisers.json").at("schedules");

  static Stream<String> cases() {
    return GOLDEN.keys("cases").stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isThatOfTheGoldenVectors(String name) {
    Golden expected = GOLDEN.at("cases", name);
    long steps = GOLDEN.integer("T");
    long warmup = GOLDEN.integer("warmup");
    long cooldown = GOLDEN.integer("cooldown");
    double end = expected.number("end");
    String kind = expected.text("kind");
    LearningRateSchedule schedule =
        switch (kind) {
          case "constant" -> new LearningRateSchedule.LinearWarmup(warmup);
          case "cosine" -> new LearningRateSchedule.Cosine(steps, warmup, end);
          case "linear" -> new LearningRateSchedule.Linear(steps, warmup, end);
          case "wsd", "wsd_root" ->
              new LearningRateSchedule.WarmupStableDecay(
                  steps, warmup, cooldown, kind.equals("wsd_root"), end);
          default -> throw new IllegalArgumentException(kind);
        };
    // Rounding.
    assertThat(LongStream.range(0, steps).mapToDouble(schedule::factor).toArray())
        .containsExactly(expected.vector("factors"), within(1e-15));
  }

  /** Invariant V82: 1 where the rise ends, the final factor at the last step and from then on. */
  @Test
  void endPoints() {
    for (double end : new double[] {0, 0.3}) {
      for (LearningRateSchedule schedule :
          List.of(
              new LearningRateSchedule.Cosine(50, 7, end),
              new LearningRateSchedule.Linear(50, 7, end),
              new LearningRateSchedule.WarmupStableDecay(50, 7, 9, false, end),
              new LearningRateSchedule.WarmupStableDecay(50, 7, 9, true, end))) {
        assertThat(schedule.factor(0)).isCloseTo(1.0 / 7, within(1e-15));
        assertThat(schedule.factor(6)).isOne();
        assertThat(schedule.factor(7)).isOne();
        assertThat(schedule.factor(50)).isCloseTo(end, within(1e-15));
        assertThat(schedule.factor(1000)).isCloseTo(end, within(1e-15));
      }
    }
    LearningRateSchedule stable = new LearningRateSchedule.WarmupStableDecay(50, 0, 10, false, 0.5);
    assertThat(stable.factor(40)).isOne();
    assertThat(stable.factor(45)).isCloseTo(0.75, within(1e-15));
    LearningRateSchedule pcx = new LearningRateSchedule.RiseAndCosine(50);
    assertThat(pcx.factor(0)).isOne();
    assertThat(pcx.factor(5)).isCloseTo(1.1, within(1e-15));
    // Half of the cosine is over.
    assertThat(new LearningRateSchedule.RiseAndCosine(20).factor(11)).isCloseTo(0.6, within(1e-15));
    assertThat(pcx.factor(50)).isCloseTo(0.1, within(1e-15));
  }

  @Test
  void dropsAtEveryMilestone() {
    LearningRateSchedule schedule = new LearningRateSchedule.Milestones(List.of(6L, 9L), 0.1);
    double[] expected = {1, 1, 0.1, 0.1, 0.01, 0.01};
    long[] steps = {0, 5, 6, 8, 9, 1000};
    for (int i = 0; i < steps.length; i++) {
      // A power of a decimal fraction.
      assertThat(schedule.factor(steps[i])).isCloseTo(expected[i], Offset.offset(1e-16));
    }
  }
}
