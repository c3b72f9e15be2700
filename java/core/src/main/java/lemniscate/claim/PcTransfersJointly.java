package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.config.ConfigKey;
import lemniscate.config.ConfigSchema;
import lemniscate.study.JointTransferStudy;
import lemniscate.study.JointTransferStudy.Drift;
import lemniscate.study.JointTransferStudy.Surface;
import lemniscate.study.TransferStudy;
import lemniscate.sweep.TrialRow;

/**
 * μTransfer of predictive coding over a grid of learning rate and inference rate, and its negative
 * control.
 */
final class PcTransfersJointly implements Claim {

  @Override
  public Card card() {
    return new Card(
        "pc-joint-transfer",
        "Under μP the learning rate and the inference rate that are best together for a narrow"
            + " network trained by predictive coding are best together for a wide one; under SP the"
            + " learning rate of the best pair falls.",
        "arXiv 2411.02001, theorem on μP for PC (section 4) and figure 1",
        "lemniscate sweep, of a file whose grid has net.width, optim.lr and pc.rate",
        "A coordinate of the joint optimum that drifts by more than an octave under μP, or a"
            + " learning rate that falls by less than two thirds of an octave a doubling under SP."
            + " With many steps of inference the best pairs lie in a valley, in which"
            + " one rate makes up for the other.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    // A step more than credit takes to the first layer: with more, the best pairs lie in a valley
    // along the largest stable inference rate, and which of them is best is chance.
    return Transfers.IMAGES.with(
        "rules",
        "pc",
        "pc.steps",
        "3",
        "schemes",
        "mup",
        "values",
        "0.0625,0.125,0.18,0.25,0.35,0.5",
        "inferenceRates",
        preset.pick("0.1,0.2,0.3,0.4,0.6", "0.1,0.15,0.2,0.3,0.4,0.5,0.6", ALL_RATES),
        "control",
        "sp",
        "controlValues",
        preset.pick("2^-7..2^-1", "2^-9..2^-1", "2^-12..2^-1"),
        "controlRates",
        preset.pick("0.2,0.4,0.6", "0.1,0.2,0.4,0.6", ALL_RATES),
        "widths",
        preset.pick("64,256", "64,128,256,512", "64,128,256,512,1024,2048"),
        "seeds",
        preset.pick("3", "5", "8"));
  }

  private static final String ALL_RATES = "0.05,0.1,0.15,0.2,0.25,0.3,0.35,0.4,0.5,0.6,0.8";

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    JointTransferStudy study = joint(settings, laboratory);
    ConfigKey<?> rate = study.study().key();
    List<TrialRow> rows = laboratory.sweep(study.sweep());
    Map<ConfigKey<?>, List<Drift>> drifts = study.drifts(rows);
    double tolerance = settings.number("tolerance");
    List<Check> checks = new ArrayList<>();
    checks.add(check(study, rate, drifts, -tolerance, tolerance));
    checks.add(check(study, study.second(), drifts, -tolerance, tolerance));
    ClaimSettings controlled =
        settings.with(
            "schemes", settings.text("control"),
            "values", settings.text("controlValues"),
            "inferenceRates", settings.text("controlRates"));
    JointTransferStudy control = joint(controlled, laboratory);
    double least = control.study().expectation(settings.text("control")).highest();
    checks.add(
        check(
            control,
            rate,
            control.drifts(laboratory.sweep(control.sweep())),
            Double.NEGATIVE_INFINITY,
            least));
    return new Finding(
        checks,
        new Finding.Plot(
            rate.name(), true, study.study().metric().text(), true, curves(study, rows)));
  }

  private static JointTransferStudy joint(ClaimSettings settings, Laboratory laboratory) {
    return new JointTransferStudy(
        Transfers.study(settings, laboratory),
        ConfigSchema.key("pc.rate", "claim"),
        TransferStudy.values(settings.text("inferenceRates"), "claim"));
  }

  private static Check check(
      JointTransferStudy joint,
      ConfigKey<?> key,
      Map<ConfigKey<?>, List<Drift>> drifts,
      double lowest,
      double highest) {
    TransferStudy study = joint.study();
    List<Drift> own = drifts.getOrDefault(key, List.of());
    return Transfers.drift(
        "%s of the best pair of %s under %s"
            .formatted(key, study.rules().getFirst(), study.schemes().getFirst()),
        study,
        own.stream().map(Drift::octaves).toList(),
        own.stream().anyMatch(drift -> Double.isInfinite(drift.atLeast())),
        own.stream().anyMatch(drift -> Double.isInfinite(drift.atMost())),
        lowest,
        highest);
  }

  /** The loss over the first key at each value of the second, of narrowest and widest network. */
  private static List<Finding.Curve> curves(JointTransferStudy joint, List<TrialRow> rows) {
    List<Finding.Curve> curves = new ArrayList<>();
    List<Integer> sizes = joint.study().sizes();
    for (int size : List.of(sizes.getFirst(), sizes.getLast())) {
      List<Surface> surfaces = List.copyOf(joint.surfaces(rows, size).values());
      Surface any = surfaces.getFirst();
      for (int j = 0; j < any.second().size(); j++) {
        List<Finding.Point> points = new ArrayList<>();
        for (int i = 0; i < any.first().size(); i++) {
          int row = i;
          int column = j;
          List<Double> losses =
              surfaces.stream().map(surface -> surface.losses().get(row).get(column)).toList();
          if (losses.stream().allMatch(Double::isFinite)) {
            points.add(Finding.Point.over(any.first().get(i), losses));
          }
        }
        curves.add(
            new Finding.Curve(
                "width %d, %s %s".formatted(size, joint.second(), any.second().get(j)), points));
      }
    }
    return curves;
  }
}
