package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.optim.Optimizer;
import lemniscate.rule.bp.BackPropagation;
import lemniscate.rule.pc.Inference;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.LinearStudy;
import lemniscate.train.Experiment;

/** Linear studies of claims: predictive coding at rest in deep linear networks. */
final class Linears {

  // For networks that are relaxed as well; these are not.
  private static final Inference.Equilibrium REST = new Inference.Equilibrium(20_000, 0.2, 1e-11);

  private Linears() {}

  /** Settings of the command {@code linear}, which claims about the same networks share. */
  static ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "param.scheme", "mup",
        "param.form", "literal",
        "precision", "fp64",
        "net.depth", "2",
        "net.activation", "linear",
        "train.batch", "32",
        "gammaExponents", "0,-0.5,-1",
        "widths", preset.pick("256,512,1024", "128,256,512,1024", "256,512,1024,2048"),
        "seeds", preset.pick("4", "8", "16"));
  }

  /** {@return what the networks of some settings give, at their initial weights} */
  static LinearStudy.Result measure(ClaimSettings settings, Laboratory laboratory) {
    Config config = laboratory.config(settings).checked();
    Optimizer optimizer = Experiment.optimizer(config);
    Parameterization parameterization =
        Experiment.parameterization(config, new BackPropagation(), optimizer);
    LinearStudy study =
        new LinearStudy(
            settings.integers("widths"),
            List.of(parameterization),
            settings.numbers("gammaExponents"),
            List.of(0),
            settings.integer("seeds"),
            CoordinateStudy.Networks.perceptron(
                config.get(ConfigSchema.NET_DEPTH),
                Experiment.activation(config),
                false,
                config.get(ConfigSchema.TRAIN_BATCH)),
            new LinearStudy.Rules(
                List.of(1.0), 1, REST, optimizer, config.get(ConfigSchema.OPTIM_LR)),
            0,
            config.get(ConfigSchema.SEED));
    try (Backend backend = laboratory.backend(config)) {
      return laboratory.study(
          "linear " + config.hash() + " " + settings.text("gammaExponents"),
          store -> study.run(backend, store, (_, _, _) -> {}, laboratory.stop()));
    }
  }

  /** A slope over the width at an exponent, beside a power that theory counts under μP. */
  static Check slope(
      LinearStudy.Result result,
      LinearStudy.Quantity quantity,
      double gammaExponent,
      double expected,
      double tolerance) {
    LinearStudy.Slope slope =
        result.slopes().stream()
            .filter(s -> s.quantity() == quantity && s.gammaExponent() == gammaExponent)
            .findFirst()
            .orElseThrow();
    return Check.near(
        "power of the width of %s, precision of the output M^%s"
            .formatted(quantity.label(), exponent(-gammaExponent)),
        slope,
        expected,
        tolerance);
  }

  private static String exponent(double value) {
    return value == (long) value ? Long.toString((long) value) : Double.toString(value);
  }

  /** {@return the numbers of a quantity at a width and exponent, over the seeds} */
  static List<Double> values(
      LinearStudy.Result result, LinearStudy.Quantity quantity, double gammaExponent, int width) {
    return result.measurements().stream()
        .filter(m -> m.gammaExponent() == gammaExponent && m.width() == width)
        .map(m -> m.directions().get(quantity))
        .toList();
  }

  /** {@return a line for each exponent, over the width} */
  static List<Finding.Curve> curves(
      ClaimSettings settings,
      LinearStudy.Result result,
      LinearStudy.Quantity quantity,
      List<Double> exponents) {
    List<Finding.Curve> curves = new ArrayList<>();
    for (double gammaExponent : exponents) {
      List<Finding.Point> points = new ArrayList<>();
      for (int width : settings.integers("widths")) {
        points.add(Finding.Point.over(width, values(result, quantity, gammaExponent, width)));
      }
      curves.add(
          new Finding.Curve(
              "%s, g = %s, %s"
                  .formatted(
                      quantity.label(),
                      exponent(gammaExponent),
                      Scheme.parse(settings.text("param.scheme")).word()),
              points));
    }
    return curves;
  }
}
