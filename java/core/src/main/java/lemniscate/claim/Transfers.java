package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.ConfigSchema;
import lemniscate.study.LossCurve;
import lemniscate.study.NetworkAxis;
import lemniscate.study.TransferResult;
import lemniscate.study.TransferStudy;
import lemniscate.sweep.SeedMean;
import lemniscate.sweep.TrialRow;

/** Transfer studies of claims. */
final class Transfers {

  /** Keys that the command {@code transfer} sets where they are not given, on images. */
  static final ClaimSettings IMAGES =
      ClaimSettings.of(
          "data.name", "fashion-mnist-mini",
          "data.train", "4096",
          "data.test", "1000",
          "train.batch", "64",
          "train.steps", "64",
          "param.weightScale", "1.5",
          "param.outputScale", "0.125",
          "pc.steps", "6",
          "pc.rate", "0.2",
          "threads", "1",
          "key", "optim.lr",
          "metric", "TRAIN",
          "tolerance", "1");

  private Transfers() {}

  /**
   * The study of some settings: {@code rules}, {@code schemes}, {@code key}, {@code values}, {@code
   * widths}, {@code seeds}, {@code metric}, {@code tolerance}.
   */
  static TransferStudy study(ClaimSettings settings, Laboratory laboratory) {
    return new TransferStudy(
        laboratory.config(settings),
        ConfigSchema.key(settings.text("key"), "claim"),
        TransferStudy.values(settings.text("values"), "claim"),
        NetworkAxis.WIDTH,
        settings.integers("widths"),
        settings.words("schemes"),
        settings.words("rules"),
        settings.integer("seeds"),
        TransferStudy.Metric.valueOf(settings.text("metric")),
        settings.number("tolerance"));
  }

  /** {@return the drifts of all rules and schemes beside what theory expects, with the curves} */
  static Finding drifts(ClaimSettings settings, Laboratory laboratory) {
    TransferStudy study = study(settings, laboratory);
    List<TransferResult> results = study.analyse(laboratory.sweep(study.sweep())).results();
    List<Check> checks = results.stream().map(result -> check(study, result)).toList();
    List<Finding.Curve> curves = new ArrayList<>();
    TransferResult first = results.getFirst();
    for (LossCurve curve : first.curves()) {
      curves.add(curve(study, curve));
    }
    return new Finding(
        checks,
        new Finding.Plot(
            study.key() + ", " + first.rule() + " under " + first.scheme(),
            true,
            study.metric().text(),
            true,
            curves));
  }

  private static Check check(TransferStudy study, TransferResult result) {
    return drift(
        "best %s of %s under %s".formatted(study.key(), result.rule(), result.scheme()),
        study,
        result.driftBySeed(),
        Double.isInfinite(result.driftAtLeast()),
        Double.isInfinite(result.driftAtMost()),
        result.expected().lowest(),
        result.expected().highest());
  }

  /**
   * A drift over seeds. What an edge of the grid hides has no end of an interval.
   *
   * @param what drifts
   * @param octaves by seed
   * @param belowHidden whether it may be less than any number
   * @param aboveHidden whether it may be more than any number
   * @param lowest that is expected
   * @param highest that is expected
   */
  static Check drift(
      String what,
      TransferStudy study,
      List<Double> octaves,
      boolean belowHidden,
      boolean aboveHidden,
      double lowest,
      double highest) {
    SeedMean mean = SeedMean.of(octaves);
    boolean interval = !Double.isNaN(mean.low());
    return new Check(
        "drift of the %s over widths %d to %d, octaves"
            .formatted(what, study.sizes().getFirst(), study.sizes().getLast()),
        mean.mean(),
        belowHidden ? Double.NEGATIVE_INFINITY : interval ? mean.low() : mean.mean(),
        aboveHidden ? Double.POSITIVE_INFINITY : interval ? mean.high() : mean.mean(),
        lowest,
        highest);
  }

  private static Finding.Curve curve(TransferStudy study, LossCurve curve) {
    List<Finding.Point> points =
        curve.points().stream()
            .filter(point -> point.diverged() == 0)
            .map(
                point ->
                    new Finding.Point(
                        point.value(),
                        point.loss(),
                        point.loss() - point.lossStd(),
                        point.loss() + point.lossStd()))
            .toList();
    return new Finding.Curve(study.axis().word() + " " + curve.size(), points);
  }

  /**
   * The lowest loss of a size and seed over all values; NaN if all diverged.
   *
   * @param rows of the study's sweep
   */
  static double best(List<TrialRow> rows, int width, long seed) {
    return rows.stream()
        .filter(row -> number(row, ConfigSchema.NET_WIDTH.name()) == width)
        .filter(row -> number(row, ConfigSchema.SEED.name()) == seed)
        .mapToDouble(row -> row.metrics().trainLoss())
        .filter(Double::isFinite)
        .min()
        .orElse(Double.NaN);
  }

  /** {@return a value that a sweep varies} */
  static double number(TrialRow row, String key) {
    return row.values().get(key) instanceof Number number ? number.doubleValue() : Double.NaN;
  }
}
