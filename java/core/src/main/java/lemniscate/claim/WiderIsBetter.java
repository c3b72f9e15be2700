package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import lemniscate.study.TransferStudy;
import lemniscate.sweep.SeedMean;
import lemniscate.sweep.TrialRow;

/** Wide networks do better, each at its own best rate. */
final class WiderIsBetter implements Claim {

  @Override
  public Card card() {
    return new Card(
        "wider-is-better",
        "Under μP a wider network trained by predictive coding has the lower training loss, each"
            + " width at its own best learning rate.",
        "arXiv 2411.02001, section 4; arXiv 2203.03466, figure 1",
        "lemniscate transfer --rule pc --scheme mup",
        "Losses that do not fall from the narrowest to the widest network, as where the width"
            + " brings in noise that the batches cannot average.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return PcTransfersOverWidth.learningRates(preset);
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    TransferStudy study = Transfers.study(settings, laboratory);
    List<TrialRow> rows = laboratory.sweep(study.sweep());
    int narrow = study.sizes().getFirst();
    int wide = study.sizes().getLast();
    List<Double> gains =
        seeds(study)
            .mapToObj(
                seed ->
                    Math.log(Transfers.best(rows, wide, seed) / Transfers.best(rows, narrow, seed)))
            .toList();
    List<Finding.Point> points = new ArrayList<>();
    for (int width : study.sizes()) {
      points.add(
          Finding.Point.over(
              width, seeds(study).mapToObj(seed -> Transfers.best(rows, width, seed)).toList()));
    }
    return new Finding(
        List.of(
            Check.between(
                "log of the best loss at width %d over that at %d".formatted(wide, narrow),
                SeedMean.of(gains),
                Double.NEGATIVE_INFINITY,
                0)),
        new Finding.Plot(
            "width",
            true,
            "lowest training loss",
            false,
            List.of(new Finding.Curve(settings.text("rules"), points))));
  }

  private static LongStream seeds(TransferStudy study) {
    return LongStream.range(0, study.seeds());
  }
}
