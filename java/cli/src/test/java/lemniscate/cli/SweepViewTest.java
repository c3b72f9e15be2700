package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.cli.SweepView.Running;
import lemniscate.sweep.Choice;
import lemniscate.sweep.Outcome;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.TrialRow;
import org.junit.jupiter.api.Test;

final class SweepViewTest {

  private static final Running HALF = new Running(12, "rule=pc seed=1", 50, 100, 0.21875);
  private static final Running NEW = new Running(13, "rule=pc seed=2", 0, 0, Double.NaN);

  private static Optional<TrialRow> best() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("rule", "pc");
    values.put("seed", 0);
    return Optional.of(
        new TrialRow(
            "id",
            7,
            values,
            Outcome.OK,
            null,
            new TrialRow.Metrics(0.3, 0.21469, 0.872, 100, 0),
            new TrialRow.Time(1, 1, "2030-01-02T03:04:05Z")));
  }

  // 12 of 20 were there at the start; 3 came on top, and one of two is half done.
  private static SweepView view(Running... running) {
    return new SweepView(
        new SweepProgress(20, 15, running.length, 1, 2, 3, best(), Choice.TRAINING_LOSS, false),
        8,
        3,
        70,
        List.of(running));
  }

  @Test
  void showsCountsBestTrialAndTheTrialsUnderWay() {
    // 3.5 of 8 in 70 s: 20 s each, 4.5 to go. The bar: 15.5 of 20 are 23.25 of 30 columns.
    assertThat(view(HALF, NEW).lines(new TerminalSize(80, 24)))
        .containsExactly(
            "[=======================>      ] 15/20 trials  1:10  left 1:30",
            "running 2  ok 9  diverged 3  failed 1  timed out 2  2.6 trials/min",
            "best     trial 7  rule=pc seed=0  test loss 0.21469  87.20 %",
            "  trial 12   50 %  step 50/100  loss 0.2188  rule=pc seed=1",
            "  trial 13  starting  rule=pc seed=2");
  }

  @Test
  void timeIsByWhatTrialsCostAndNotByTheirNumber() {
    // 30 of 32 trials are done, of 1 second each; the last two take 100 each, as was expected.
    SweepWork work = SweepWork.of(index -> index < 30 ? 1 : 100, 230, 30, 2);
    assertThat(work.secondsLeft(15, 0).getAsDouble()).isCloseTo(100, offset(1e-9));
    // Two trials of a slow start, 1 second each in place of 0.1, do not make it ten times as long.
    SweepWork slow = SweepWork.of(_ -> 0.1, 60, 0.2, 2);
    assertThat(slow.secondsLeft(1, 0).getAsDouble()).isBetween(15.0, 60.0);
    // A machine of a quarter of the speed is found out.
    assertThat(SweepWork.of(_ -> 1, 60, 30, 2).secondsLeft(60, 0).getAsDouble())
        .isBetween(30.0, 120.0);
  }

  @Test
  void beforeAnythingIsDoneTheTimeLeftIsUnknown() {
    SweepView view =
        new SweepView(
            new SweepProgress(2, 0, 1, 0, 0, 0, Optional.empty(), Choice.TRAINING_LOSS, false),
            2,
            0,
            3,
            List.of(NEW));
    assertThat(view.secondsLeft()).isEmpty();
    assertThat(view.lines(new TerminalSize(60, 24)))
        .containsExactly(
            "[>                             ] 0/2 trials  0:03  left ?",
            "running 1  ok 0  diverged 0  failed 0  timed out 0",
            "  trial 13  starting  rule=pc seed=2");
  }

  @Test
  void aNarrowTerminalGetsAShorterBarOrNone() {
    assertThat(view(HALF).lines(new TerminalSize(40, 24)).getFirst())
        .isEqualTo("[=====> ] 15/20 trials  1:10  left 1:30")
        .hasSize(39);
    assertThat(view(HALF).lines(new TerminalSize(35, 24)).getFirst())
        .isEqualTo("15/20 trials  1:10  left 1:30");
  }

  @Test
  void aLowTerminalGetsFewerTrials() {
    List<Running> many = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      many.add(new Running(i, "", 1, 2, 1));
    }
    SweepView view = view(many.toArray(Running[]::new));
    assertThat(view.lines(new TerminalSize(80, 14))).hasSize(13);
    List<String> low = view.lines(new TerminalSize(80, 8));
    assertThat(low).hasSize(7);
    assertThat(low.get(5)).startsWith("  trial 2 ");
    assertThat(low.getLast()).isEqualTo("  and 7 more");
    assertThat(view.lines(new TerminalSize(80, 2)).getLast()).isEqualTo("  and 10 more");
  }

  @Test
  void anActivityHasABarWhereItsEndIsKnown() {
    assertThat(Activity.line("reading", 2.4, 0, 0, 80)).isEqualTo("reading  0:02");
    assertThat(Activity.line("reading", 3725, 1, 3, 27)).isEqualTo(" 33 %  reading  1:02:05");
    assertThat(Activity.line("reading", 61, 1, 4, 34))
        .isEqualTo("[==>       ]  25 %  reading  1:01");
  }
}
