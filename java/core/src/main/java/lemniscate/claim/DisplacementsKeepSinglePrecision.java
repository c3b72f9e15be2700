package lemniscate.claim;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.config.Config;
import lemniscate.rule.pc.PcStep;
import lemniscate.sweep.SeedMean;
import lemniscate.train.Experiment;

/** States as displacements from the feed-forward pass. */
final class DisplacementsKeepSinglePrecision implements Claim {

  @Override
  public Card card() {
    return new Card(
        "float32-displacement",
        "Errors of predictive coding, of order 1/M under μP, keep the precision of float32 at every"
            + " width when states are stored as displacements; differences of stored states lose it"
            + " in proportion to M.",
        "this project: docs/rules/pc.md, invariant V24",
        "lemniscate reproduce float32-displacement",
        "A relative error of more than 1e-5 with displacements, or one of stored states that does"
            + " not grow with the width.");
  }

  @Override
  public ClaimSettings settings(ClaimPreset preset) {
    return ClaimSettings.of(
        "rule", "pc",
        "param.scheme", "mup",
        "param.form", "literal",
        "net.depth", "3",
        "net.activation", "tanh",
        "train.batch", "8",
        "pc.scheme", "si",
        "pc.steps", "1",
        "pc.rate", "1",
        "widths", preset.pick("64,256,1024", "64,256,1024,4096", "64,256,1024,4096"),
        "seeds", preset.pick("4", "8", "8"));
  }

  private record Errors(double displaced, double stored) {}

  @Override
  public Finding measure(ClaimSettings settings, Laboratory laboratory) {
    List<Finding.Point> displaced = new ArrayList<>();
    List<Finding.Point> stored = new ArrayList<>();
    List<List<Errors>> byWidth = new ArrayList<>();
    Config single = laboratory.config(settings.with("precision", "fp32")).checked();
    Config exact = laboratory.config(settings.with("precision", "fp64")).checked();
    for (int width : settings.integers("widths")) {
      List<Errors> own = new ArrayList<>();
      for (int seed = 0; seed < settings.integer("seeds"); seed++) {
        laboratory.requireGoingOn();
        own.add(errors(single, exact, width, seed, laboratory));
      }
      byWidth.add(own);
      displaced.add(Finding.Point.over(width, own.stream().map(Errors::displaced).toList()));
      stored.add(Finding.Point.over(width, own.stream().map(Errors::stored).toList()));
    }
    List<Integer> widths = settings.integers("widths");
    double decades = Math.log((double) widths.getLast() / widths.getFirst());
    List<Double> powers = new ArrayList<>();
    for (int seed = 0; seed < settings.integer("seeds"); seed++) {
      powers.add(
          Math.log(byWidth.getLast().get(seed).stored() / byWidth.getFirst().get(seed).stored())
              / decades);
    }
    return new Finding(
        List.of(
            Check.between(
                "relative error of float32 by displacements, width " + widths.getLast(),
                SeedMean.of(byWidth.getLast().stream().map(Errors::displaced).toList()),
                0,
                1e-5),
            Check.near(
                "power of the width of the relative error of stored states",
                SeedMean.of(powers),
                1,
                0.25)),
        new Finding.Plot(
            "width",
            true,
            "relative error of float32",
            true,
            List.of(
                new Finding.Curve("displacements", displaced),
                new Finding.Curve("stored states", stored))));
  }

  // The largest of the hidden layers.
  private static Errors errors(
      Config single, Config exact, int width, int seed, Laboratory laboratory) {
    try (Backend narrow = laboratory.backend(single);
        Backend wide = laboratory.backend(exact);
        GradientBench found = GradientBench.of(single, narrow, width, seed);
        GradientBench expected = GradientBench.of(exact, wide, width, seed)) {
      expected.copyFrom(found);
      int hidden = found.network().spec().layers() - 1;
      List<double[]> displaced =
          found.after(
              Experiment.rule(single),
              step -> {
                List<double[]> errors = new ArrayList<>();
                for (int l = 1; l <= hidden; l++) {
                  errors.add(((PcStep) step).error(l));
                }
                return errors;
              });
      return expected.after(
          Experiment.rule(exact),
          step -> {
            PcStep pc = (PcStep) step;
            double worst = 0;
            double rounded = 0;
            for (int l = 1; l <= hidden; l++) {
              double[] error = pc.error(l);
              worst = Math.max(worst, GradientBench.distance(displaced.get(l - 1), error));
              rounded =
                  Math.max(rounded, GradientBench.distance(stored(pc.state(l), error), error));
            }
            return new Errors(worst, rounded);
          });
    }
  }

  // As a program has it that stores states and predictions in float32.
  private static double[] stored(double[] state, double[] error) {
    double[] difference = new double[error.length];
    for (int i = 0; i < error.length; i++) {
      difference[i] = (float) state[i] - (float) (state[i] - error[i]);
    }
    return difference;
  }
}
