package lemniscate.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import lemniscate.config.BadInputException;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Asynchronous successive halving: its promotions, and that how it was run leaves no trace. */
final class AshaTest {

  private static final SweepSpec SPEC = SweepSpec.of(SmallSweep.ASHA, "asha.yaml");
  private static final int PATIENCE_SECONDS = 60;

  /** The rows of one worker. */
  private static List<TrialRow> one = List.of();

  @TempDir private Path folder;

  @BeforeAll
  static void runWithOneWorker(@TempDir Path folder) {
    one = run(folder, 1);
  }

  private static List<TrialRow> run(Path path, int workers) {
    try (TrialStore store = TrialStore.resume(path, SPEC)) {
      SweepProgress progress = SmallSweep.run(SPEC, store, workers);
      assertThat(progress.finished()).isEqualTo(progress.trials());
    }
    return TrialStore.read(path);
  }

  // ------------------------------------------------------------ promotions

  /** Algorithm 2 of the paper with one worker, by the letter: asked anew for every training. */
  private static List<String> paper(List<Double> losses, int rungs, int eta) {
    List<Map<Integer, Double>> results = new ArrayList<>();
    List<Set<Integer>> promoted = new ArrayList<>();
    for (int k = 0; k < rungs; k++) {
      results.add(new LinkedHashMap<>());
      promoted.add(new HashSet<>());
    }
    List<String> order = new ArrayList<>();
    int begun = 0;
    while (true) {
      int rung = -1;
      int trial = -1;
      for (int k = rungs - 2; k >= 0 && trial < 0; k--) {
        Map<Integer, Double> at = results.get(k);
        int own = k;
        trial =
            at.keySet().stream()
                .sorted(Comparator.comparingDouble(t -> losses.get(t)))
                .limit(at.size() / eta)
                .filter(t -> Double.isFinite(losses.get(t)) && !promoted.get(own).contains(t))
                .findFirst()
                .orElse(-1);
        rung = k;
      }
      if (trial >= 0) {
        promoted.get(rung).add(trial);
        rung++;
      } else if (begun < losses.size()) {
        trial = begun++;
        rung = 0;
      } else {
        return order;
      }
      results.get(rung).put(trial, losses.get(trial));
      order.add(trial + "@" + rung);
    }
  }

  private static SweepSpec many(int trials, int max, int eta) {
    return SweepSpec.of(
        """
        base: {data.validation: 9}
        search: asha
        asha: {minEpochs: 1, maxEpochs: %d, eta: %d}
        seeds: %d
        """
            .formatted(max, eta, trials),
        "many.yaml");
  }

  private static TrialRow row(Job job, double loss) {
    return TrialRow.of(
        job,
        Double.isFinite(loss) ? Outcome.OK : Outcome.DIVERGED,
        null,
        new TrialRow.Metrics(1, loss, 1, 1, 0),
        new TrialRow.Time(1, 1, "2030-01-02T03:04:05Z"));
  }

