package lemniscate.claim;

import java.util.List;
import lemniscate.study.DepthStudy;
import lemniscate.sweep.SeedMean;

/** How far credit comes down deep networks in a number of steps that does not grow. */
final class CreditReachesByErrorCoordinates implements Claim {

  @Override
  public Card card() {
    return new Card(
        "credit-reach",
        "After 20 steps states that relax leave the lower part of a deep residual network without"
            + " credit; error coordinates leave no unit without.",
        "this project: docs/runs.md, credit reach; docs/studies/depth.md",
        "lemniscate depth --schemes jacobi,error --at-steps 20",
        "A reach of relaxing states near 1, as with steps by their law, or one of error"
            + " coordinates below 1.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return Depths.settings(preset, "jacobi,error")
        .with("depths", preset.pick("8,16,24", "8,16,32", "8,16,32,64"), "judged", "jacobi,error");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    DepthStudy.Result result = Depths.measure(settings, laboratory);
    int deepest = settings.integers("depths").getLast();
    String relaxing = settings.words("judged").getFirst();
    String whole = settings.words("judged").getLast();
    return new Finding(
        List.of(
            Check.between(
                "credit reach of %s, %d blocks".formatted(relaxing, deepest),
                SeedMean.of(reach(result, relaxing, deepest)),
                0,
                0.7),
            Check.between(
                "credit reach of %s, %d blocks".formatted(whole, deepest),
                SeedMean.of(reach(result, whole, deepest)),
                0.99,
                1)),
        new Finding.Plot(
            "residual blocks",
            true,
            "credit reach after %d steps".formatted(settings.integer("atSteps")),
            false,
            Depths.curves(settings, result, DepthStudy.Measurement::reach)));
  }

  private static List<Double> reach(DepthStudy.Result result, String contender, int depth) {
    return Depths.values(result, contender, depth, DepthStudy.Measurement::reach);
  }
}
