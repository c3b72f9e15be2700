package lemniscate.cli;

import java.util.concurrent.Callable;
import lemniscate.data.TestSet;
import lemniscate.train.Evaluation;
import lemniscate.train.Model;
import lemniscate.train.TrainingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lemniscate evaluate}: test loss and accuracy of a checkpoint. */
@Command(
    name = "evaluate",
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Measures a checkpoint of a run on the test examples, of its own data set, another of the"
            + " same shape, or a file (NPZ with x_test and y_test or x and y; NPY or IDX beside"
            + " --labels). Inputs are scaled as in training; what it was trained on need not be"
            + " there.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate evaluate runs/20260101-120000-pc-w256 --json",
      "  lemniscate evaluate runs/demo --data new.npz --checkpoint best"
    })
final class EvaluateCommand implements Callable<Integer> {

  private static final double NANOS = 1e9;

  @Mixin private final CommonOptions common;
  @Mixin private final TrainedModel trained = new TrainedModel();
  @Mixin private final ExampleOptions examples = new ExampleOptions();
  @Spec private CommandSpec spec;

  EvaluateCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    try (Model model = trained.open(spec.commandLine(), common)) {
      TestSet set = examples.read(model, common);
      long start = System.nanoTime();
      Evaluation evaluation = evaluate(model, set);
      double seconds = (System.nanoTime() - start) / NANOS;
      TrainingResult result =
          new TrainingResult(
              model.epochs(),
              model.progress().step(),
              model.progress().trainLoss(),
              evaluation.loss(),
              evaluation.accuracy(),
              seconds,
              evaluation.examples() / seconds,
              false);
      common.result(RunReport.fields(model, result), RunReport.text(model, result));
      return ExitCode.DONE.code();
    }
  }

  private Evaluation evaluate(Model model, TestSet set) {
    try (Activity _ = Activity.of(common, "evaluating")) {
      return model.evaluate(set);
    }
  }
}
