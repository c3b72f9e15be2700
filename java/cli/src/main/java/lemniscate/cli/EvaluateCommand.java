package lemniscate.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import lemniscate.train.Evaluation;
import lemniscate.train.Run;
import lemniscate.train.TrainingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lemniscate evaluate}: test loss and accuracy of a run's newest checkpoint. */
@Command(
    name = "evaluate",
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Measures the newest checkpoint of a run on the test examples, of its own data set or"
            + " another of the same shape. Inputs are scaled as in training.",
    footerHeading = "%nExample:%n",
    footer = "  lemniscate evaluate runs/20260101-120000-pc-w256 --json")
final class EvaluateCommand implements Callable<Integer> {

  private static final double NANOS = 1e9;

  @Mixin private final CommonOptions common;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN", description = "Folder of the run.")
  private Path run;

  EvaluateCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    try (Run opened = open()) {
      long start = System.nanoTime();
      Evaluation evaluation = evaluate(opened);
      double seconds = (System.nanoTime() - start) / NANOS;
      TrainingResult trained = opened.trainer().result();
      TrainingResult result =
          new TrainingResult(
              trained.epochs(),
              trained.steps(),
              trained.trainLoss(),
              evaluation.loss(),
              evaluation.accuracy(),
              seconds,
              evaluation.examples() / seconds,
              false);
      common.result(RunReport.fields(opened, result), RunReport.text(opened, result));
      return ExitCode.DONE.code();
    }
  }

  private Run open() {
    try (Activity activity = Activity.of(common, "opening the run")) {
      return Run.evaluation(
          run, ConfigOptions.given(spec.commandLine().getParseResult()), activity::log);
    }
  }

  private Evaluation evaluate(Run opened) {
    try (Activity _ = Activity.of(common, "evaluating")) {
      return opened.trainer().evaluate(opened.experiment().data().test());
    }
  }
}
