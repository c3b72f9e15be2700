package lemniscate.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import lemniscate.config.ConfigSchema;
import lemniscate.rule.CreditReach;
import lemniscate.rule.RuleFamily;
import lemniscate.train.Run;
import lemniscate.train.TrainingResult;
import lemniscate.train.TrainingSpec;

/** The result of {@code train}, {@code resume} and {@code evaluate}, as fields and as a table. */
final class RunReport {

  private RunReport() {}

  static Map<String, Object> fields(Run run, TrainingResult result) {
    TrainingSpec spec = run.experiment().spec();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rule", spec.rule().name());
    fields.put("scheme", spec.parameterization().scheme().word());
    fields.put("width", spec.network().size().width());
    fields.put("epochs", whole(result.epochs()));
    fields.put("steps", result.steps());
    fields.put("trainLoss", result.trainLoss());
    fields.put("testLoss", result.testLoss());
    fields.put("testAccuracy", result.testAccuracy());
    run.lastReach()
        .ifPresent(
            reach -> {
              fields.put("reach", reach.reach());
              if (Double.isFinite(reach.equilibriumFactor())) {
                fields.put("equilibriumFactor", reach.equilibriumFactor());
              }
            });
    fields.put("seconds", result.seconds());
    fields.put("examplesPerSecond", result.examplesPerSecond());
    fields.put("backend", run.trainer().backend().name());
    fields.put("precision", run.config().get(ConfigSchema.PRECISION));
    fields.put("seed", spec.seed());
    fields.put("run", run.path().toString());
    return fields;
  }

  // 5 rather than 5.0.
  private static Number whole(double value) {
    if (value == Math.rint(value)) {
      return (long) value;
    }
    return value;
  }

  static String text(Run run, TrainingResult result) {
    TrainingSpec spec = run.experiment().spec();
    String name = spec.rule().name();
    String rule = RuleFamily.of(name).label(name, run.config());
    TextTable table =
        new TextTable()
            .row("rule", rule)
            .row(
                "network",
                run.experiment().data().name()
                    + ", widths "
                    + spec.network().widths()
                    + ", "
                    + spec.network().activation().configName())
            .row("scheme", spec.parameterization().scheme().word())
            .row("optimiser", optimizer(run))
            .row("epochs", whole(result.epochs()) + " (" + result.steps() + " steps)")
            .row("train loss", number(result.trainLoss()))
            .row("test loss", number(result.testLoss()))
            .row("test accuracy", percent(result.testAccuracy()));
    run.lastReach().ifPresent(reach -> table.row("credit reach", reach(reach)));
    return table
        .row(
            "time",
            String.format(
                Locale.ROOT,
                "%.1f s, %.0f examples/s",
                result.seconds(),
                result.examplesPerSecond()))
        .row(
            "backend",
            run.trainer().backend().name() + ", " + run.config().get(ConfigSchema.PRECISION))
        .row("seed", spec.seed())
        .row("run", run.path())
        .toString();
  }

  private static String reach(CreditReach reach) {
    String text = String.format(Locale.ROOT, "%.2f", reach.reach());
    return Double.isFinite(reach.equilibriumFactor())
        ? text + String.format(Locale.ROOT, ", s = %.2f", reach.equilibriumFactor())
        : text;
  }

  private static String optimizer(Run run) {
    return run.config().get(ConfigSchema.OPTIM_NAME)
        + ", learning rate "
        + run.experiment().spec().learningRate()
        + " at the base width";
  }

  static String percent(double fraction) {
    return Double.isFinite(fraction)
        ? String.format(Locale.ROOT, "%.2f %%", 100 * fraction)
        : "none (regression)";
  }

  static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.5f", value) : "none";
  }
}
