package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.study.TransferStudy;
import lemniscate.sweep.SeedMean;
import lemniscate.sweep.TrialRow;

/** Precisions of the output that grow faster than the width. */
final class LargePrecisionHurtsWideNetworks implements Claim {

  @Override
  public Card card() {
    return new Card(
        "large-precision",
        "A precision of the output that grows faster than the width (γ̄ below −1) makes wide"
            + " networks worse than one that grows like it, each at its own best learning rate.",
        "arXiv 2411.02001, section 4 (admissible γ̄_L ≥ −1)",
        "lemniscate transfer --rule pc --scheme mup --pc.gammaExponent -1 --pc.gammaLast 8, at"
            + " width 512",
        "A loss of the widest network that is no larger with the faster growth, as where the"
            + " relaxation is too short to feel the precision. The program refuses pc.gammaExponent"
            + " below -1, so the precision of the widest network is given as γ_L = M^1 times"
            + " another power of M over the base width.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return Transfers.IMAGES.with(
        "rules", "pc",
        "schemes", "mup",
        "pc.scheme", "jacobi",
        "pc.steps", "20",
        "pc.rate", "0.1",
        "pc.gammaExponent", "-1",
        "param.baseWidth", "64",
        "excess", "1",
        "values", preset.pick("2^-4..2^-1", "2^-7..2^0", "2^-8..2^0"),
        "widths", preset.pick("64,512", "64,512", "64,2048"),
        "seeds", preset.pick("3", "5", "8"));
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    int narrow = settings.integers("widths").getFirst();
    int wide = settings.integers("widths").getLast();
    double growth =
        Math.pow((double) wide / settings.integer("param.baseWidth"), settings.number("excess"));
    List<List<Double>> like = losses(settings, laboratory);
    List<List<Double>> faster =
        losses(settings.with("pc.gammaLast", String.valueOf(growth)), laboratory);
    List<Double> excess = new ArrayList<>();
    for (int seed = 0; seed < like.getLast().size(); seed++) {
      excess.add(Math.log(faster.getLast().get(seed) / like.getLast().get(seed)));
    }
    // At the base width both precisions are the same.
    return new Finding(
        List.of(
            Check.between(
                "log of the best loss at width %d with γ̄ = %s over that with -1"
                    .formatted(wide, -1 - settings.number("excess")),
                SeedMean.of(excess),
                0,
                Double.POSITIVE_INFINITY)),
        new Finding.Plot(
            "width",
            true,
            "lowest training loss",
            false,
            List.of(
                curve("γ_L grows like the width", narrow, like.getFirst(), wide, like.getLast()),
                curve("faster", narrow, like.getFirst(), wide, faster.getLast()))));
  }

  private static Finding.Curve curve(
      String name, int narrow, List<Double> first, int wide, List<Double> last) {
    return new Finding.Curve(
        name, List.of(Finding.Point.over(narrow, first), Finding.Point.over(wide, last)));
  }

  // By width, then by seed.
  private static List<List<Double>> losses(ClaimSettings settings, Laboratory laboratory) {
    TransferStudy study = Transfers.study(settings, laboratory);
    List<TrialRow> rows = laboratory.sweep(study.sweep());
    List<List<Double>> losses = new ArrayList<>();
    for (int width : study.sizes()) {
      List<Double> own = new ArrayList<>();
      for (int seed = 0; seed < study.seeds(); seed++) {
        own.add(Transfers.best(rows, width, seed));
      }
      losses.add(own);
    }
    return losses;
  }
}
