package lemniscate.cli;

import java.util.concurrent.Callable;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.mup.ScalingTable;
import lemniscate.text.ShellWords;
import lemniscate.train.Experiment;
import lemniscate.train.Run;
import lemniscate.train.StopSignal;
import lemniscate.train.TrainingDivergedException;
import lemniscate.train.TrainingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate train}: one run from the first step to the last. */
@Command(
    name = "train",
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Trains a network and writes a run directory: configuration, provenance, metrics,"
            + " checkpoints.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate train",
      "  lemniscate train --rule bp --width 1024 --loss ce --epochs 10 --data fashion-mnist",
      "  lemniscate train --config my.yaml --set pc.steps=40 --seed 3 --out runs/pc40 --json",
      "  lemniscate train --width 4096 --print-scaling"
    })
final class TrainCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Option(
      names = "--print-config",
      description = "Write the resolved configuration as YAML, or JSON, and train nothing.")
  private boolean printConfig;

  @Option(
      names = "--print-scaling",
      description = "Write how the parameterisation scales every weight and train nothing.")
  private boolean printScaling;

  TrainCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    if (printConfig && printScaling) {
      throw new BadInputException(
          "--print-config and --print-scaling are given; expected one of them. Leave the other out.");
    }
    Config config = ConfigOptions.read(spec.commandLine().getParseResult());
    if (printConfig) {
      Config completed = Experiment.completed(config);
      common.document(completed.toMap(), completed.toYaml());
      return ExitCode.DONE.code();
    }
    if (printScaling) {
      ScalingTable table = Experiment.of(config).scalingTable();
      common.document(table.fields(), table.toText());
      return ExitCode.DONE.code();
    }
    StopSignal stop = Interruption.signal(common);
    try (Run run = start(config)) {
      return train(run, common, stop);
    }
  }

  private Run start(Config config) {
    try (Activity preparing = Activity.of(common, "preparing the run")) {
      return Run.start(config, Main.commandLine(spec), preparing::log);
    }
  }

  /** Trains, shows, reports. */
  static int train(Run run, CommonOptions common, StopSignal stop) {
    common.log("run directory: " + run.path());
    run.draw(new RunPictures(CurvesCommand.nameOf(run.path()), common::log));
    TrainingResult result;
    try (TrainingProgressDisplay display =
        TrainingProgressDisplay.of(
            common,
            run.experiment().spec().rule(),
            run.trainer().step(),
            run.experiment().spec().steps())) {
      result = run.train(display, stop);
    } catch (TrainingDivergedException e) {
      if (common.json()) {
        common.result(RunReport.diverged(run, e), "");
      }
      throw e;
    }
    if (result.interrupted()) {
      common
          .streams()
          .err()
          .println(
              "interrupted after step "
                  + result.steps()
                  + "; its checkpoint is written. Go on with: lemniscate resume "
                  + ShellWords.path(run.path()));
      return ExitCode.INTERRUPTED.code();
    }
    common.result(RunReport.fields(run, result), RunReport.text(run, result));
    return ExitCode.DONE.code();
  }
}
