package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.sweep.SeedMean;
import lemniscate.train.EpochMetrics;
import lemniscate.train.Experiment;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingListener;

/** Weight mirroring, by what it does. */
final class MirroringAligns implements Claim {

  private static final String ANGLE = "projectionAngle";

  @Override
  public Card card() {
    return new Card(
        "mirroring-aligns",
        "Weight mirroring turns the projection F of PEPITA towards the product of the transposed"
            + " weights, by twenty degrees or more beyond what learning alone does, and to within"
            + " 60 degrees.",
        "arXiv 2302.05440, weight mirroring",
        "lemniscate train --rule pepita --pepita.projection normal --pepita.mirrorEvery 1"
            + " --metrics.feedback true",
        "Angles that stay as they are without mirroring. With a decay of the mirroring that is too"
            + " small the factors grow instead of turning.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pepita",
        "data.name", "fashion-mnist-mini",
        "data.train", preset.pick("4096", "8000", "8000"),
        "data.normalize", "unit",
        "param.scheme", "sp",
        "net.depth", "1",
        "net.width", preset.pick("128", "256", "1024"),
        "net.activation", "relu",
        "loss", "ce",
        "optim.name", "momentum",
        "optim.lr", "0.01",
        "train.batch", "16",
        "train.epochs", preset.pick("4", "10", "20"),
        "pepita.projection", "normal",
        // Faster than the published 0.1, which takes more steps than this run has.
        "pepita.mirrorLr", "0.3",
        "metrics.feedback", "true",
        "mirrorEvery", "1",
        "seeds", "5",
        "threads", "1");
  }

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<List<Double>> with = angles(settings, settings.text("mirrorEvery"), laboratory);
    List<List<Double>> without = angles(settings, "0", laboratory);
    List<Double> turned = new ArrayList<>();
    for (int seed = 0; seed < with.size(); seed++) {
      turned.add(with.get(seed).getLast() - without.get(seed).getLast());
    }
    return new Finding(
        List.of(
            Check.between(
                "degrees by which mirroring turns F towards the weights",
                SeedMean.of(turned),
                Double.NEGATIVE_INFINITY,
                -20),
            Check.between(
                "angle of F to the weights with mirroring, degrees",
                SeedMean.of(with.stream().map(List::getLast).toList()),
                0,
                60)),
        new Finding.Plot(
            "epochs",
            false,
            "angle of F to the weights, degrees",
            false,
            List.of(curve("with mirroring", with), curve("without", without))));
  }

  private static Finding.Curve curve(String name, List<List<Double>> bySeed) {
    List<Finding.Point> points = new ArrayList<>();
    for (int epoch = 0; epoch < bySeed.getFirst().size(); epoch++) {
      int at = epoch;
      points.add(Finding.Point.over(epoch + 1.0, bySeed.stream().map(own -> own.get(at)).toList()));
    }
    return new Finding.Curve(name, points);
  }

  // After each epoch, for each seed.
  private static List<List<Double>> angles(
      ClaimSettings settings, String mirrorEvery, Laboratory laboratory) {
    List<List<Double>> angles = new ArrayList<>();
    for (int seed = 0; seed < settings.integer("seeds"); seed++) {
      laboratory.requireGoingOn();
      ClaimSettings own =
          settings.with("pepita.mirrorEvery", mirrorEvery, "seed", String.valueOf(seed));
      boolean mirrors = !mirrorEvery.equals("0");
      Config config = laboratory.config(mirrors ? own : own.without("pepita.mirrorLr"));
      Experiment experiment = Experiment.of(config, laboratory.data());
      List<Double> course = new ArrayList<>();
      try (Backend backend = laboratory.backend(config);
          Trainer trainer =
              new Trainer(
                  backend, experiment.spec(), experiment.data(), experiment.diagnostics())) {
        trainer.run(
            new TrainingListener() {
              @Override
              public void onEpoch(EpochMetrics metrics) {
                course.add(Objects.requireNonNull(metrics.diagnostics().get(ANGLE)));
              }
            },
            laboratory.stop());
      }
      laboratory.requireGoingOn();
      angles.add(course);
    }
    return angles;
  }
}
