package lemniscate.claim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.study.MeasurementStore;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SharedData;
import lemniscate.sweep.SweepListener;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepRunner;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.train.Experiment;
import lemniscate.train.OutputFolder;
import lemniscate.train.StopSignal;

/**
 * Where claims are measured: what computes, and a folder that keeps every network and trial by what
 * it was measured with, so that claims that need the same ones share them and a killed process
 * loses what it was at.
 */
public final class Laboratory {

  /** A stop was asked for before a measurement was done; what was measured is kept. */
  public static final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoppedException() {
      super("stopped");
    }
  }

  private final Config machine;
  private final Path folder;
  private final int workers;
  private final StopSignal stop;
  private final SharedData data = new SharedData();

  /**
   * A laboratory.
   *
   * @param machine keys of device and machine; the claims set all others
   * @param folder for what is measured; exists
   * @param workers trials of a sweep that run side by side
   * @param stop heeded between networks and steps of a training
   */
  public Laboratory(Config machine, Path folder, int workers, StopSignal stop) {
    this.machine = machine;
    this.folder = folder;
    this.workers = workers;
    this.stop = stop;
  }

  /** {@return the keys of device and machine with those of some settings} */
  Config config(ClaimSettings settings) {
    return config(settings.keys());
  }

  /** {@return the keys of device and machine with others} */
  Config config(Map<String, String> keys) {
    return machine.withAll(keys, "claim");
  }

  /** Opens the backend that computes. */
  Backend backend(Config config) {
    return Experiment.openBackend(config, _ -> {});
  }

  /** {@return what decides numbers beside the settings} */
  String id() {
    return machine.get(ConfigSchema.BACKEND) + " " + machine.hash();
  }

  /** Heeds the signal. */
  void requireGoingOn() {
    if (stop.isRaised()) {
      throw new StoppedException();
    }
  }

  /** Raised when a stop is asked for. */
  StopSignal stop() {
    return stop;
  }

  /** What is read once for all. */
  SharedData data() {
    return data;
  }

  /**
   * Measures what the folder lacks of a study.
   *
   * @param id what its measurements have in common
   * @param run of the study; empty if it was stopped
   */
  <R> R study(String id, Function<MeasurementStore, Optional<R>> run) {
    String all = id() + " " + id;
    Path path = folder.resolve("study-" + ClaimSettings.hash(all));
    try (MeasurementStore store = MeasurementStore.open(created(path), all)) {
      return run.apply(store).orElseThrow(StoppedException::new);
    }
  }

  private static Path created(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw OutputFolder.unusable(path, e);
    }
  }

  /**
   * Trains what the folder lacks of a sweep.
   *
   * @return all rows, those of diverged trials among them
   * @throws BadInputException if a trial cannot be trained
   */
  List<TrialRow> sweep(SweepSpec spec) {
    Path path = folder.resolve("sweep-" + ClaimSettings.hash(id() + " " + spec.text()));
    SweepRunner.check(spec, data, _ -> {});
    try (TrialStore store = TrialStore.resume(path, spec)) {
      SweepRunner runner = new SweepRunner(spec, Shard.ALL, store, workers, data);
      SweepProgress progress = runner.run(true, SweepListener.NONE, stop);
      if (progress.interrupted()) {
        throw new StoppedException();
      }
      List<TrialRow> rows = store.rows();
      rows.stream()
          .filter(row -> row.outcome().retriable())
          .findFirst()
          .ifPresent(
              row -> {
                throw new IllegalStateException(
                    "trial %s failed: %s; see %s".formatted(row.label(), row.message(), path));
              });
      return rows;
    }
  }
}
