package lemniscate.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SweepTallyTest {

  private static TrialRow row(String id, int index, Outcome outcome, double loss) {
    return new TrialRow(
        id,
        index,
        Map.of(),
        outcome,
        null,
        new TrialRow.Metrics(1, loss, 1, 1, 0),
        new TrialRow.Time(1, 1, "2030-01-02T03:04:05Z"));
  }

  @Test
  void countsEachTrialOnceByItsLastRow() {
    SweepTally tally =
        new SweepTally(
            Set.of("a", "b", "c", "d"),
            List.of(row("a", 0, Outcome.FAILED, 0)),
            Choice.VALIDATION_LOSS);
    tally.add(row("b", 1, Outcome.TIMEOUT, 0));
    tally.add(row("elsewhere", 9, Outcome.OK, 0));
    assertThat(tally.progress(1, false)).isEqualTo(progress(2, 1, 1, 1, false));
    tally.add(row("a", 0, Outcome.OK, 2));
    tally.add(row("b", 1, Outcome.DIVERGED, Double.NaN));
    SweepProgress progress = tally.progress(0, true);
    assertThat(progress.finished()).isEqualTo(2);
    assertThat(progress.failed() + progress.timeout()).isZero();
    assertThat(progress.diverged()).isEqualTo(1);
    assertThat(progress.interrupted()).isTrue();
    tally.add(row("c", 2, Outcome.OK, 3));
    tally.add(row("d", 3, Outcome.OK, 3));
    assertThat(tally.progress(0, true).interrupted()).as("all are finished").isFalse();
  }

  private static SweepProgress progress(
      int finished, int running, int failed, int timeout, boolean interrupted) {
    return new SweepProgress(
        4,
        finished,
        running,
        failed,
        timeout,
        0,
        Optional.empty(),
        Choice.VALIDATION_LOSS,
        interrupted);
  }

  @Test
  void ofEqualsTheFirstInTheSweepIsBestWhicheverEndedFirst() {
    TrialRow first = row("a", 0, Outcome.OK, 3);
    TrialRow second = row("b", 1, Outcome.OK, 3);
    TrialRow worse = row("c", 2, Outcome.OK, 4);
    for (List<TrialRow> order : List.of(List.of(first, second), List.of(second, first))) {
      SweepTally tally =
          new SweepTally(Set.of("a", "b", "c"), List.of(worse), Choice.VALIDATION_LOSS);
      order.forEach(tally::add);
      assertThat(tally.progress(0, false).best()).hasValue(first);
    }
  }
}
