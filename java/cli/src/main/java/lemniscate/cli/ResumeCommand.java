package lemniscate.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import lemniscate.text.ShellWords;
import lemniscate.train.Run;
import lemniscate.train.StopSignal;
import lemniscate.train.TrainingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lemniscate resume}: goes on with a run that was stopped or killed. */
@Command(
    name = "resume",
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Goes on with a run from its newest readable checkpoint. The result is bit for bit that of"
            + " a run which was never stopped. Options change the run from there on: --epochs or"
            + " --steps train it beyond its first end; the change is kept in its history.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate resume runs/20260101-120000-pc-w256",
      "  lemniscate resume runs/demo --epochs 20 --lr 0.01 --optim.schedule cosine"
    })
final class ResumeCommand implements Callable<Integer> {

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "Folder of the run.")
  private Path run;

  ResumeCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    StopSignal stop = Interruption.signal(common);
    try (Run resumed = open()) {
      if (resumed.finished()) {
        boolean early = resumed.trainer().stoppedEarly();
        common.log(
            "the run is finished: nothing to do; it is trained on by lemniscate resume "
                + ShellWords.path(run)
                + (early ? " --train.stopAfter N" : " --epochs N"));
        TrainingResult result = resumed.trainer().result();
        common.result(RunReport.fields(resumed, result), RunReport.text(resumed, result));
        return ExitCode.DONE.code();
      }
      return TrainCommand.train(resumed, common, stop);
    }
  }

  private Run open() {
    try (Activity opening = Activity.of(common, "opening the run")) {
      return Run.resume(
          run,
          ConfigOptions.given(spec.commandLine().getParseResult()),
          Main.commandLine(spec),
          opening::log);
    }
  }
}
