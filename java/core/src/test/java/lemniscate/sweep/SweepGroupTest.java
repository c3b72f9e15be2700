package lemniscate.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Configurations are compared by the mean over their seeds of what no test example has seen. */
final class SweepGroupTest {

  private static final String TEXT =
      """
      base: {data.validation: 9}
      grid: {optim.lr: [0.1, 0.2, 0.3]}
      seeds: 3
      """;

  private final SweepSpec spec = SweepSpec.of(TEXT, "groups.yaml");
  private final List<TrialRow> rows = new ArrayList<>();

  private void add(int index, Outcome outcome, OptionalInt rung, double train, double test) {
    rows.add(
        TrialRow.of(
            new Job(spec.trials().get(index), rung),
            outcome,
            null,
            new TrialRow.Metrics(train, test, test, 1, 0),
            new TrialRow.Time(1, 1, "2030-01-02T03:04:05Z")));
  }

  private void ok(int index, double train, double test) {
    add(index, Outcome.OK, OptionalInt.empty(), train, test);
  }

  private List<SweepGroup> groups(SweepSpec sweep) {
    return SweepGroup.of(sweep, sweep.trials(), rows);
  }

  private static Object best(List<SweepGroup> groups) {
    return SweepGroup.best(groups).map(group -> group.values().get("optim.lr")).orElse("none");
  }

  @Test
  void theMeanDecidesNotTheBestSeed() {
    // 0.1 has the best single seed, 0.2 the best mean, 0.3 the best training loss.
    Stream.of(0.1, 0.9, 0.9).forEach(loss -> ok(rows.size(), 0.5, loss));
    Stream.of(0.3, 0.4, 0.5).forEach(loss -> ok(rows.size(), 0.5, loss));
    Stream.of(0.6, 0.6, 0.6).forEach(loss -> ok(rows.size(), 0.1, loss));
    List<SweepGroup> groups = groups(spec);
    assertThat(spec.choice()).isEqualTo(Choice.VALIDATION_LOSS);
    assertThat(best(groups)).isEqualTo(0.2);
    SeedMean mean = groups.get(1).compared();
    assertThat(mean.mean()).isCloseTo(0.4, Offset.offset(1e-15));
    // t of two degrees of freedom at 0.975 is 4.302653, the deviation 0.1.
    assertThat(mean.half()).isCloseTo(4.302653 * 0.1 / Math.sqrt(3), Offset.offset(1e-7));
    // Of accuracies the largest is the best.
    assertThat(best(groups(SweepSpec.of(TEXT + "choose: accuracy\n", "groups.yaml"))))
        .isEqualTo(0.1);
  }

  @Test
  void withoutValidationTestExamplesHaveNoPartInIt() {
    SweepSpec without = SweepSpec.of(TEXT.replace("data.validation: 9", ""), "groups.yaml");
    assertThat(without.choice()).isEqualTo(Choice.TRAINING_LOSS);
    for (Trial trial : without.trials()) {
      double rate = (Double) trial.values().get("optim.lr");
      rows.add(
          TrialRow.of(
              Job.whole(trial),
              Outcome.OK,
              null,
              new TrialRow.Metrics(1 - rate, rate, 1 - rate, 1, 0),
              new TrialRow.Time(1, 1, "2030-01-02T03:04:05Z")));
    }
    assertThat(best(groups(without))).isEqualTo(0.3);
  }

  @Test
  void oneWithAllItsSeedsGoesFirstAndOneThatDivergedIsNotChosen() {
    ok(0, 1, 0.1);
    ok(1, 1, 0.1);
    add(2, Outcome.FAILED, OptionalInt.empty(), Double.NaN, Double.NaN);
    Stream.of(3, 4, 5).forEach(index -> ok(index, 1, 0.5));
    ok(6, 1, 0.01);
    ok(7, 1, 0.01);
    List<SweepGroup> groups = groups(spec);
    assertThat(groups).extracting(SweepGroup::missing).containsExactly(1, 0, 1);
    assertThat(groups.getFirst().failed()).isEqualTo(1);
    assertThat(best(groups)).isEqualTo(0.2);
    add(8, Outcome.DIVERGED, OptionalInt.empty(), Double.NaN, Double.NaN);
    assertThat(groups(spec)).extracting(SweepGroup::missing).containsExactly(1, 0, 0);
    rows.removeIf(row -> row.index() >= 3 && row.index() < 6);
    groups = groups(spec);
    assertThat(best(groups)).as("all that is left has a seed missing").isEqualTo(0.1);
    assertThat(groups.getLast().eligible()).isFalse();
    rows.clear();
    assertThat(best(groups(spec))).isEqualTo("none");
  }

  @Test
  void whatWasTrainedFurtherIsComparedWithItsLikes() {
    // The first stopped at the lowest rung with a small loss.
    Stream.of(0, 1, 2).forEach(i -> add(i, Outcome.OK, OptionalInt.of(0), 1, 0.1));
    Stream.of(3, 4, 5).forEach(i -> add(i, Outcome.OK, OptionalInt.of(0), 1, 0.9));
    ok(3, 1, 0.5);
    ok(4, 1, 0.7);
    List<SweepGroup> groups = groups(spec);
    assertThat(best(groups)).isEqualTo(0.2);
    assertThat(groups.get(1).compared().mean()).isCloseTo(0.6, Offset.offset(1e-15));
    assertThat(groups.get(1).missing()).isEqualTo(1);
    assertThat(groups.get(0).level()).isZero();
  }
}
