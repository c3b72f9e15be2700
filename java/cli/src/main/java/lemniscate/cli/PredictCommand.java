package lemniscate.cli;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import lemniscate.data.TestSet;
import lemniscate.train.Evaluation;
import lemniscate.train.Model;
import lemniscate.train.PredictionFile;
import lemniscate.train.Predictions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lemniscate predict}: what a trained network answers. */
@Command(
    name = PredictCommand.NAME,
    sortOptions = false,
    abbreviateSynopsis = true,
    description =
        "Answers examples with a checkpoint of a run: scores, with cross-entropy probabilities, and"
            + " the class. The examples are those of a file (NPZ with x or x_test; NPY; IDX), or"
            + " the test examples of a data set; labels need not be there. Inputs are scaled as in"
            + " training.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lemniscate predict runs/demo --data new.npy --out answers.npz",
      "  lemniscate predict runs/demo --data new.npz > answers.csv"
    })
final class PredictCommand implements Callable<Integer> {

  static final String NAME = "predict";

  private static final double NANOS = 1e9;

  @Mixin private final CommonOptions common;
  @Mixin private final TrainedModel trained = new TrainedModel();
  @Mixin private final ExampleOptions examples = new ExampleOptions();
  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where answers go, .npz or .csv [CSV on standard output, with --json nowhere].")
  private @Nullable Path out;

  PredictCommand(Streams streams) {
    this.common = new CommonOptions(streams);
  }

  @Override
  public Integer call() {
    if (out != null) {
      PredictionFile.check(out);
    }
    try (Model model = trained.open(spec.commandLine(), common)) {
      TestSet set = examples.read(model, common);
      long start = System.nanoTime();
      Predictions answers = predict(model, set);
      double seconds = (System.nanoTime() - start) / NANOS;
      if (out != null) {
        PredictionFile.write(out, set, answers, model.backend());
      }
      report(model, set, answers, seconds);
      return ExitCode.DONE.code();
    }
  }

  private Predictions predict(Model model, TestSet set) {
    try (Activity _ = Activity.of(common, "predicting")) {
      return model.predict(set);
    }
  }

  private void report(Model model, TestSet set, Predictions answers, double seconds) {
    Evaluation evaluation = answers.evaluation();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("examples", answers.examples());
    fields.put("classes", model.classifies() ? answers.outputs() : null);
    fields.put("outputs", answers.outputs());
    fields.put("loss", evaluation.loss());
    fields.put("accuracy", evaluation.accuracy());
    fields.put("output", out == null ? null : out.toString());
    fields.put("checkpoint", model.checkpoint().toString());
    fields.put("step", model.progress().step());
    fields.put("backend", model.backend().name());
    fields.put("seconds", seconds);
    fields.put("run", model.path().toString());
    String summary = summary(set, answers, seconds);
    if (out != null || common.json()) {
      common.result(fields, summary + System.lineSeparator());
      return;
    }
    common.log(summary);
    try {
      PredictionFile.csv(
          new OutputStreamWriter(common.streams().out(), StandardCharsets.UTF_8),
          set,
          answers,
          model.backend());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to standard output", e);
    }
  }

  private String summary(TestSet set, Predictions answers, double seconds) {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "%d examples, %.2f s", answers.examples(), seconds));
    if (set.answered()) {
      text.append(", loss ").append(RunReport.number(answers.evaluation().loss()));
      if (set.examples().classification()) {
        text.append(", accuracy ").append(RunReport.percent(answers.evaluation().accuracy()));
      }
    }
    return out == null ? text.toString() : text.append(", written to ").append(out).toString();
  }
}
