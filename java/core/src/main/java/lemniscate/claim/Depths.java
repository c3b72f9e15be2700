package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.optim.Optimizer;
import lemniscate.study.CheckedNetworks;
import lemniscate.study.DepthStudy;
import lemniscate.study.InferenceContender;
import lemniscate.train.Experiment;

/** Depth studies of claims: inference down residual networks. */
final class Depths {

  private Depths() {}

  /** Settings of the command {@code depth}, of some contenders. */
  static ClaimSettings settings(ClaimPreset preset, String contenders) {
    return ClaimSettings.of(
        "net.preset", "resmlp",
        "net.width", "64",
        "param.scheme", "mup",
        "precision", "fp64",
        "contenders", contenders,
        "depths", preset.pick("8,12,16", "8,12,16,24,32", "8,16,32,64,128"),
        "seeds", preset.pick("4", "8", "8"),
        "atSteps", "20");
  }

  /** {@return what inference needs at the depths of some settings} */
  static DepthStudy.Result measure(ClaimSettings settings, Laboratory laboratory) {
    Config config = CheckedNetworks.withDefaults(laboratory.config(settings), "claim").checked();
    Optimizer optimizer = Experiment.optimizer(config);
    List<DepthStudy.Contender> contenders = new ArrayList<>();
    for (InferenceContender known : InferenceContender.known()) {
      if (settings.words("contenders").contains(known.name())) {
        contenders.add(known.in(config, null));
      }
    }
    DepthStudy study =
        new DepthStudy(
            settings.integers("depths"),
            settings.integer("seeds"),
            contenders,
            CheckedNetworks.ofDepths(config, settings.integers("depths")),
            rule -> Experiment.parameterization(config, rule, optimizer),
            optimizer,
            settings.integer("atSteps"),
            config.get(ConfigSchema.SEED));
    try (Backend backend = laboratory.backend(config)) {
      return laboratory.study(
          config.hash() + " " + study.id(),
          store -> study.run(backend, store, (_, _, _) -> {}, laboratory.stop()));
    }
  }

  /** {@return a line for each contender, over the depth} */
  static List<Finding.Curve> curves(
      ClaimSettings settings,
      DepthStudy.Result result,
      ToDoubleFunction<DepthStudy.Measurement> number) {
    List<Finding.Curve> curves = new ArrayList<>();
    for (DepthStudy.Slope slope : result.slopes()) {
      List<Finding.Point> points = new ArrayList<>();
      for (int depth : settings.integers("depths")) {
        points.add(Finding.Point.over(depth, values(result, slope.contender(), depth, number)));
      }
      curves.add(new Finding.Curve(slope.contender(), points));
    }
    return curves;
  }

  /** {@return a number of a contender at a depth, over the seeds} */
  static List<Double> values(
      DepthStudy.Result result,
      String contender,
      int depth,
      ToDoubleFunction<DepthStudy.Measurement> number) {
    return result.measurements().stream()
        .filter(m -> m.contender().equals(contender) && m.depth() == depth)
        .mapToDouble(number)
        .boxed()
        .toList();
  }
}
