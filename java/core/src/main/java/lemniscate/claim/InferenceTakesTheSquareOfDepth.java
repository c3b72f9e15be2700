package lemniscate.claim;

import java.util.List;
import java.util.Map;
import lemniscate.study.DepthStudy;

/** How many steps ways of inference need in deep networks. */
final class InferenceTakesTheSquareOfDepth implements Claim {

  // By contender: the law and by how much a slope may miss it at depths from 8.
  private static final Map<String, Double> LAWS =
      Map.of("jacobi", 2.0, "si", 2.0, "momentum", 1.0, "fpa", 1.0, "error", 0.0);

  @Override
  public Card card() {
    return new Card(
        "depth-laws",
        "In residual networks of L blocks with branches over √L, states that relax need steps"
            + " proportional to L², with momentum or fixed predictions to L, and errors that are"
            + " the variables themselves one step.",
        "this project: docs/studies/depth.md",
        "lemniscate depth --schemes jacobi,si,momentum,fpa,error",
        "A slope of log steps over log L that misses its law by 0.2 (error coordinates 0.1).");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return Depths.settings(preset, "jacobi,si,momentum,fpa,error");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    DepthStudy.Result result = Depths.measure(settings, laboratory);
    List<Check> checks =
        result.slopes().stream()
            .map(
                slope -> {
                  double law = LAWS.getOrDefault(slope.contender(), Double.NaN);
                  double tolerance = law == 0 ? 0.1 : 0.2;
                  return Check.near(
                      "slope of log steps over log L, " + slope.contender(), slope, law, tolerance);
                })
            .toList();
    return new Finding(
        checks,
        new Finding.Plot(
            "residual blocks",
            true,
            "steps",
            true,
            Depths.curves(settings, result, DepthStudy.Measurement::steps)));
  }
}
