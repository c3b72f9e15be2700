package lemniscate.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.journal.JournalContract;
import lemniscate.tensor.Arena;
import lemniscate.train.Experiment;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingBuffers;
import lemniscate.train.TrainingSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WidthLimitStudyTest {

  private static final List<Integer> WIDTHS = List.of(5, 9, 17, 33);
  private static final int SEEDS = 3;

  @TempDir private Path folder;

  private static Config config(String... assignments) {
    Config config =
        Config.defaults()
            .withAssignment("data.name=synthetic", "test")
            .withAssignment("data.train=53", "test")
            .withAssignment("data.test=23", "test")
            .withAssignment("train.batch=5", "test")
            .withAssignment("train.steps=4", "test")
            .withAssignment("param.baseWidth=4", "test")
            .withAssignment("pc.steps=3", "test")
            .withAssignment("optim.lr=0.03", "test")
            .withAssignment("seed=11", "test")
            .withAssignment("precision=fp64", "test");
    for (String assignment : assignments) {
      config = config.withAssignment(assignment, "test");
    }
    return config;
  }

  private static WidthLimitStudy study(LimitQuantity quantity, String... assignments) {
    return new WidthLimitStudy(config(assignments), quantity, WIDTHS, SEEDS);
  }

  private static Backend backend() {
    return Backends.open(
        "cpu", BackendOptions.defaults().withPrecision(Precision.FP64).withThreads(1));
  }

  private Optional<WidthLimitStudy.Result> run(WidthLimitStudy study, StopSignal stop) {
    try (Backend backend = backend();
        MeasurementStore store = MeasurementStore.open(folder, study.id())) {
      return study.run(backend, store, (done, width, seed, finished) -> {}, stop);
    }
  }

  private WidthLimitStudy.Result run(WidthLimitStudy study) {
    return run(study, new StopSignal()).orElseThrow();
  }

  private List<String> lines() throws IOException {
    return Files.readAllLines(folder.resolve(MeasurementStore.FILE));
  }

  @Test
  void valuesAreThoseOfTraining() {
    WidthLimitStudy.Result losses = run(study(LimitQuantity.LOSS));
    WidthLimitStudy.Result accuracies = run(study(LimitQuantity.ACCURACY));
    Config one = config().withAssignment("net.width=17", "test").withAssignment("seed=12", "test");
    // The data set of the study is that of its first seed.
    Experiment experiment = Experiment.of(one, _ -> Experiment.data(config()));
    try (Backend backend = backend();
        Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      double accuracy = trainer.run().testAccuracy();
      assertThat(losses.values().get(2).get(1))
          .isEqualTo(trainer.evaluate(experiment.data().train()).loss());
      assertThat(accuracies.values().get(2).get(1)).isEqualTo(accuracy);
    }
    assertThat(losses.values()).hasSize(WIDTHS.size()).allMatch(row -> row.size() == SEEDS);
    assertThat(losses.limit()).isEqualTo(WidthLimit.of(WIDTHS, losses.values()));
  }

  @ParameterizedTest
  @CsvSource({"rule=bp", "pc.scheme=zil"})
  void backpropagationAndItsEqualsHaveCosineOne(String rule) {
    run(study(LimitQuantity.COSINE, rule))
        .values()
        // Rounding of float64 in sums of about a thousand squares.
        .forEach(row -> assertThat(row).allSatisfy(c -> assertThat(c).isCloseTo(1, within(1e-12))));
  }

  @Test
  void relaxedStatesPointElsewhere() {
    run(study(LimitQuantity.COSINE, "pc.rate=0.3"))
        .values()
        .forEach(row -> assertThat(row).allSatisfy(c -> assertThat(c).isBetween(0.1, 0.9999)));
  }

  @Test
  void nothingChangesWithoutAStepToSpeakOf() {
    // The smallest learning rate moves features by as little.
    for (List<Double> row :
        run(study(LimitQuantity.FEATURE_CHANGE, "rule=bp", "optim.lr=1e-9")).values()) {
      assertThat(row).allSatisfy(change -> assertThat(change).isBetween(1e-15, 1e-6));
    }
  }

  @Test
  void goesOnWhereItStopped() throws IOException {
    WidthLimitStudy study = study(LimitQuantity.LOSS);
    StopSignal stop = new StopSignal();
    try (Backend backend = backend();
        MeasurementStore store = MeasurementStore.open(folder, study.id())) {
      assertThat(
              study.run(
                  backend,
                  store,
                  (done, width, seed, finished) -> {
                    if (width == 9 && seed == 2 && !finished) {
                      stop.raise();
                    }
                  },
                  stop))
          .isEmpty();
    }
    assertThat(lines()).hasSize(SEEDS + 1);
    // What the process was killed in does not count.
    Files.writeString(
        folder.resolve(MeasurementStore.FILE),
        "{\"format\":1,\"study\":\"",
        StandardOpenOption.APPEND);
    WidthLimitStudy.Result resumed = run(study);
    assertThat(lines()).hasSize(SEEDS * WIDTHS.size());
    Files.delete(folder.resolve(MeasurementStore.FILE));
    assertThat(run(study)).isEqualTo(resumed);
  }

  @Test
  void measuresNothingTwice() throws IOException {
    run(study(LimitQuantity.LOSS));
    List<String> before = lines();
    run(study(LimitQuantity.KERNEL));
    assertThat(lines()).isEqualTo(before);
    new WidthLimitStudy(config(), LimitQuantity.LOSS, List.of(5, 7), SEEDS + 1);
    run(new WidthLimitStudy(config(), LimitQuantity.LOSS, List.of(5, 7), SEEDS + 1));
    // One seed of width 5, four of width 7.
    assertThat(lines()).hasSize(before.size() + 1 + 4).startsWith(before.toArray(String[]::new));
    // A cosine takes a measurement of its own.
    run(new WidthLimitStudy(config(), LimitQuantity.COSINE, List.of(5), 1));
    assertThat(lines()).hasSize(before.size() + 6);
  }

  @Test
  void otherConfigurationsAreRefused() {
    run(study(LimitQuantity.LOSS));
    WidthLimitStudy other = study(LimitQuantity.LOSS, "optim.lr=0.02");
    assertThatThrownBy(() -> run(other))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("another configuration");
  }

  @Test
  void damageIsRefused() throws IOException {
    run(study(LimitQuantity.LOSS));
    List<String> lines = new ArrayList<>(lines());
    lines.set(1, lines.get(1).substring(3));
    Files.write(folder.resolve(MeasurementStore.FILE), lines);
    assertThatThrownBy(() -> run(study(LimitQuantity.LOSS)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("jsonl:2: is damaged: it is not one JSON object");
  }

  @Test
  void keepsToTheContract() throws IOException {
    run(study(LimitQuantity.LOSS));
    Path file = folder.resolve(MeasurementStore.FILE);
    Files.write(file, lines().subList(0, 3));
    String id = study(LimitQuantity.LOSS).id();
    JournalContract.check(file, () -> stored(id));
  }

  private List<WidthMeasurement> stored(String id) {
    try (MeasurementStore store = MeasurementStore.open(folder, id)) {
      return store.latestFirst().stream().map(WidthMeasurement::of).toList();
    }
  }

  @Test
  void readsStoresOfTheVersionBefore() throws IOException {
    Path file = folder.resolve(MeasurementStore.FILE);
    JournalContract.putOld("limit/measurements.jsonl", file);
    String id = new ObjectMapper().readTree(lines().getFirst()).get("study").asText();
    List<WidthMeasurement> stored = stored(id);
    assertThat(stored).extracting(WidthMeasurement::width).containsExactly(6, 4);
    assertThat(stored.getFirst().value(LimitQuantity.LOSS)).isEqualTo(11.522774167979353);
    try (MeasurementStore store = MeasurementStore.open(folder, id)) {
      store.append(stored.getLast().fields());
    }
    assertThat(stored(id)).containsExactly(stored.getLast(), stored.get(0), stored.get(1));
  }

  @ParameterizedTest
  @CsvSource({
    "'\"seed\":0,', '', 'field seed is missing, expected a whole number'",
    "'\"width\":6', '\"width\":\"6\"', 'field width is \"6\", expected a whole number'",
    "'\"loss\":11.', '\"loss\":true,\"x\":11.', 'field values.loss is true, expected a number or null'",
    "'\"format\":1,', '', 'field format is missing'",
  })
  void fieldsHaveNoDefaults(String field, String wrong, String message) throws IOException {
    Path file = folder.resolve(MeasurementStore.FILE);
    JournalContract.putOld("limit/measurements.jsonl", file);
    String last = lines().getLast();
    assertThat(last).contains(field);
    Files.write(file, List.of(lines().getFirst(), last.replace(field, wrong)));
    String id = new ObjectMapper().readTree(last).get("study").asText();
    assertThatThrownBy(() -> stored(id))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("measurements.jsonl:2: " + message)
        .hasMessageContaining("Remove the line to measure its network again");
  }

  @Test
  void divergenceIsAResult() {
    WidthLimitStudy.Result result =
        run(study(LimitQuantity.LOSS, "optim.lr=1e200", "net.activation=relu"));
    assertThat(result.limit().verdict()).isEqualTo(WidthLimit.Verdict.UNSUPPORTED);
    assertThat(result.limit().reason()).contains("at width 5, 3 of 3 networks diverged");
    assertThat(result.csv()).contains("5,NaN");
  }

  @ParameterizedTest
  @CsvSource({"LOSS, pc.scheme=jacobi", "COSINE, pc.scheme=equilibrium", "COSINE, rule=bp"})
  void planIsWhatANetworkAndItsProbeAllocate(LimitQuantity quantity, String assignment) {
    WidthLimitStudy study = study(quantity, assignment);
    try (Backend backend = backend();
        Arena arena = backend.newArena()) {
      TrainingSpec spec =
          Experiment.of(config(assignment).with(ConfigSchema.NET_WIDTH, 33, "test")).spec();
      long alone = TrainingBuffers.bytes(backend, spec);
      TrainingBuffers.allocate(backend, arena, spec);
      long planned = study.bytes(backend, 33);
      assertThat(planned).isGreaterThan(alone);
      // A cosine keeps a gradient more, of 33 × 33 and smaller matrices.
      assertThat(planned - alone > 33L * 33 * Double.BYTES)
          .isEqualTo(quantity == LimitQuantity.COSINE);
      assertThat(study.bytes(backend, 34)).isGreaterThan(planned);
    }
  }

  @Test
  void progressEndsAtOne() {
    List<Double> shares = new ArrayList<>();
    WidthLimitStudy study = study(LimitQuantity.LOSS);
    try (Backend backend = backend();
        MeasurementStore store = MeasurementStore.open(folder, study.id())) {
      study.run(
          backend, store, (done, width, seed, finished) -> shares.add(done), new StopSignal());
    }
    assertThat(shares).isSorted();
    assertThat(shares.getLast()).isCloseTo(1, within(1e-12)); // a sum of a dozen shares
    // Four steps and an end each.
    assertThat(shares).hasSize(5 * SEEDS * WIDTHS.size());
  }

  @Test
  void badInputIsRefusedBeforeWork() {
    assertThatThrownBy(
            () -> new WidthLimitStudy(config(), LimitQuantity.LOSS, List.of(9, 5), SEEDS))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("widths [9, 5]");
    assertThatThrownBy(() -> new WidthLimitStudy(config(), LimitQuantity.LOSS, WIDTHS, 0))
        .hasMessageContaining("seeds is 0");
    assertThatThrownBy(() -> LimitQuantity.of("los"))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("expected one of loss, test-loss");
    assertThatThrownBy(() -> study(LimitQuantity.LOSS, "train.batch=54"))
        .hasMessageContaining("train.batch");
  }
}
