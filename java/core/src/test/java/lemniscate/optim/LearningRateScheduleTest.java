package lemniscate.optim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class LearningRateScheduleTest {

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
