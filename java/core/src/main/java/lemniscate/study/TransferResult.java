package lemniscate.study;

import java.util.ArrayList;
import java.util.List;
import lemniscate.sweep.SeedMean;

/**
 * Whether the optimum of a hyper-parameter transfers from narrow to wide networks, for one rule
 * under one scheme.
 *
 * @param rule learning rule
 * @param scheme parameterisation
 * @param curves by increasing size, at least two
 * @param expected drift
 */
public record TransferResult(
    String rule, String scheme, List<LossCurve> curves, DriftExpectation expected) {

  /** Copies the curves. */
  public TransferResult {
    curves = List.copyOf(curves);
  }

  private LossCurve narrow() {
    return curves.getFirst();
  }

  private LossCurve wide() {
    return curves.getLast();
  }

  /** log2 of the optimum at the largest over that at the smallest size; NaN if one has none. */
  public double drift() {
    return wide().optimum().log2() - narrow().optimum().log2();
  }

  /** The range of the drifts of single seeds. */
  public Spread driftSpread() {
    return Spread.of(driftBySeed());
  }

  /**
   * The 95 % interval of the drift: of Student's t over the drifts of single seeds, and wide enough
   * to hold the drift of the mean curves. That drift alone where fewer than two seeds have one.
   */
  public Spread driftInterval() {
    List<Double> drifts = driftBySeed().stream().filter(Double::isFinite).toList();
    if (drifts.size() < 2) {
      return new Spread(drift(), drift());
    }
    SeedMean seeds = SeedMean.of(drifts);
    return new Spread(Math.min(seeds.low(), drift()), Math.max(seeds.high(), drift()));
  }

  /**
   * Whether the optima of narrowest and widest lie at different points of the grid, but no loss
   * tells them apart: at each of the two sizes all points from the one to the other are as good as
   * the best, within the noise over seeds. Where the lowest point of a plateau lies is chance, and
   * no drift.
   */
  public boolean isFlat() {
    int from = narrow().optimum().index();
    int to = wide().optimum().index();
    return from != to && sameGrid() && narrow().isFlatTo(to) && wide().isFlatTo(from);
  }

  private boolean sameGrid() {
    return narrow().points().stream()
        .map(LossCurve.Point::value)
        .toList()
        .equals(wide().points().stream().map(LossCurve.Point::value).toList());
  }

  /** The drift of each seed that has an optimum at both ends, in octaves. */
  public List<Double> driftBySeed() {
    List<Double> drifts = new ArrayList<>();
    narrow()
        .optimumBySeed()
        .forEach(
            (seed, optimum) -> {
              CurveOptimum other = wide().optimumBySeed().get(seed);
              if (other != null) {
                drifts.add(other.log2() - optimum.log2());
              }
            });
    return drifts;
  }

  /** The least drift that grids and seeds allow; −∞ where an edge hides it. */
  public double driftAtLeast() {
    return wide().optimum().lowest()
        - narrow().optimum().highest()
        - (drift() - driftInterval().low());
  }

  /** The greatest drift that grids and seeds allow; ∞ where an edge hides it. */
  public double driftAtMost() {
    return wide().optimum().highest()
        - narrow().optimum().lowest()
        + (driftInterval().high() - drift());
  }

  /**
   * What it costs to take the best value of the narrowest network for the widest: by which fraction
   * the loss there exceeds its lowest one. Infinite if it diverges; NaN if there is no optimum.
   */
  public double regret() {
    int chosen = narrow().optimum().index();
    if (chosen < 0 || wide().optimum().index() < 0) {
      return Double.NaN;
    }
    double value = narrow().points().get(chosen).value();
    double best = wide().points().get(wide().optimum().index()).logLoss();
    return wide().points().stream()
        .filter(point -> point.value() == value)
        .findFirst()
        .map(
            point ->
                Double.isNaN(point.logLoss())
                    ? Double.POSITIVE_INFINITY
                    : Math.expm1(point.logLoss() - best))
        .orElse(Double.NaN);
  }

  /**
   * Whether each size does at least as well as the one before, each at its own best value, up to
   * the standard error of the difference.
   */
  public boolean widerIsBetter() {
    for (int i = 1; i < curves.size(); i++) {
      LossCurve.Point narrower = curves.get(i - 1).best().orElse(null);
      LossCurve.Point wider = curves.get(i).best().orElse(null);
      if (narrower == null
          || wider == null
          || wider.logLoss() - narrower.logLoss()
              > Math.hypot(wider.logError(), narrower.logError())) {
        return false;
      }
    }
    return true;
  }

  /**
   * How the drift compares with what is expected: by where its interval lies; inconclusive if that
   * reaches across a bound, if an optimum lies at an edge of the grid, or nowhere, and either may
   * be true. On a plateau there is no drift, so that the optimum stays and none is seen to fall.
   */
  public Judgement verdict() {
    if (expected.notJudged() != null) {
      return Judgement.NOT_JUDGED;
    }
    if (isFlat()) {
      boolean stays = expected.lowest() <= 0 && expected.highest() >= 0;
      return stays ? Judgement.PASS : Judgement.INCONCLUSIVE;
    }
    return Judgement.of(driftAtLeast(), driftAtMost(), expected.lowest(), expected.highest());
  }
}
