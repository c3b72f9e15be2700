package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.Parameterization;
import lemniscate.optim.Optimizer;
import lemniscate.rule.LearningRule;
import lemniscate.study.CheckedNetworks;
import lemniscate.study.CoordinateStudy;
import lemniscate.train.Experiment;

/** Coordinate checks of claims: by which power of the width things move. */
final class Coordinates {

  private Coordinates() {}

  /**
   * Moves after the steps of some settings.
   *
   * <p>{@code hiddenShift} adds to the exponent c of hidden weights, whose claimed one stays.
   */
  static CoordinateStudy.Result measure(ClaimSettings settings, Laboratory laboratory) {
    Config config = CheckedNetworks.withDefaults(laboratory.config(settings), "claim").checked();
    LearningRule rule = Experiment.rule(config);
    Optimizer optimizer = Experiment.optimizer(config);
    Parameterization claimed = Experiment.parameterization(config, rule, optimizer);
    Parameterization trained =
        claimed.withLearningRateShift(ParameterRole.HIDDEN_WEIGHT, settings.number("hiddenShift"));
    CoordinateStudy study =
        new CoordinateStudy(
            settings.integers("widths"),
            settings.integers("steps"),
            settings.integer("seeds"),
            settings.number("tolerance"),
            CheckedNetworks.of(config),
            rule,
            claimed,
            trained,
            optimizer,
            CheckedNetworks.learningRate(config, claimed),
            config.get(ConfigSchema.SEED));
    try (Backend backend = laboratory.backend(config)) {
      return laboratory.study(
          "coordinates %s %s".formatted(config.hash(), settings.hash()),
          store -> study.run(backend, store, (_, _, _) -> {}, laboratory.stop()));
    }
  }

  /** {@return the moves of the activities of hidden layers beside an expected power} */
  static List<Check> moves(
      ClaimSettings settings, CoordinateStudy.Result result, List<Integer> layers, double power) {
    double tolerance = settings.number("tolerance");
    return result.slopes().stream()
        .filter(slope -> slope.quantity().equals("dh") && layers.contains(slope.layer()))
        .map(
            slope ->
                Check.near(
                    "power of the width of the move of layer " + slope.layer(),
                    slope,
                    power,
                    tolerance))
        .toList();
  }

  /** {@return a line for each hidden layer, its moves over the width} */
  static List<Finding.Curve> curves(
      ClaimSettings settings, CoordinateStudy.Result result, List<Integer> layers) {
    List<Finding.Curve> curves = new ArrayList<>();
    for (int layer : layers) {
      List<Finding.Point> points = new ArrayList<>();
      for (int width : settings.integers("widths")) {
        points.add(
            Finding.Point.over(
                width,
                result.measurements().stream()
                    .filter(m -> m.quantity().equals("dh") && m.layer() == layer)
                    .filter(m -> m.size() == width)
                    .map(CoordinateStudy.Measurement::value)
                    .toList()));
      }
      curves.add(new Finding.Curve("layer " + layer, points));
    }
    return curves;
  }
}
