package lemniscate.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.cli.report.Table;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Scheme;
import lemniscate.network.NetworkSpec;
import lemniscate.rule.CreditReach;
import lemniscate.rule.RuleFamily;
import lemniscate.sweep.Outcome;
import lemniscate.text.Shown;
import lemniscate.train.BestEvaluation;
import lemniscate.train.Model;
import lemniscate.train.Run;
import lemniscate.train.TrainingDivergedException;
import lemniscate.train.TrainingResult;

/** The result of {@code train}, {@code resume} and {@code evaluate}, as fields and as a table. */
final class RunReport {

  private RunReport() {}

  /**
   * What is reported on.
   *
   * @param config resolved
   * @param network trained
   * @param data name of the set
   * @param backend that computed
   * @param path folder of the run
   * @param reach what was measured of it last
   * @param best evaluation, where it decides something
   * @param stoppedEarly whether it ended training
   */
  private record Subject(
      Config config,
      NetworkSpec network,
      String data,
      Backend backend,
      Path path,
      Optional<CreditReach> reach,
      Optional<BestEvaluation> best,
      boolean stoppedEarly) {
    static Subject of(Run run) {
      return new Subject(
          run.config(),
          run.experiment().spec().network(),
          run.experiment().data().name(),
          run.trainer().backend(),
          run.path(),
          run.lastReach(),
          Optional.of(run.trainer().best())
              .filter(_ -> run.config().get(ConfigSchema.DATA_VALIDATION).isPresent())
              .filter(best -> best.step() >= 0),
          run.trainer().stoppedEarly());
    }

    static Subject of(Model model) {
      return new Subject(
          model.config(),
          model.network().spec(),
          model.config().get(ConfigSchema.DATA_NAME),
          model.backend(),
          model.path(),
          Optional.empty(),
          Optional.empty(),
          false);
    }

    String scheme() {
      return Scheme.parse(config.get(ConfigSchema.PARAM_SCHEME)).word();
    }
  }

  static Map<String, Object> fields(Run run, TrainingResult result) {
    return fields(Subject.of(run), result);
  }

  static Map<String, Object> fields(Model model, TrainingResult result) {
    return fields(Subject.of(model), result);
  }

  static String text(Run run, TrainingResult result) {
    return text(Subject.of(run), result);
  }

  static String text(Model model, TrainingResult result) {
    return text(Subject.of(model), result);
  }

  /** Of a run that diverged: what is known of it, for programs that read JSON. */
  static Map<String, Object> diverged(Run run, TrainingDivergedException e) {
    Subject subject = Subject.of(run);
    Map<String, Object> fields = opening(subject, Outcome.DIVERGED);
    fields.put("divergedAt", e.step());
    fields.put("message", String.valueOf(e.getMessage()));
    return closing(fields, subject);
  }

  private static Map<String, Object> opening(Subject run, Outcome outcome) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("outcome", outcome.text());
    fields.put("rule", run.config.get(ConfigSchema.RULE));
    fields.put("scheme", run.scheme());
    fields.put("width", run.network.size().width());
    return fields;
  }

  private static Map<String, Object> closing(Map<String, Object> fields, Subject run) {
    fields.put("backend", run.backend.name());
    fields.put("precision", run.config.get(ConfigSchema.PRECISION));
    fields.put("seed", run.config.get(ConfigSchema.SEED));
    fields.put("run", run.path.toString());
    return fields;
  }

  private static Map<String, Object> fields(Subject run, TrainingResult result) {
    Map<String, Object> fields = opening(run, Outcome.OK);
    fields.put("epochs", whole(result.epochs()));
    fields.put("steps", result.steps());
    fields.put("trainLoss", result.trainLoss());
    fields.put("testLoss", result.testLoss());
    fields.put("testAccuracy", result.testAccuracy());
    run.reach.ifPresent(
        reach -> {
          fields.put("reach", reach.reach());
          if (Double.isFinite(reach.equilibriumFactor())) {
            fields.put("equilibriumFactor", reach.equilibriumFactor());
          }
        });
    run.best.ifPresent(
        best -> {
          fields.put("bestStep", best.step());
          fields.put("bestLoss", best.loss());
          fields.put("bestAccuracy", best.accuracy());
          fields.put("stoppedEarly", run.stoppedEarly);
        });
    fields.put("seconds", result.seconds());
    fields.put("examplesPerSecond", result.examplesPerSecond());
    return closing(fields, run);
  }

  // 5 rather than 5.0.
  private static Number whole(double value) {
    if (value == Math.rint(value)) {
      return (long) value;
    }
    return value;
  }

  private static String text(Subject run, TrainingResult result) {
    String name = run.config.get(ConfigSchema.RULE);
    TextTable table =
        new TextTable()
            .row("rule", RuleFamily.of(name).label(name, run.config))
            .row(
                "network",
                run.data
                    + ", widths ["
                    + Shown.list(run.network.widths())
                    + "], "
                    + run.network.activation().configName())
            .row("scheme", run.scheme())
            .row("optimiser", optimizer(run.config))
            .row("epochs", whole(result.epochs()) + " (" + result.steps() + " steps)")
            .row("train loss", number(result.trainLoss()))
            .row("test loss", number(result.testLoss()))
            .row("test accuracy", percent(result.testAccuracy()));
    run.best.ifPresent(best -> table.row("best", best(best, run.stoppedEarly)));
    run.reach.ifPresent(reach -> table.row("credit reach", reach(reach)));
    return table
        .row(
            "time",
            String.format(
                Locale.ROOT,
                "%.1f s, %.0f examples/s",
                result.seconds(),
                result.examplesPerSecond()))
        .row("backend", run.backend.name() + ", " + run.config.get(ConfigSchema.PRECISION))
        .row("seed", run.config.get(ConfigSchema.SEED))
        .row("run", run.path)
        .toString();
  }

  private static String best(BestEvaluation best, boolean stopped) {
    String what =
        Double.isFinite(best.accuracy())
            ? "accuracy " + percent(best.accuracy())
            : "loss " + number(best.loss());
    return "%s, after step %d%s"
        .formatted(
            what,
            best.step(),
            stopped ? "; stopped after %d evaluations without better".formatted(best.since()) : "");
  }

  private static String reach(CreditReach reach) {
    String text = String.format(Locale.ROOT, "%.2f", reach.reach());
    return Double.isFinite(reach.equilibriumFactor())
        ? text + String.format(Locale.ROOT, ", s = %.2f", reach.equilibriumFactor())
        : text;
  }

  private static String optimizer(Config config) {
    return config.get(ConfigSchema.OPTIM_NAME)
        + ", learning rate "
        + config.get(ConfigSchema.OPTIM_LR).map(String::valueOf).orElse("of the rule")
        + " at the base width";
  }

  static String percent(double fraction) {
    return Double.isFinite(fraction) ? Table.percent(fraction, 2) : "none (regression)";
  }

  static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.5f", value) : "none";
  }
}
