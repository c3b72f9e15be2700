package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.data.DataSplits;
import lemniscate.data.Dataset;
import lemniscate.data.NpzWriter;
import lemniscate.random.NormalStream;
import lemniscate.rule.PublishedAccuracy;
import lemniscate.rule.PublishedAccuracy.Mark;
import lemniscate.rule.PublishedAccuracy.Paper;
import lemniscate.rule.RulesTableRow;
import lemniscate.study.RulesTableStudy.Candidate;
import lemniscate.study.RulesTableStudy.Choice;
import lemniscate.study.RulesTableStudy.Entry;
import lemniscate.study.RulesTableStudy.Line;
import lemniscate.sweep.Outcome;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SharedData;
import lemniscate.sweep.SweepListener;
import lemniscate.sweep.SweepRunner;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.Trial;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RulesTableStudyTest {

  private static final List<RulesTableRow> TWO =
      RulesTableRow.named(List.of("bp", "pepita+wd"), "test");

  @TempDir private Path folder;

  private static Config tiny() {
    Config config = Config.defaults();
    for (Map.Entry<String, String> key : RulesTablePreset.SHORT.keys(2).entrySet()) {
      config = config.with(key.getKey(), key.getValue(), "test");
    }
    return config
        .with("data.train", "60", "test")
        .with("data.test", "20", "test")
        .with("net.width", "5", "test")
        .with("train.batch", "8", "test")
        .with("seed", "7", "test");
  }

  private static RulesTableStudy study(Config base, String... rates) {
    return new RulesTableStudy(
        base, TWO, List.of("synthetic"), List.of(1, 2), 3, 20, List.of(rates));
  }

  private static TrialRow row(int index, Outcome outcome, double accuracy, double loss) {
    return new TrialRow(
        "id" + index,
        index,
        Map.of(),
        outcome,
        null,
        new TrialRow.Metrics(1, loss, accuracy, 9, 0),
        new TrialRow.Time(1, 1, "then"));
  }

  @Test
  void firstSweepHoldsExamplesBackAndSecondDoesNot() {
    RulesTableStudy study = study(tiny().with("data.validation", "9", "test"), "0.1", "0.2");
    SweepSpec first = study.validationSweep();
    // 2 depths, 2 rows, 2 rates, the first seed.
    assertThat(first.trials()).hasSize(8);
    assertThat(first.trials())
        .allSatisfy(
            trial -> {
              assertThat(trial.config().get(ConfigSchema.DATA_VALIDATION)).hasValue(20);
              assertThat(trial.config().get(ConfigSchema.SEED)).isEqualTo(7);
              assertThat(trial.config().get(ConfigSchema.DATA_NAME)).isEqualTo("synthetic");
              assertThat(trial.config().get(ConfigSchema.NET_WIDTH)).isEqualTo(5);
            });
    Config last = first.trials().getLast().config();
    assertThat(last.get(ConfigSchema.NET_DEPTH)).isEqualTo(2);
    assertThat(last.get(ConfigSchema.RULE)).isEqualTo("pepita");
    assertThat(last.get(ConfigSchema.OPTIM_WEIGHT_DECAY)).isEqualTo(1e-4);
    assertThat(last.get(ConfigSchema.OPTIM_DECAY)).isEqualTo("coupled");
    assertThat(last.get(ConfigSchema.OPTIM_LR)).hasValue(0.2);
    assertThat(first.trials().getFirst().config().get(ConfigSchema.OPTIM_WEIGHT_DECAY)).isZero();

    SweepSpec second = study.possibleTestSweep();
    assertThat(second.trials()).hasSize(12);
    assertThat(second.trials())
        .allSatisfy(
            trial -> assertThat(trial.config().get(ConfigSchema.DATA_VALIDATION)).isEmpty());
    assertThat(second.trials().subList(0, 3))
        .extracting(trial -> trial.config().get(ConfigSchema.SEED))
        .containsExactly(7L, 8L, 9L);
  }

  @Test
  void everyRowHasItsUnitsUnlessTheConfigurationNamesThem() {
    List<RulesTableRow> rows = RulesTableRow.named(List.of("bp", "drtp"), "test");
    RulesTableStudy own =
        new RulesTableStudy(tiny(), rows, List.of("synthetic"), List.of(1), 1, 20, List.of("0.1"));
    assertThat(own.validationSweep().trials())
        .extracting(trial -> trial.config().get(ConfigSchema.NET_ACTIVATION))
        .containsExactly("relu", "tanh");
    RulesTableStudy named =
        new RulesTableStudy(
            tiny().with("net.activation", "sigmoid", "test"),
            rows,
            List.of("synthetic"),
            List.of(1),
            1,
            20,
            List.of("0.1"));
    assertThat(named.possibleTestSweep().trials())
        .extracting(trial -> trial.config().get(ConfigSchema.NET_ACTIVATION))
        .containsExactly("sigmoid", "sigmoid");
  }

  @Test
  void rowsAreInTheOrderOfTheTable() {
    assertThat(RulesTableRow.names())
        .containsExactly(
            "bp",
            "fa",
            "dfa",
            "drtp",
            "pepita",
            "pepita+wd",
            "pepita+wm",
            "pepita+wd+wm",
            "pepita+norm",
            "pepita+norm+wm",
            "pepita-hebbian",
            "pepita-tl",
            "ff");
  }

  @Test
  void bestRateIsThatOfTheValidationExamples() {
    RulesTableStudy study = study(tiny(), "0.1", "0.2", "0.4");
    List<TrialRow> rows = new ArrayList<>();
    // The best in the middle; equal accuracies; a loss that is lower at a lower accuracy; nothing.
    double[][] accuracies = {
      {.5, .7, .6}, {.6, .6, .6}, {.5, .4, .51}, {Double.NaN, Double.NaN, Double.NaN}
    };
    double[][] losses = {{1, 1, 1}, {.3, .2, .2}, {.1, .1, 9}, {1, 1, 1}};
    for (int i = 0; i < 12; i++) {
      Outcome outcome = i / 3 == 3 ? Outcome.DIVERGED : Outcome.OK;
      rows.add(row(i, outcome, accuracies[i / 3][i % 3], losses[i / 3][i % 3]));
    }
    List<Choice> choices = study.choose(rows.reversed());
    assertThat(choices)
        .extracting(choice -> choice.chosen() == null ? "none" : choice.chosen().rate())
        .containsExactly("0.2", "0.2", "0.4", "none");
    assertThat(choices).extracting(Choice::atEdge).containsExactly(false, false, true, false);
    SweepSpec second = study.testSweep(choices).orElseThrow();
    assertThat(second.trials())
        .extracting(trial -> trial.config().get(ConfigSchema.OPTIM_LR).orElseThrow())
        .containsExactly(.2, .2, .2, .2, .2, .2, .4, .4, .4);

    List<TrialRow> tested = new ArrayList<>();
    double[] found = {.5, .7, .9, .6, .6, .6, .8, .9, 1};
    for (int i = 0; i < 9; i++) {
      tested.add(row(i, i == 8 ? Outcome.DIVERGED : Outcome.OK, found[i], 1));
    }
    List<Line> lines = study.lines(choices, tested);
    assertThat(lines.get(0).mean()).isCloseTo(.7, within(1e-15));
    // √((.04 + 0 + .04)/2).
    assertThat(lines.get(0).deviation()).isCloseTo(.2, within(1e-15));
    assertThat(lines.get(1).deviation()).isZero();
    assertThat(lines.get(2).accuracies()).containsExactly(.8, .9);
    assertThat(lines.get(2).diverged()).isEqualTo(1);
    assertThat(lines.get(3).accuracies()).isEmpty();
    assertThat(lines.get(3).mean()).isNaN();

    rows.set(4, row(4, Outcome.FAILED, Double.NaN, Double.NaN));
    assertThatThrownBy(() -> study.choose(rows)).hasMessage("trial 4 is FAILED");
    assertThatThrownBy(() -> study.choose(rows.subList(0, 5))).hasMessageContaining("trial 4");
    assertThatThrownBy(() -> study.choose(List.of(row(0, Outcome.OK, Double.NaN, 1))))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("synthetic has no classes");
  }

  @Test
  void nothingIsTestedIfAllDiverged() {
    RulesTableStudy study = study(tiny(), "0.1");
    List<TrialRow> rows = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      rows.add(row(i, Outcome.DIVERGED, Double.NaN, Double.NaN));
    }
    assertThat(study.testSweep(study.choose(rows))).isEmpty();
    assertThat(study.lines(study.choose(rows), List.of())).hasSize(4);
  }

  /** Trained for real, on a test set whose labels are the wrong ones. */
  @Test
  void testSetThatDisagreesHasNoPartInTheChoice() throws IOException {
    Path file = folder.resolve("flipped.npz");
    NpzWriter.write(
        new DataSplits("flipped", twoClasses(120, 1, false), twoClasses(80, 2, true)), file);
    Config base = tiny().with("data.train", "120", "test").with("data.test", "80", "test");
    RulesTableStudy study =
        new RulesTableStudy(
            base,
            RulesTableRow.named(List.of("bp"), "test"),
            List.of("npz:" + file),
            List.of(1),
            2,
            40,
            List.of("1e-9", "0.05"));
    List<TrialRow> validated = train(study.validationSweep(), "validation");
    List<Choice> choices = study.choose(validated);
    Candidate chosen = choices.getFirst().chosen();
    assertThat(chosen.rate()).isEqualTo("0.05");
    assertThat(chosen.accuracy()).isGreaterThan(0.9);
    double tested =
        study
            .lines(choices, train(study.testSweep(choices).orElseThrow(), "test"))
            .getFirst()
            .mean();
    // The other rate, which leaves the network at random, would have done better there.
    Candidate other = choices.getFirst().candidates().getFirst();
    List<Choice> worse =
        List.of(new Choice(choices.getFirst().entry(), choices.getFirst().candidates(), other));
    double untrained =
        study.lines(worse, train(study.testSweep(worse).orElseThrow(), "other")).getFirst().mean();
    assertThat(tested).isLessThan(0.1);
    assertThat(untrained).isGreaterThan(tested + 0.1);
  }

  private static Dataset twoClasses(int size, long seed, boolean flipped) {
    float[] features = new float[2 * size];
    int[] labels = new int[size];
    double[] noise = new double[2 * size];
    new NormalStream(seed, 0).fill(0, noise, 0, noise.length);
    for (int i = 0; i < size; i++) {
      int label = i % 2;
      labels[i] = flipped ? 1 - label : label;
      for (int j = 0; j < 2; j++) {
        features[2 * i + j] = (float) ((j == label ? 2 : -2) + 0.5 * noise[2 * i + j]);
      }
    }
    return Dataset.ofFloats("flipped", features, 2, labels, 2);
  }

  private List<TrialRow> train(SweepSpec sweep, String name) {
    try (TrialStore store = TrialStore.create(folder.resolve(name), sweep)) {
      new SweepRunner(sweep, Shard.ALL, store, 1, new SharedData())
          .run(false, SweepListener.NONE, new StopSignal());
      return store.rows();
    }
  }

  @Test
  void everyRowCanBeTrainedUnderEveryPreset() {
    for (RulesTablePreset preset : RulesTablePreset.values()) {
      Config base = Config.defaults();
      for (Map.Entry<String, String> key : preset.keys(10).entrySet()) {
        base = base.with(key.getKey(), key.getValue(), "test");
      }
      Config small = base.with("net.width", "4", "test");
      RulesTableStudy study =
          new RulesTableStudy(
              small, RulesTableRow.ALL, List.of("synthetic"), List.of(1, 3), 2, 100, List.of());
      assertThatCode(
              () -> {
                SweepRunner.check(study.validationSweep(), new SharedData(), checked -> {});
                SweepRunner.check(study.possibleTestSweep(), new SharedData(), checked -> {});
              })
          .doesNotThrowAnyException();
      assertThat(study.validationSweep().trials().stream().map(Trial::id).distinct())
          .hasSize(study.validationSweep().trials().size());
    }
  }

  @Test
  void publishedPresetDropsTheRate() {
    assertThat(RulesTablePreset.PUBLISHED.keys(100))
        .containsEntry("optim.stepEpochs", "[60, 90]")
        .containsEntry("net.width", "1024")
        .containsEntry("pepita.dropout", "0.1");
    assertThat(RulesTablePreset.PUBLISHED.keys(10)).containsEntry("optim.stepEpochs", "[6, 9]");
    assertThat(RulesTablePreset.PUBLISHED.keys(1)).doesNotContainKey("optim.schedule");
    assertThat(RulesTablePreset.SHORT.keys(3)).doesNotContainKey("optim.schedule");
    assertThatThrownBy(() -> RulesTablePreset.named("pubished", "--preset"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("--preset is 'pubished'; expected short or published, the nearest");
  }

  @Test
  void publishedNumbersSayHowWellTheyAreKnown() {
    List<PublishedAccuracy> all =
        RulesTableRow.ALL.stream().flatMap(row -> row.published().stream()).toList();
    assertThat(all)
        .filteredOn(p -> p.paper() == Paper.ICLR_2024)
        .isNotEmpty()
        .allMatch(p -> p.mark() == Mark.FROM_MEMORY);
    assertThat(all.stream().filter(p -> p.mark() == Mark.CONFIRMED))
        .extracting(PublishedAccuracy::percent)
        .containsExactly(98.63, 55.27, 98.01, 52.57);
    Entry deep = new Entry("mnist", 2, RulesTableRow.ALL.getFirst());
    Entry usual = new Entry("mnist", 1, RulesTableRow.ALL.getFirst());
    Choice none = new Choice(deep, List.of(), null);
    assertThat(new Line(none, List.of(), 0).published(Paper.ICML_2022)).isEmpty();
    assertThat(
            new Line(new Choice(usual, List.of(), null), List.of(), 0)
                .published(Paper.ICML_2022)
                .orElseThrow()
                .percent())
        .isEqualTo(98.63);
  }

  @Test
  void badInputIsRefused() {
    Config base = tiny();
    refused(() -> RulesTableRow.named(List.of("pepita+nrom"), "--rows"), "'pepita+norm'");
    refused(() -> RulesTableRow.named(List.of("bp", "bp"), "--rows"), "names 'bp' twice");
    refused(() -> RulesTableRow.named(List.of(), "--rows"), "names no row");
    refused(() -> study(base, "0.1", "0.1"), "the rates");
    refused(() -> study(base, "0.2", "0.1"), "increasing");
    refused(() -> study(base, "-1"), "optim.lr");
    refused(() -> study(base.with("rule", "bp", "x.yaml:1")), "x.yaml:1: rule is set", "--rows");
    refused(() -> study(base.with("optim.lr", "1", "--lr")), "--rates");
    refused(() -> study(base.with("net.norm", "batch", "--set")), "tells rows", "pepita+norm");
    refused(
        () -> new RulesTableStudy(base, TWO, List.of(), List.of(1), 1, 1, List.of()),
        "data sets are []");
    refused(
        () -> new RulesTableStudy(base, TWO, List.of("a"), List.of(1, 1), 1, 1, List.of()),
        "depths are [1, 1]");
    refused(
        () -> new RulesTableStudy(base, TWO, List.of("a"), List.of(0), 1, 1, List.of()),
        "net.depth");
    refused(
        () -> new RulesTableStudy(base, TWO, List.of("a"), List.of(1), 0, 1, List.of()),
        "seeds is 0");
    refused(
        () -> new RulesTableStudy(base, TWO, List.of("a"), List.of(1), 1, 0, List.of()),
        "data.validation is 0");
  }

  private static void refused(Runnable call, String... parts) {
    assertThatThrownBy(call::run)
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(parts);
  }
}