  @ParameterizedTest
  @CsvSource({"1,9,3", "2,4,2", "23,27,3", "64,8,2", "61,64,4", "100,81,3"})
  void promotesAsOneWorkerOfThePaperWhateverTheOrderOfTheResults(int trials, int max, int eta) {
    SweepSpec spec = many(trials, max, eta);
    int top = spec.asha().orElseThrow().top();
    List<Trial> begun = AshaSchedule.drawn(spec.trials());
    Set<String> all = new HashSet<>(spec.trials().stream().map(Trial::id).toList());
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      List<Double> losses =
          IntStream.range(0, trials)
              .mapToObj(i -> random.nextInt(9) == 0 ? Double.NaN : random.nextDouble())
              .map(loss -> Double.isNaN(loss) ? Double.POSITIVE_INFINITY : loss)
              .toList();
      List<String> expected = paper(losses, top + 1, eta);
      // One worker: the same trainings in the same order.
      AshaSchedule single = new AshaSchedule(spec, spec.asha().orElseThrow());
      List<String> order = new ArrayList<>();
      for (Job job = single.next(all); job != null; job = single.next(all)) {
        order.add(begun.indexOf(job.trial()) + "@" + job.rung().orElse(top));
        single.add(row(job, losses.get(begun.indexOf(job.trial()))));
      }
      assertThat(order).isEqualTo(expected);
      // Several, which end in any order: the same trainings.
      AshaSchedule several = new AshaSchedule(spec, spec.asha().orElseThrow());
      List<Job> running = new ArrayList<>();
      order.clear();
      while (true) {
        for (Job job = several.next(all);
            job != null && running.size() < 7;
            job = several.next(all)) {
          running.add(job);
          order.add(begun.indexOf(job.trial()) + "@" + job.rung().orElse(top));
          if (running.size() == 7) {
            break;
          }
        }
        if (running.isEmpty()) {
          break;
        }
        Job ended = running.remove(random.nextInt(running.size()));
        several.add(row(ended, losses.get(begun.indexOf(ended.trial()))));
      }
      assertThat(order).containsExactlyInAnyOrderElementsOf(expected);
      // And known from the rows alone.
      List<TrialRow> rows =
          new ArrayList<>(
              several.jobs().stream()
                  .map(job -> row(job, losses.get(begun.indexOf(job.trial()))))
                  .toList());
      Collections.shuffle(rows, random);
      AshaSchedule again = new AshaSchedule(spec, spec.asha().orElseThrow());
      rows.forEach(again::add);
      assertThat(SweepRunner.missing(spec, rows)).isEmpty();
      assertThat(
              again.jobs().stream()
                  .map(job -> begun.indexOf(job.trial()) + "@" + job.rung().orElse(top)))
          .containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  // ------------------------------------------------------------ trials

  @Test
  void trialsThatReachTheTopAreThoseOfASweepWithoutStopping() {
    Map<String, TrialRow> whole = new HashMap<>();
    String text = SmallSweep.ASHA.replaceAll("(?m)^(search|asha):.*\n", "");
    SweepSpec plain = SweepSpec.of(text.replace("batch: 5", "batch: 5, epochs: 9"), "plain.yaml");
    try (TrialStore store = TrialStore.create(folder.resolve("plain"), plain)) {
      SmallSweep.run(plain, store, 2);
      TrialStore.read(store.path()).forEach(row -> whole.put(row.id(), row));
    }
    List<TrialRow> top = one.stream().filter(row -> row.rung().isEmpty()).toList();
    assertThat(top).hasSizeBetween(2, 6);
    assertThat(top).allMatch(row -> row.metrics().steps() == 9 * 8);
    for (TrialRow row : top) {
      assertThat(row.resultJson()).isEqualTo(whole.get(row.id()).resultJson());
    }
    // Below, a trial is what it is there at that step: its schedule does not know of the rung.
    TrialRow first =
        one.stream().filter(r -> r.rung().equals(OptionalInt.of(0))).findFirst().orElseThrow();
    assertThat(first.metrics().steps()).isEqualTo(8);
  }

  @Test
  void eachRungHoldsAboutAThirdOfTheOneBelow() {
    assertThat(count(0)).isEqualTo(SPEC.trials().size());
    assertThat(count(1)).isGreaterThanOrEqualTo(SPEC.trials().size() / 3);
    assertThat(count(1)).isLessThan(SPEC.trials().size());
    assertThat(one.stream().filter(row -> row.rung().isEmpty()).count())
        .isGreaterThanOrEqualTo(count(1) / 3);
    assertThat(one).anyMatch(row -> row.outcome() == Outcome.DIVERGED);
  }

  private static long count(int rung) {
    return one.stream().filter(row -> row.rung().equals(OptionalInt.of(rung))).count();
  }

  @Test
  void severalWorkersShardsAndAStoreWithoutStatesGiveTheSameRows() throws IOException {
    assertThat(SmallSweep.results(run(folder.resolve("three"), 3)))
        .isEqualTo(SmallSweep.results(one));
    assertThat(folder.resolve("three").resolve(TrialStates.FOLDER)).doesNotExist();
    // Shards that read each other's stores, in turns, until none has anything to do.
    List<Path> parts = List.of(folder.resolve("part1"), folder.resolve("part2"));
    int before = -1;
    int turns = 0;
    while (before < lines(parts)) {
      before = lines(parts);
      assertThat(turns++).isLessThan(20);
      for (int i = 0; i < 2; i++) {
        try (TrialStore store = TrialStore.resume(parts.get(i), SPEC)) {
          new SweepRunner(
                  SPEC,
                  new Shard(i + 1, 2),
                  store,
                  2,
                  new SharedData(),
                  () -> TrialStore.readAll(parts))
              .run(false, SweepListener.NONE, new StopSignal());
        }
        // What states there are saves time alone.
        new TrialStates(parts.get(0)).remove();
      }
    }
    try (TrialStore merged = TrialStore.create(folder.resolve("merged"), SPEC)) {
      merged.merge(parts, SPEC);
    }
    assertThat(SmallSweep.results(TrialStore.read(folder.resolve("merged"))))
        .isEqualTo(SmallSweep.results(one));
  }

  private static int lines(List<Path> parts) {
    return TrialStore.readAll(parts).size();
  }

  @Tag("process")
  @Test
  void killedAgainAndAgainTheRowsAreTheSame() throws Exception {
    Path store = folder.resolve("killed");
    Random random = new Random(3);
    int kills = 0;
    while (true) {
      Process process = SweepProcess.start(store, "asha", folder.resolve("log"));
      int before = Files.exists(store.resolve(TrialStore.TRIALS)) ? lines(List.of(store)) : 0;
      while (process.isAlive() && lines(List.of(store)) < before + 9) {
        Thread.sleep(1);
      }
      TimeUnit.MICROSECONDS.sleep(random.nextInt(5_000));
      process.destroyForcibly();
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      if (process.exitValue() == 0) {
        break;
      }
      kills++;
      assertThat(kills).as(Files.readString(folder.resolve("log"))).isLessThan(30);
    }
    assertThat(kills).isGreaterThanOrEqualTo(2);
    assertThat(SmallSweep.results(TrialStore.read(store))).isEqualTo(SmallSweep.results(one));
    assertThat(Files.readAllLines(store.resolve(TrialStore.TRIALS))).hasSize(one.size());
  }

  @Test
  void aDamagedStateIsTrainedAgain() throws IOException {
    Path path = folder.resolve("damaged");
    StopSignal stop = new StopSignal();
    try (TrialStore store = TrialStore.create(path, SPEC)) {
      new SweepRunner(SPEC, Shard.ALL, store, 1, new SharedData())
          .run(
              false,
              new SweepListener() {
                @Override
                public void onFinish(TrialRow row, SweepProgress progress) {
                  if (progress.finished() == 8) {
                    stop.raise();
                  }
                }
              },
              stop);
    }
    try (var files = Files.list(path.resolve(TrialStates.FOLDER))) {
      List<Path> states = files.toList();
      assertThat(states).isNotEmpty();
      for (Path state : states) {
        byte[] bytes = Files.readAllBytes(state);
        bytes[bytes.length - 3] ^= 1;
        Files.write(state, bytes);
      }
    }
    assertThat(SmallSweep.results(run(path, 2))).isEqualTo(SmallSweep.results(one));
  }

  // ------------------------------------------------------------ files

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{minEpochs: 1, maxEpochs: 9, eta: 1} | asha.eta is 1; expected an integer >= 2",
        "{minEpochs: 1, maxEpochs: 9, eta: 2.5} | asha.eta is",
        "{minEpochs: 9, maxEpochs: 1} | asha.minEpochs is 9 and asha.maxEpochs is 1; expected a"
            + " smaller one first",
        "{minEpochs: 3, maxEpochs: 3} | expected a smaller one first",
        "{minEpochs: 1, maxEpochs: 10} | asha.maxEpochs is 10, which is not reached from 1 by"
            + " factors of 3; expected one of 9, 27",
        "{minSteps: 5, maxSteps: 40, eta: 4} | asha.maxSteps is 40, which is not reached from 5 by"
            + " factors of 4; expected one of 20, 80",
        "{minEpochs: 0, maxEpochs: 9} | asha.minEpochs is",
        "{minEpochs: 1} | asha has no 'maxEpochs'",
        "{minEpochs: 1, maxSteps: 9} | asha has lengths in epochs and in steps",
        "{minEpoch: 1} | unknown key 'minEpoch' in asha",
        "[1, 9] | asha is",
      })
  void refusesLengths(String asha, String message) {
    refuses("search: asha\nasha: " + asha + "\nseeds: 3\n", message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "search: hyperband~seeds: 3 | search is 'hyperband'; expected all or asha",
        "search: asha~seeds: 3 | search is asha, but there is no asha",
        "asha: {minEpochs: 1, maxEpochs: 9}~seeds: 3 | asha is given without 'search: asha'",
        "LENGTHSbase: {train.epochs: 9}~seeds: 3 | train.epochs is given, but with 'search: asha'"
            + " the length of a trial is asha.maxEpochs",
        "LENGTHSgrid: {train.steps: [9, 10]} | train.steps is given",
        "LENGTHScases: [{rule: bp, train.epochs: 3}] | train.epochs is given",
        "LENGTHSrandom: {count: 3, keys: {train.epochs: {uniform: [1, 9]}}} | train.epochs is"
            + " given",
        "choose: accuracy~seeds: 3 | choose is accuracy, but not every trial has data.validation",
        "choose: test~seeds: 3 | choose is 'test'; expected loss or accuracy",
      })
  void refusesFiles(String yaml, String message) {
    refuses(
        yaml.replace("LENGTHS", "search: asha~asha: {minEpochs: 1, maxEpochs: 9}~")
            .replace("~", "\n"),
        message);
  }

  private static void refuses(String yaml, String message) {
    assertThatThrownBy(() -> SweepSpec.of(yaml, "asha.yaml"))
        .isInstanceOf(BadInputException.class)
        .hasMessageStartingWith("asha.yaml")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"-1", "2", "7"})
  void refusesRowsOfOtherRungs(int rung) throws IOException {
    Path path = folder.resolve("rungs");
    try (TrialStore store = TrialStore.create(path, SPEC)) {
      store.append(row(new Job(SPEC.trials().getFirst(), OptionalInt.of(rung)), 1));
    }
    assertThatThrownBy(() -> TrialStore.resume(path, SPEC).close())
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("holds a row of rung " + rung);
  }

  @Test
  void aStoreBelongsToItsRungs() {
    Path path = folder.resolve("store");
    TrialStore.create(path, SPEC).close();
    SweepSpec other =
        SweepSpec.of(SmallSweep.ASHA.replace("minEpochs: 1", "minEpochs: 3"), "other.yaml");
    assertThatThrownBy(() -> TrialStore.resume(path, other).close())
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("another search, asha or choose");
    SweepSpec chosen = SweepSpec.of(SmallSweep.ASHA + "choose: accuracy\n", "chosen.yaml");
    assertThatThrownBy(() -> TrialStore.resume(path, chosen).close())
        .hasMessageContaining("another search, asha or choose");
  }
}
