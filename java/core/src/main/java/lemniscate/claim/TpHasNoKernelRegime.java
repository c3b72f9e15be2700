package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.mup.Parameterization;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Contender;
import lemniscate.rule.LearningRule;
import lemniscate.rule.RuleFamily;
import lemniscate.study.CheckedNetworks;
import lemniscate.study.CoordinateStudy;
import lemniscate.study.RegimeStudy;
import lemniscate.train.Experiment;

/** Target propagation learns features where backpropagation is lazy. */
final class TpHasNoKernelRegime implements Claim {

  @Override
  public Card card() {
    return new Card(
        "tp-no-kernel-regime",
        "With last weights of the usual variance 1/M (b = ½) backpropagation is lazy, its features"
            + " moving by M^−½, while target propagation learns features at every width (r ≤ 0),"
            + " for its moves are independent of the last weights (ω = ½).",
        "arXiv 2411.02001, theorem 5.2 and figure 8",
        "lemniscate regime --rules bp,dtp --schemes ntk",
        "Features of target propagation that move less and less, or an ω of 1, as with targets"
            + " through the transposed weights.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "param.scheme", "ntk",
        "lazy", "bp",
        "learning", "dtp",
        "steps", "5",
        "widths",
            preset.pick("128,256,512,1024", "128,256,512,1024,2048", "256,512,1024,2048,4096"),
        "seeds", preset.pick("6", "8", "8"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<RegimeStudy.Case> cases =
        Stream.of("lazy", "learning")
            .map(role -> of(settings, settings.text(role), laboratory))
            .toList();
    RegimeStudy study = new RegimeStudy(cases);
    Config config = laboratory.config(ClaimSettings.of("precision", "fp64"));
    RegimeStudy.Result result;
    try (Backend backend = laboratory.backend(config)) {
      result =
          laboratory.study(
              "regime " + settings.hash(),
              store -> study.run(backend, store, (_, _, _) -> {}, laboratory.stop()));
    }
    int step = settings.integer("steps");
    List<Check> checks = new ArrayList<>();
    checks.add(check(result, cases.getFirst(), RegimeStudy.Quantity.FEATURE_CHANGE, step, -0.5));
    checks.add(check(result, cases.getLast(), RegimeStudy.Quantity.FEATURE_CHANGE, step, 0));
    checks.add(check(result, cases.getFirst(), RegimeStudy.Quantity.OMEGA, step, 1));
    checks.add(check(result, cases.getLast(), RegimeStudy.Quantity.OMEGA, step, 0.5));
    List<Finding.Curve> curves = new ArrayList<>();
    int last = study.layers(RegimeStudy.Quantity.FEATURE_CHANGE).getLast();
    for (RegimeStudy.Case of : cases) {
      List<Finding.Point> points = new ArrayList<>();
      for (int width : settings.integers("widths")) {
        points.add(
            Finding.Point.over(
                width, result.values(of, RegimeStudy.Quantity.FEATURE_CHANGE, last, step, width)));
      }
      curves.add(new Finding.Curve(of.rule(), points));
    }
    return new Finding(
        checks, new Finding.Plot("width", true, "relative change of features", true, curves));
  }

  // Halfway between the powers that regimes differ by.
  private static Check check(
      RegimeStudy.Result result,
      RegimeStudy.Case of,
      RegimeStudy.Quantity quantity,
      int step,
      double expected) {
    RegimeStudy.Slope slope = result.slope(of, quantity, step);
    return Check.near(
        "power of the width of the %s, %s".formatted(quantity.description(), of.rule()),
        slope,
        expected,
        0.25);
  }

  private static RegimeStudy.Case of(ClaimSettings settings, String name, Laboratory laboratory) {
    Contender contender =
        RuleFamily.all().stream()
            .flatMap(family -> family.contenders().stream())
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow();
    Config config =
        CheckedNetworks.withDefaults(
                laboratory.config(settings).withAll(contender.keys(), "claim"), "claim")
            .checked();
    LearningRule rule = Experiment.rule(config);
    Optimizer optimizer = Experiment.optimizer(config);
    Parameterization parameterization = Experiment.parameterization(config, rule, optimizer);
    return new RegimeStudy.Case(
        name,
        new CoordinateStudy(
            settings.integers("widths"),
            settings.integers("steps"),
            settings.integer("seeds"),
            0.1,
            CheckedNetworks.of(config),
            rule,
            parameterization,
            parameterization,
            optimizer,
            CheckedNetworks.learningRate(config, parameterization),
            config.get(ConfigSchema.SEED)));
  }
}
