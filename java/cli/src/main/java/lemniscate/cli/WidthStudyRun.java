package lemniscate.cli;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.MeasurementStore;
import lemniscate.study.NetworkAxis;
import lemniscate.train.Experiment;
import lemniscate.train.Provenance;
import lemniscate.train.StopSignal;
import picocli.CommandLine.Model.CommandSpec;

/**
 * A study that measured networks of several widths into its folder.
 *
 * @param provenance what it ran on
 * @param result empty where it was interrupted
 */
record WidthStudyRun<R>(StudyFolder folder, Map<String, Object> provenance, Optional<R> result) {

  /** The measuring itself. */
  @FunctionalInterface
  interface Measuring<R> {
    Optional<R> run(
        Backend backend,
        MeasurementStore store,
        CoordinateStudy.Progress progress,
        StopSignal stop);
  }

  /**
   * What is to be measured.
   *
   * @param table the file by which a finished study is known
   * @param id what measurements must have in common to be gone on with
   * @param networks how many in all
   * @param axis what differs between them
   * @param sizes how many of these
   */
  record Plan(String table, String id, int networks, NetworkAxis axis, int sizes) {

    /** Over widths. */
    static Plan overWidths(String table, String id, int networks, int widths) {
      return new Plan(table, id, networks, NetworkAxis.WIDTH, widths);
    }
  }

  /**
   * Measures what the folder does not hold yet.
   *
   * @param check of the backend, before anything is written
   */
  static <R> WidthStudyRun<R> of(
      CommandSpec spec,
      CommonOptions common,
      Resumption resumption,
      Config config,
      Plan plan,
      Consumer<Backend> check,
      Measuring<R> measuring) {
    resumption.require(config, plan.table());
    StopSignal stop = Interruption.signal(common);
    try (Backend backend = Experiment.openBackend(config, common::log)) {
      check.accept(backend);
      StudyFolder folder = resumption.folder(config, spec.name(), plan.table());
      Map<String, Object> provenance = Provenance.of(config, backend, Main.commandLine(spec));
      try (MeasurementStore store = MeasurementStore.open(folder.path(), plan.id());
          WidthProgress progress =
              WidthProgress.of(common, plan.networks(), plan.axis(), plan.sizes())) {
        return new WidthStudyRun<>(
            folder, provenance, measuring.run(backend, store, progress, stop));
      }
    }
  }
}
